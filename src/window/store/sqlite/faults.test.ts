import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chainEntries, threadRecord } from "../contract/fixture.contract.ts";
import type { Entry, Store } from "../store.ts";
import { openSqliteStore } from "../open-sqlite-store.ts";
import type { SqliteStoreOptions } from "./open-sqlite-file.ts";

const run = promisify(execFile);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let folder: string;
let path: string;
let stores: Store[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-"));
  path = join(folder, "store.db");
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close().catch(() => undefined)));
  await rm(folder, { recursive: true });
});

async function openStore(options: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const store = await openSqliteStore({ path, ...options });
  stores.push(store);
  return store;
}

/** Makes a closed store file with a thread "m" of 200 entries of about 1 kB. */
async function makeFile(): Promise<readonly Entry[]> {
  const texts = Array.from({ length: 200 }, (_, index) => `{"n":${index},"text":"${"keel ".repeat(200)}"}`);
  const entries = chainEntries(texts, { terms: texts.map((_, index) => `keel w${index}`) });
  const store = await openSqliteStore({ path });
  await store.openThread(threadRecord("m"));
  await store.append("m", entries);
  await store.close();
  return entries;
}

/** Runs SQL on the file on a connection of its own. */
function outside(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe("a store whose lock another connection holds", () => {
  let other: DatabaseSync;
  let store: Store;
  beforeEach(async () => {
    store = await openStore({ lockTimeoutMs: 1000 });
    await store.openThread(threadRecord("m"));
    other = new DatabaseSync(path);
    other.exec("BEGIN EXCLUSIVE");
  });
  afterEach(() => {
    other.close();
  });

  test("makes a write wait without blocking the event loop, then reports how long it waited", async () => {
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    const [entry] = chainEntries(["a"]);
    const error: unknown = await store.append("m", entry === undefined ? [] : [entry]).catch((e) => e);
    clearInterval(ticking);
    expect(error).toMatchObject({
      name: "LoadlineError",
      code: "store-locked",
      details: { lockTimeoutMs: 1000 },
    });
    expect(String(error)).toMatch(/for \d+ ms/);
    expect(ticks).toBeGreaterThan(5);
    expect((await store.head("m")).length).toBe(0);
    other.exec("ROLLBACK");
    expect((await store.append("m", chainEntries(["a"]))).length).toBe(1);
  });

  test("writes once the lock is released in time", async () => {
    const append = store.append("m", chainEntries(["a"]));
    await sleep(60);
    other.exec("COMMIT");
    expect((await append).length).toBe(1);
  });

  test("gives each write its own timeout: a later one still waits when an earlier one fails", async () => {
    const early = store.append("m", chainEntries(["early"])).catch((error: unknown) => error);
    await sleep(500);
    const late = store.append("m", chainEntries(["late"]));
    expect(await early).toMatchObject({ code: "store-locked" });
    other.exec("COMMIT");
    expect((await late).length).toBe(1);
    expect((await store.entries("m", 0, 9)).map(({ json }) => json)).toEqual(["late"]);
  });

  test("reports a new file as locked", async () => {
    path = join(folder, "new.db");
    const holder = new DatabaseSync(path);
    holder.exec("BEGIN EXCLUSIVE");
    await expect(openStore({ lockTimeoutMs: 60 })).rejects.toMatchObject({ code: "store-locked" });
    const opening = openStore({ lockTimeoutMs: 5_000 });
    await sleep(30);
    holder.exec("COMMIT");
    holder.close();
    expect((await (await opening).verify()).length).toBe(0);
  });
});

describe("a store without room", () => {
  async function fill(store: Store): Promise<readonly Entry[]> {
    await store.openThread(threadRecord("m"));
    const held: Entry[] = [];
    for (;;) {
      const text = JSON.stringify({ n: held.length, text: "rope ".repeat(800) });
      const next = chainEntries([text], {
        seq: held.length,
        parent: held.at(-1)?.chain ?? "",
        terms: ["rope"],
      });
      const error: unknown = await store.append("m", next).catch((e: unknown) => e);
      if (error instanceof Error) {
        expect(error).toMatchObject({ name: "LoadlineError", code: "store-full" });
        return held;
      }
      held.push(...next);
    }
  }

  test("reports store-full at maxBytes, keeps what it acknowledged, and works again once there is room", async () => {
    const small = await openStore({ maxBytes: 300_000 });
    const held = await fill(small);
    expect(held.length).toBeGreaterThan(10);
    expect(await small.entries("m", 0, 999)).toEqual(held);
    expect(await small.verify()).toEqual([]);
    expect((await small.search(["m"], ["rope"], 9)).documentFrequency).toEqual([held.length]);
    await small.close();
    expect((await stat(path)).size).toBeLessThanOrEqual(300_000);
    const large = await openStore();
    const next = chainEntries(["more"], { seq: held.length, parent: held.at(-1)?.chain ?? "" });
    expect((await large.append("m", next)).length).toBe(held.length + 1);
  });

  test("refuses one write that is too large without losing those that share its commit", async () => {
    const store = await openStore({ maxBytes: 300_000 });
    await store.openThread(threadRecord("m"));
    await store.openThread(threadRecord("b"));
    const outcomes = await Promise.allSettled([
      store.append("m", chainEntries(["small"])),
      store.append("b", chainEntries(["b".repeat(2_000_000)])),
      store.openThread(threadRecord("c")),
      store.append("c", chainEntries(["also small"])),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "store-full" } });
    expect((await store.head("b")).length).toBe(0);
    expect(await store.verify()).toEqual([]);
  });

  test("forgets a thread whose creation was rolled back, and gives its number to no other thread", async () => {
    const store = await openStore({ maxBytes: 300_000 });
    await fill(store);
    const names = Array.from({ length: 400 }, (_, index) => `${(index * 7) % 400}`.padEnd(900, "x"));
    const opened = await Promise.allSettled(names.map((thread) => store.openThread(threadRecord(thread))));
    expect(opened.some(({ status }) => status === "rejected")).toBe(true);
    for (const [index, { status }] of opened.entries())
      expect((await store.findThread(names[index] ?? "")) !== undefined).toBe(status === "fulfilled");
    expect(await store.verify()).toEqual([]);
  });

  test("reports store-full on a full disk, keeps what it acknowledged, and works again once there is room", async ({
    skip,
  }) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]).catch(
      () => undefined,
    );
    if (mounted === undefined) return skip("mounting a small disk is not permitted here");
    try {
      path = join(disk, "store.db");
      await writeFile(join(disk, "ballast"), Buffer.alloc(1_000_000));
      const store = await openStore();
      const held = await fill(store);
      expect(await store.entries("m", 0, 9_999)).toEqual(held);
      await rm(join(disk, "ballast"));
      const next = chainEntries(["more"], { seq: held.length, parent: held.at(-1)?.chain ?? "" });
      expect((await store.append("m", next)).length).toBe(held.length + 1);
      expect(await store.verify()).toEqual([]);
      await store.close();
      const again = await openStore();
      expect(await again.entries("m", 0, 9_999)).toEqual([...held, ...next]);
      await again.close();
    } finally {
      await run("umount", [disk]);
    }
  });
});

