import { mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chainEntries, makeAnswer, threadEvent, threadRecord } from "../contract/fixture.contract.ts";
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

  test("refuses a message with a flipped byte, with its place, and reads the others", async () => {
    const entries = await makeFile();
    const bytes = await readFile(path);
    const place = bytes.indexOf('{"n":77,"text":"keel keel');
    expect(place).toBeGreaterThan(0);
    const file = await open(path, "r+");
    await file.write("K", place + 16);
    await file.close();
    const store = await openStore();
    const wanted = { code: "store-corrupt", details: { thread: "m", seq: 77 } };
    await expect(store.entries("m", 0, 999)).rejects.toMatchObject(wanted);
    await expect(store.entries("m", 77, 78)).rejects.toMatchObject(wanted);
    expect(await store.entries("m", 0, 77)).toEqual(entries.slice(0, 77));
    expect(await store.entries("m", 78, 999)).toEqual(entries.slice(78));
    expect(await store.outlines("m", 0, 999)).toHaveLength(200);
    expect(await store.verify()).toEqual([expect.stringContaining("thread m, entry 77")]);
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
    const entries = await makeFile();
    const damage: readonly (readonly [set: string, listed: RegExp])[] = [
      ["parts = '[[99]]'", /entry 5.*parts/],
      ["parts = 'x'", /entry 5.*parts/],
      ["parts = replace(parts, '3', '4')", /entry 5.*checksum/],
      ["tokens = tokens + 1", /entry 5.*checksum/],
      ["time = time + 1", /entry 5.*checksum/],
      ["speaker = 'else'", /entry 5.*checksum/],
      ["counter = 'else'", /entry 5.*checksum/],
      ["terms = 'else'", /entry 5.*checksum/],
      ["hidden = 1 - hidden", /entry 5.*checksum/],
      ["key = 'else'", /entry 5.*checksum/],
      ["checksum = 'else'", /entry 5.*checksum/],
      ["text = text + 1", /entry 5.*checksum/],
      ["text = 999999", /entry 5.*json/],
    ];
    const whole = await readFile(path);
    for (const [set, listed] of damage) {
      await writeFile(path, whole);
      outside(`UPDATE entries SET ${set} WHERE id % 1073741824 = 5`);
      const store = await openStore();
      const wanted = { code: "store-corrupt", details: { thread: "m", seq: 5 } };
      await expect(store.entries("m", 0, 99)).rejects.toMatchObject(wanted);
      expect(await store.entries("m", 6, 99)).toEqual(entries.slice(6, 99));
      expect(await store.outlines("m", 0, 99)).toHaveLength(99);
      expect(await store.verify()).toEqual([expect.stringMatching(listed)]);
      await store.close();
    }
    for (const [sql, listed] of [
      ["UPDATE entries SET role = 'king' WHERE id % 1073741824 = 5", /entry 5.*role/],
      ["UPDATE entries SET format = 'king' WHERE id % 1073741824 = 5", /entry 5.*format/],
      ["DELETE FROM entries WHERE id % 1073741824 = 5", /entry 5 is missing/],
    ] as const) {
      await writeFile(path, whole);
      outside(sql);
      const store = await openStore();
      await expect(store.outlines("m", 0, 99)).rejects.toMatchObject({ code: "store-corrupt" });
      expect(await store.verify()).toContainEqual(expect.stringMatching(listed));
      await store.close();
    }
    await writeFile(path, whole);
    outside(
      "INSERT INTO threads (thread, owner, parent, fork_seq, created, key_version) VALUES ('f', 1, 'gone', 3, 1, 1)",
    );
    const store = await openStore();
    await expect(store.entries("f", 0, 3)).rejects.toMatchObject({ code: "store-corrupt" });
    expect(await store.verify()).toContainEqual(expect.stringMatching(/thread f.*gone/));
  });

  test("lists missing entries of the search index and gaps in the events in verify", async () => {
    await makeFile();
    outside(
      "INSERT INTO entries SELECT id + 1, text, key, chain, checksum, format, role, speaker, time, tokens, counter, hidden, parts, terms FROM entries ORDER BY id DESC LIMIT 1",
    );
    outside(
      "INSERT INTO events (thread, place, kind, time, checksum, texts, json) VALUES (1, 4, 'edit', 1, '', '', '{}')",
    );
    const faults = await (await openStore()).verify();
    expect(faults).toContainEqual(expect.stringMatching(/search index/));
    expect(faults).toContainEqual(expect.stringMatching(/thread m.*events/));
  });

  test("reports damaged events, answers and what was sent last when read, and lists each in verify", async () => {
    await makeFile();
    let store = await openStore();
    await store.appendEvents("m", [threadEvent(0), threadEvent(1, { texts: ["the system prompt"] })]);
    await store.appendAnswers("m", [makeAnswer(0), makeAnswer(1, { responseId: "r", usage: "{}" })]);
    await store.writeSent("m", "{}");
    await store.close();
    const whole = await readFile(path);
    const events = (from: Store): Promise<unknown> => from.events("m", 0);
    const answers = (from: Store): Promise<unknown> => from.answers("m", 0);
    const readSent = (from: Store): Promise<unknown> => from.readSent("m");
    const damage: readonly (readonly [string, typeof events, RegExp])[] = [
      ["UPDATE events SET json = '{}' WHERE place = 1", events, /thread m, event 1.*checksum/],
      ["UPDATE events SET kind = 'pin' WHERE place = 1", events, /thread m, event 1.*checksum/],
      ["UPDATE events SET time = 9 WHERE place = 1", events, /thread m, event 1.*checksum/],
      ["UPDATE events SET texts = '' WHERE place = 1", events, /thread m, event 1.*checksum/],
      ["UPDATE events SET texts = '99999' WHERE place = 1", events, /thread m, event 1.*texts/],
      ["UPDATE texts SET text = 'the System prompt' WHERE text LIKE 'the s%'", events, /event 1.*checksum/],
      ["DELETE FROM events WHERE place = 0", async () => Promise.reject({ code: "store-corrupt" }), /gaps/],
      ...[
        "text = text - 1",
        "answer = 9",
        "place = 9",
        "parent_chain = ''",
        "key = 'x'",
        "response_id = 's'",
      ].map(
        (set) =>
          [`UPDATE answers SET ${set} WHERE answer = 1`, answers, /thread m, answer 1.*checksum/] as const,
      ),
      ...["time = 9", "complete = 0", "usage = NULL"].map(
        (set) =>
          [`UPDATE answers SET ${set} WHERE answer = 1`, answers, /thread m, answer 1.*checksum/] as const,
      ),
      ["UPDATE answers SET format = 'king' WHERE answer = 1", answers, /thread m, answer 1.*format/],
      ["DELETE FROM answers WHERE answer = 0", async () => Promise.reject({ code: "store-corrupt" }), /gaps/],
      ["UPDATE sent SET json = '[]'", readSent, /thread m, last sent.*checksum/],
    ];
    for (const [sql, read, listed] of damage) {
      await writeFile(path, whole);
      outside(sql);
      store = await openStore();
      await expect(read(store)).rejects.toMatchObject({ code: "store-corrupt" });
      expect(await store.verify()).toEqual([expect.stringMatching(listed)]);
      expect(await store.entries("m", 0, 999)).toHaveLength(200);
      await store.close();
    }
  });

  test("a damaged text is repaired by the next message that holds it, so that nothing new is lost", async () => {
    const entries = await makeFile();
    outside(`UPDATE texts SET text = 'damaged' WHERE text LIKE '{"n":7,%'`);
    const store = await openStore();
    expect(await store.verify()).toEqual([expect.stringMatching(/thread m, entry 7:.*checksum/)]);
    await store.openThread(threadRecord("again"));
    await store.append("again", entries);
    expect(await store.entries("again", 0, 999)).toEqual(entries);
    expect(await store.entries("m", 0, 999)).toEqual(entries);
    expect(await store.verify()).toEqual([]);
  });

  test("a text whose hash is damaged, or that belongs to another owner, is listed in verify", async () => {
    await makeFile();
    const whole = await readFile(path);
    for (const [sql, listed] of [
      [`UPDATE texts SET hash = x'00' WHERE text LIKE '{"n":7,%'`, /thread m, entry 7:.*hash/],
      [`UPDATE texts SET owner = 5 WHERE text LIKE '{"n":7,%'`, /thread m, entry 7:.*owner/],
    ] as const) {
      await writeFile(path, whole);
      outside(sql);
      const store = await openStore();
      expect(await store.verify()).toEqual([expect.stringMatching(listed)]);
      await store.close();
    }
  });
});
