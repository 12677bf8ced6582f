import { spawn } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentKey } from "../../../conversation/message/identity.ts";
import { openSqliteStore } from "../../open-sqlite-store.ts";
import { upgradeSchema } from "../schema.ts";
import { oldThreads, writeOldFile } from "./old-files.fixture.ts";
import type { OldFileThread } from "./old-files.fixture.ts";
import { upgradeWatched } from "./watch-statements.fixture.ts";

let folder: string;
let path: string;
let original: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-"));
  path = join(folder, "store.db");
  original = join(folder, "original.db");
});
afterEach(() => rm(folder, { recursive: true }));

async function restore(): Promise<void> {
  await Promise.all([`${path}-wal`, `${path}-shm`].map((each) => rm(each, { force: true })));
  await copyFile(original, path);
}

/** Returns everything a file holds, as one text; recovers its log first. */
function dump(file: string): { readonly version: number; readonly content: string } {
  const database = new DatabaseSync(file);
  try {
    expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    const schema = database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
    const tables = schema
      .filter(({ sql }) => String(sql).startsWith("CREATE TABLE"))
      .map(({ name }) => String(name));
    const rows = tables.map((name) => database.prepare(`SELECT * FROM "${name}"`).all());
    const search = database.prepare("SELECT term, doc FROM entry_places ORDER BY 1, 2").all();
    return { version, content: JSON.stringify([schema, rows, search]) };
  } finally {
    database.close();
  }
}

/** Checks that the file is one of the two, and that it opens and is complete. */
async function checkEither(before: string, after: string): Promise<2 | 3> {
  const { version, content } = dump(path);
  expect([2, 3]).toContain(version);
  expect(content === (version === 2 ? before : after)).toBe(true);
  await (await openSqliteStore({ path })).close();
  expect(dump(path).content === after).toBe(true);
  return version === 2 ? 2 : 3;
}

/** Writes the original and returns its content, and its content after a full upgrade. */
async function prepare(threads: readonly OldFileThread[]): Promise<readonly [before: string, after: string]> {
  writeOldFile(original, 2, threads);
  const before = dump(original).content;
  await restore();
  const store = await openSqliteStore({ path });
  expect(await store.verify()).toEqual([]);
  await store.close();
  return [before, dump(path).content];
}

/** Threads with `count` entries in all, a third of them in a fork. */
function manyEntries(count: number): readonly OldFileThread[] {
  const entries = Array.from({ length: count }, (_, index) => ({
    json: JSON.stringify({ role: "user", content: `${index} ${"keel ".repeat((index * 7) % 300)}` }),
    terms: `keel w${index}`,
  }));
  const shared = Math.floor(count / 3);
  return [
    { thread: "main", entries: entries.slice(0, 2 * shared) },
    { thread: "fork", parent: "main", forkSeq: shared, entries: entries.slice(2 * shared) },
  ];
}

test("an upgrade that fails before or after any of its statements leaves version 2 intact or version 3 complete", async () => {
  const few = oldThreads.filter(({ thread }) => ["main", "left", "deep"].includes(thread));
  const [before, after] = await prepare(few);
  let statements = 0;
  await restore();
  upgradeWatched(path, () => void statements++);
  expect(dump(path).content === after).toBe(true);
  expect(statements).toBeGreaterThan(100);
  const left = { 2: 0, 3: 0 };
  for (let failing = 1; failing <= statements; failing++) {
    await restore();
    let count = 0;
    const upgrade = (): void =>
      upgradeWatched(path, (sql) => {
        if (++count === failing) throw new Error(`failed at ${sql}`);
      });
    expect(upgrade).toThrow("failed at");
    left[await checkEither(before, after)]++;
  }
  // Only a failure after the commit itself leaves version 3.
  expect(left[3]).toBe(1);
});

/** Runs an upgrade in a process of its own; resolves when it has ended. It kills itself at a statement if one is given. */
function upgradeInProcess(killAt: number | undefined, killAfterMs: number | undefined): Promise<void> {
  const module = new URL("watch-statements.fixture.ts", import.meta.url).href;
  const script = `
    const { upgradeWatched } = await import(${JSON.stringify(module)});
    let count = 0;
    process.stdout.write("ready");
    upgradeWatched(process.argv[1], () => {
      if (++count === Number(process.argv[2])) process.kill(process.pid, "SIGKILL");
    });`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, path, String(killAt ?? 0)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.on("error", reject);
    child.on("close", () => resolve());
    if (killAfterMs !== undefined)
      child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), killAfterMs));
  });
}

test("an upgrade killed at random moments leaves version 2 intact or version 3 complete", async () => {
  const [before, after] = await prepare(manyEntries(1_200));
  await restore();
  let statements = 0;
  const start = performance.now();
  upgradeWatched(path, () => void statements++);
  const tookMs = performance.now() - start;
  let seed = 5;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const left = { 2: 0, 3: 0 };
  for (let round = 0; round < 8; round++) {
    await restore();
    // Half of the rounds are killed between statements, the others wherever they are.
    await (round % 2 === 0
      ? upgradeInProcess(1 + Math.floor(next() * statements), undefined)
      : upgradeInProcess(undefined, next() * tookMs * 1.2));
    left[await checkEither(before, after)]++;
  }
  expect(left[2]).toBeGreaterThan(2);
});

test("an upgrade that finds no space reports store-full and leaves version 2, and works once there is room", async () => {
  const [before, after] = await prepare(manyEntries(600));
  const database = new DatabaseSync(original);
  const bytes = ["page_count", "page_size"].map((name) =>
    Number(database.prepare(`PRAGMA ${name}`).get()?.[name]),
  );
  database.close();
  const size = (bytes[0] ?? 0) * (bytes[1] ?? 0);
  for (const share of [0.5, 1, 1.02, 1.1]) {
    await restore();
    const opened = openSqliteStore({ path, maxBytes: Math.floor(size * share) });
    await expect(opened).rejects.toMatchObject({ code: "store-full" });
    expect(await checkEither(before, after)).toBe(2);
  }
});

test("a message whose key cannot be made keeps its place, and the upgrade goes on", async () => {
  const threads = manyEntries(30);
  writeOldFile(path, 2, threads);
  const database = new DatabaseSync(path);
  upgradeSchema(database, path, (messages, past) => {
    if (messages.some(({ json }) => json.includes('"4 ')))
      throw new RangeError("Maximum call stack size exceeded");
    return messages.map(({ json }, index) => contentKey(json, String(past.length + index)));
  });
  database.close();
  const store = await openSqliteStore({ path });
  const entries = await store.entries("fork", 0, 99);
  const made = entries.map(({ json }, seq) =>
    json.includes('"4 ') ? contentKey("unread", json) : contentKey(json, String(seq)),
  );
  expect(entries.map(({ key }) => key)).toEqual(made);
  expect(await store.verify()).toEqual([]);
  await store.close();
});

test("a file of 20,000 entries is upgraded whole", async () => {
  const threads = manyEntries(20_000);
  writeOldFile(path, 2, threads);
  const start = performance.now();
  const store = await openSqliteStore({ path });
  const seconds = (performance.now() - start) / 1_000;
  console.info(`upgrading 20,000 entries took ${seconds.toFixed(2)} s`);
  expect((await store.outlines("fork", 0, 99_999)).length).toBe(6_666 + 20_000 - 13_332);
  expect(await store.verify()).toEqual([]);
  await store.close();
});