describe("opening a file that cannot be written", () => {
  test("refuses a newer schema and leaves it unchanged", async () => {
    await makeFile();
    outside("PRAGMA user_version = 99");
    const before = await readFile(path);
    await expect(openStore()).rejects.toMatchObject({ code: "store-newer", details: { version: 99 } });
    expect(await readFile(path)).toEqual(before);
  });

  test("refuses another application's database and leaves it unchanged", async () => {
    for (const sql of ["CREATE TABLE theirs (a)", "PRAGMA application_id = 77", "PRAGMA user_version = 3"]) {
      await rm(path, { force: true });
      outside(sql);
      const before = await readFile(path);
      await expect(openStore()).rejects.toMatchObject({ code: "store-corrupt" });
      expect(await readFile(path)).toEqual(before);
    }
  });

  test("refuses a missing folder, and a folder instead of a file", async () => {
    await expect(openStore({ path: join(folder, "no", "store.db") })).rejects.toMatchObject({
      code: "file-unreadable",
    });
    await expect(openStore({ path: folder })).rejects.toMatchObject({ code: "file-unreadable" });
  });

  test("reads a read-only file and reports file-unwritable on a write", async ({ skip }) => {
    const entries = await makeFile();
    await chmod(path, 0o444);
    await chmod(folder, 0o777);
    // Permissions do not apply to the superuser, so the test runs as another user for a while.
    const superuser = process.getuid?.() === 0;
    if (superuser) process.seteuid?.(65_534);
    try {
      if (
        await writeFile(path, "x", { flag: "a" }).then(
          () => true,
          () => false,
        )
      )
        return skip("permissions do not bind here");
      const store = await openStore();
      expect(await store.entries("m", 0, 999)).toEqual(entries);
      await expect(store.openThread(threadRecord("new"))).rejects.toMatchObject({ code: "file-unwritable" });
      await store.close();
    } finally {
      if (superuser) process.seteuid?.(0);
    }
  });

  test("refuses unknown options and values out of range", async () => {
    const wrong: readonly object[] = [
      { path: "" },
      { path, lockTimeoutMs: -1 },
      { path, lockTimeoutMs: "9" },
      { path, maxBytes: 1 },
      { path, timeout: 3 },
    ];
    for (const options of wrong)
      await expect(openSqliteStore(options as SqliteStoreOptions)).rejects.toMatchObject({
        code: "invalid-option",
      });
  });
});
