import { mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chainEntries, threadRecord } from "../contract/fixture.contract.ts";
import type { Entry, Store } from "../store.ts";
import { openSqliteStore } from "../open-sqlite-store.ts";

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

async function openStore(): Promise<Store> {
  const store = await openSqliteStore({ path });
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

describe("a damaged file", () => {
  /** Opens, reads and verifies; returns the error codes and faults. */
  async function complaints(): Promise<readonly string[]> {
    const said: string[] = [];
    try {
      const store = await openStore();
      const calls = [store.entries("m", 0, 999), store.search(["m"], ["keel"], 9), store.verify()];
      for (const outcome of await Promise.allSettled(calls)) {
        if (outcome.status === "rejected") said.push(String(outcome.reason.code));
      }
      said.push(...(await store.verify().catch(() => [])));
      await store.close();
    } catch (error) {
      said.push(String((error as { code?: unknown }).code));
    }
    return said;
  }

  test("is refused and left unchanged if it is not a database", async () => {
    for (const bytes of [Buffer.from("not a database ".repeat(1_000)), Buffer.alloc(8192, 7)]) {
      await writeFile(path, bytes);
      await expect(openStore()).rejects.toMatchObject({ code: "store-corrupt" });
      expect(await readFile(path)).toEqual(bytes);
    }
  });

  test("is detected if it was truncated, wherever it was cut", async () => {
    await makeFile();
    const whole = await readFile(path);
    for (const share of [0.01, 0.1, 0.5, 0.9, 0.999]) {
      await writeFile(path, whole);
      await truncate(path, Math.floor(whole.length * share));
      const said = await complaints();
      expect([share, said.length > 0]).toEqual([share, true]);
      expect(said.filter((word) => word.startsWith("store-") && word !== "store-corrupt")).toEqual([]);
    }
  });

  test("shows a flipped byte of a message in verify, with its place", async () => {
    await makeFile();
    const bytes = await readFile(path);
    const place = bytes.indexOf('{"n":77,"text":"keel keel');
    expect(place).toBeGreaterThan(0);
    const file = await open(path, "r+");
    await file.write("K", place + 16);
    await file.close();
    expect(await (await openStore()).verify()).toEqual([expect.stringContaining("thread m, entry 77")]);
  });

  test("with flipped bytes anywhere gives either a clear error or what was stored", async () => {
    const entries = await makeFile();
    const whole = await readFile(path);
    let seed = 1;
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 40; round++) {
      const bytes = Buffer.from(whole);
      const at = next(bytes.length - 64);
      for (let index = at; index < at + 1 + next(64); index++) bytes[index] = next(256);
      await writeFile(path, bytes);
      await Promise.all([`${path}-wal`, `${path}-shm`].map((each) => rm(each, { force: true })));
      const outcome = await openStore().catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ name: "LoadlineError" });
        continue;
      }
      const store = outcome as Store;
      const faults = await store.verify();
      const read: unknown = await store.entries("m", 0, 999).catch((error: unknown) => error);
      if (read instanceof Error) expect(read).toMatchObject({ name: "LoadlineError" });
      else if (faults.length === 0)
        expect((read as Entry[]).map(({ json }) => json)).toEqual(entries.map(({ json }) => json));
      await store.close();
    }
  });

  test("reports damaged columns, a missing entry and a missing parent when read, and lists them in verify", async () => {
    await makeFile();
    const damage: readonly (readonly [sql: string, listed: RegExp])[] = [
      ["UPDATE entries SET parts = '[[99]]' WHERE id % 1073741824 = 5", /entry 5.*parts/],
      ["UPDATE entries SET parts = 'x' WHERE id % 1073741824 = 5", /entry 5.*parts/],
      ["UPDATE entries SET role = 'king' WHERE id % 1073741824 = 5", /entry 5.*role/],
      ["DELETE FROM entries WHERE id % 1073741824 = 5", /entry 5 is missing/],
    ];
    const whole = await readFile(path);
    for (const [sql, listed] of damage) {
      await writeFile(path, whole);
      outside(sql);
      const store = await openStore();
      await expect(store.outlines("m", 0, 99)).rejects.toMatchObject({ code: "store-corrupt" });
      expect(await store.verify()).toContainEqual(expect.stringMatching(listed));
      await store.close();
    }
    await writeFile(path, whole);
    outside("INSERT INTO lines (line, owner, parent, fork_seq, created) VALUES ('f', 'o', 'gone', 3, 1)");
    const store = await openStore();
    await expect(store.entries("f", 0, 3)).rejects.toMatchObject({ code: "store-corrupt" });
    expect(await store.verify()).toContainEqual(expect.stringMatching(/thread f.*gone/));
  });

  test("lists missing entries of the search index and gaps in the events in verify", async () => {
    await makeFile();
    outside(
      "INSERT INTO entries SELECT id + 1, hash, format, role, speaker, time, tokens, counter, parts, terms, json FROM entries ORDER BY id DESC LIMIT 1",
    );
    outside("INSERT INTO events (line, place, kind, time, json) VALUES (1, 4, 'edit', 1, '{}')");
    const faults = await (await openStore()).verify();
    expect(faults).toContainEqual(expect.stringMatching(/search index/));
    expect(faults).toContainEqual(expect.stringMatching(/thread m.*events/));
  });
});
