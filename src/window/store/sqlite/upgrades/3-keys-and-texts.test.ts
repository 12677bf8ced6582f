import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chainKey, contentKey, keyVersion } from "../../../conversation/message/identity.ts";
import type { Message } from "../../../conversation/message/message.ts";
import { oddTexts } from "../../contract/given.contract.ts";
import { decodeParts } from "../../encode-entry.ts";
import type { Entry } from "../../store.ts";
import { openSqliteStore } from "../../open-sqlite-store.ts";
import { schemaVersion, upgradeSchema } from "../schema.ts";
import type { MakeKeys, PastMessage } from "./3-copy-entries.ts";
import { oldEdit, oldThreads, systemPrompt, writeOldFile } from "./old-files.fixture.ts";
import type { OldFileEntry, OldFileThread } from "./old-files.fixture.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-"));
  path = join(folder, "store.db");
});
afterEach(() => rm(folder, { recursive: true }));

/** Returns the entries that a thread had, including a fork's past. */
function entriesOf(name: string): readonly OldFileEntry[] {
  const found = oldThreads.find(({ thread }) => thread === name);
  if (found === undefined) return [];
  return [
    ...(found.parent === undefined ? [] : entriesOf(found.parent)).slice(0, found.forkSeq),
    ...found.entries,
  ];
}

/** Upgrades the file with a given way of making keys. */
function upgradeWith(makeKeys: MakeKeys): void {
  const database = new DatabaseSync(path);
  upgradeSchema(database, path, makeKeys);
  database.close();
}

function query(sql: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

test("every entry of an old file reads as it was, with a key, a chain and a checksum", async () => {
  writeOldFile(path, 2, oldThreads);
  const store = await openSqliteStore({ path });
  for (const [index, { thread, owner = "ann", parent, forkSeq = 0 }] of oldThreads.entries()) {
    expect(await store.findThread(thread)).toEqual({
      thread,
      owner,
      parent,
      forkSeq,
      created: 1_700_000_000_000 + index,
      session: undefined,
      continues: undefined,
      provisionalUntil: undefined,
      keyVersion,
    });
    const wanted = entriesOf(thread);
    const entries = await store.entries(thread, 0, 999);
    expect(entries).toHaveLength(wanted.length);
    let chain = "";
    for (const [seq, entry] of entries.entries()) {
      const {
        json,
        format = "openai-chat",
        role = "user",
        terms = "",
        parts = "[]",
      } = wanted[seq] ?? { json: "" };
      chain = chainKey(chain, entry.key);
      expect(entry).toMatchObject({ seq, chain, json, format, role, terms, parts: decodeParts(parts) });
      expect(entry).toMatchObject({
        time: 1_700_000_000_000 + seq,
        tokens: 7 + seq,
        counter: "count/1",
        hidden: false,
      });
      expect(entry.speaker).toBe(seq % 3 === 0 ? "Ann 'O\"Neil" : undefined);
      expect(entry.key).toMatch(/^[0-9a-f]{32}$/);
    }
  }
  expect(await store.verify()).toEqual([]);
  expect(await store.readCalibration("m")).toEqual({ model: "m", json: '{"factor":1}' });
  expect((await store.listThreads("bob")).map(({ thread }) => thread)).toEqual(["theirs", "steps"]);
  await store.close();
  expect(query("PRAGMA user_version")).toEqual([{ user_version: schemaVersion }]);
});

test("every entry is found by search as before, and new ones continue the threads", async () => {
  writeOldFile(path, 2, oldThreads);
  const store = await openSqliteStore({ path });
  // deep: "ship" "run ls" "ship hull" "run pwd" "load" "hull hull".
  const found = await store.search(["deep"], ["ship", "hull", "load", "mark"], 9);
  expect(found).toMatchObject({ documentCount: 6, averageLength: 10 / 6, documentFrequency: [2, 2, 1, 0] });
  for (const index of oddTexts.keys())
    expect((await store.search(["odd"], [`w${index}`], 9)).candidates).toEqual([
      { thread: "odd", seq: index },
    ]);
  const last = (await store.entries("deep", 5, 6))[0];
  await store.openThread({
    ...(await store.findThread("deep")),
    thread: "next",
    parent: "deep",
    forkSeq: 6,
  } as never);
  expect(await store.head("next")).toEqual({ length: 6, chain: last?.chain });
  await store.close();
});

test("a second opening changes nothing", async () => {
  writeOldFile(path, 2, oldThreads);
  await (await openSqliteStore({ path })).close();
  const before = await readFile(path);
  await (await openSqliteStore({ path })).close();
  expect((await readFile(path)).equals(before)).toBe(true);
});

test("events keep their content: only the reason's own field and the place of a frame's texts change", async () => {
  writeOldFile(path, 2, oldThreads);
  const store = await openSqliteStore({ path });
  const events = await store.events("main", 0);
  expect(events.map(({ kind }) => kind)).toEqual(oldThreads[0]?.events?.map(([kind]) => kind));
  expect(events.map(({ time }) => time)).toEqual(events.map((_, index) => 5 + index));
  const asV2 = (number: number, reason: string): unknown => {
    const saved = JSON.parse(oldEdit(number, "?")[1]);
    return { ...saved, v: 2, edit: { ...saved.edit, reason } };
  };
  expect(events.map(({ json }) => JSON.parse(json))).toEqual([
    { v: 2, system: 0, tools: 1, lead: [] },
    asV2(1, "requested"),
    asV2(2, "pays"),
    { v: 2, seqs: [0, 2] },
    { v: 2, seqs: [2] },
    { v: 2, number: 1 },
    { v: 2, system: 0, lead: [] },
    { v: 2, lead: [] },
    asV2(3, "cold"),
    asV2(4, "forced"),
  ]);
  expect(events.map(({ texts }) => texts)).toEqual([
    [systemPrompt, '[{"name":"run"}]'],
    ...Array.from({ length: 5 }, () => []),
    [systemPrompt],
    ...Array.from({ length: 3 }, () => []),
  ]);
  // Bytes that version 1 cannot have written stay as they are.
  expect((await store.events("theirs", 1)).map(({ json }) => json)).toEqual(['{"v":1,', "[1]"]);
  await store.close();
});

test("each text is stored once per owner, and one owner's rows can go without the other's", async () => {
  writeOldFile(path, 2, oldThreads);
  await (await openSqliteStore({ path })).close();
  const texts = (owner: string): number =>
    Number(
      query(
        `SELECT count(*) AS n FROM texts WHERE owner = (SELECT number FROM owners WHERE owner = '${owner}')`,
      )[0]?.["n"],
    );
  const distinct = (owner: string, more: readonly string[]): number => {
    const own = oldThreads.filter((each) => (each.owner ?? "ann") === owner);
    return new Set([...own.flatMap(({ entries }) => entries.map(({ json }) => json)), ...more]).size;
  };
  expect(texts("ann")).toBe(distinct("ann", [systemPrompt, '[{"name":"run"}]']));
  expect(texts("bob")).toBe(distinct("bob", [systemPrompt]));
  expect(query("SELECT count(*) AS n FROM entries")).toEqual([
    { n: oldThreads.reduce((sum, { entries }) => sum + entries.length, 0) },
  ]);
  const database = new DatabaseSync(path);
  database.exec("DELETE FROM texts WHERE owner = (SELECT number FROM owners WHERE owner = 'bob')");
  database.close();
  const store = await openSqliteStore({ path });
  for (const { thread, owner = "ann" } of oldThreads) {
    if (owner === "bob") continue;
    expect((await store.entries(thread, 0, 99)).map(({ json }) => json)).toEqual(
      entriesOf(thread).map(({ json }) => json),
    );
    await store.events(thread, 0);
  }
  await expect(store.entries("theirs", 0, 9)).rejects.toMatchObject({ code: "store-corrupt" });
  await store.close();
});

/** Makes keys from a message's bytes and the number of calls before it. */
const makeNumberedKeys: MakeKeys = (messages, past) => {
  const calls = (all: readonly PastMessage[]): number =>
    all.flatMap(({ parts }) => parts).filter(({ kind }) => kind === "tool-call").length;
  return messages.map((message, index) =>
    contentKey(message.json, String(calls(past) + calls(messages.slice(0, index)))),
  );
};

test("keys are made from a thread's messages in order; a fork's continue those of its past", async () => {
  writeOldFile(path, 2, oldThreads);
  upgradeWith(makeNumberedKeys);
  const store = await openSqliteStore({ path });
  const keys = async (thread: string): Promise<readonly string[]> =>
    (await store.entries(thread, 0, 99)).map(({ key }) => key);
  const key = (entry: OldFileEntry | undefined, calls: number): string =>
    contentKey(entry?.json ?? "", String(calls));
  const [main, deep] = [entriesOf("main"), entriesOf("deep")];
  expect(await keys("main")).toEqual([0, 0, 1, 1, 1].map((calls, index) => key(main[index], calls)));
  // Main's call, then left's.
  expect(await keys("deep")).toEqual([0, 0, 1, 1, 2, 2].map((calls, index) => key(deep[index], calls)));
  expect(await keys("early")).toEqual([0, 0, 1].map((calls, index) => key(entriesOf("early")[index], calls)));
  expect(await keys("odd")).toEqual(oddTexts.map((json) => contentKey("unread", json)));
  expect(await store.verify()).toEqual([]);
  await store.close();
});

test("an observation is read by the message before it, also across a fork and an unreadable message", async () => {
  const action: OldFileEntry = {
    json: '{"role":"assistant","content":"ls","action":"ls"}',
    format: "swe-agent",
    role: "assistant",
  };
  const seen: OldFileEntry = { json: '{"role":"user","content":"a.ts"}', format: "swe-agent", role: "tool" };
  writeOldFile(path, 2, [
    { thread: "main", entries: [action, seen, { json: "{" }, seen] },
    { thread: "fork", parent: "main", forkSeq: 1, entries: [seen] },
  ]);
  const read: (readonly string[])[] = [];
  upgradeWith((messages: readonly Message[]) => {
    read.push(messages.map(({ role }) => role));
    return messages.map(({ json }) => contentKey(json));
  });
  expect(read).toEqual([["assistant", "tool", "user"], ["tool"]]);
});

test("a thread of several chunks gets the keys of one", async () => {
  const entries = Array.from({ length: 2_300 }, (_, index): OldFileEntry => ({
    json: `{"role":"assistant","content":"${index}","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`,
    role: "assistant",
  }));
  const threads: readonly OldFileThread[] = [
    { thread: "long", entries },
    { thread: "fork", parent: "long", forkSeq: 1_500, entries: entries.slice(1_500) },
  ];
  writeOldFile(path, 2, threads);
  const pasts: number[] = [];
  upgradeWith((messages, past) => {
    pasts.push(past.length);
    return messages.map(({ json }, index) => contentKey(json, String(past.length + index)));
  });
  expect(pasts).toEqual([0, 1_000, 2_000, 1_500]);
  const store = await openSqliteStore({ path });
  for (const { thread } of threads) {
    const held: readonly Entry[] = await store.entries(thread, 0, 9_999);
    expect(held.map(({ key }) => key)).toEqual(
      entries.map(({ json }, index) => contentKey(json, String(index))),
    );
  }
  expect(await store.verify()).toEqual([]);
  await store.close();
});

test("damage that version 2 had stays visible: a missing entry, a changed text, a fork without its parent", async () => {
  writeOldFile(path, 2, [
    ...oldThreads,
    { thread: "orphan", parent: "gone", forkSeq: 3, entries: [{ json: '{"role":"user","content":"x"}' }] },
  ]);
  const database = new DatabaseSync(path);
  database.exec(`
    UPDATE entries SET json = replace(json, 'mark', 'Mark') WHERE id = ${2 ** 30 + 3};
    DELETE FROM entries WHERE id = ${3 * 2 ** 30 + 4};
    UPDATE entries SET parts = 'x' WHERE id = ${9 * 2 ** 30 + 1};
  `);
  database.close();
  const store = await openSqliteStore({ path });
  await expect(store.entries("main", 3, 4)).rejects.toMatchObject({
    code: "store-corrupt",
    details: { seq: 3 },
  });
  expect(await store.entries("main", 4, 5)).toHaveLength(1);
  expect(await store.outlines("main", 0, 9)).toHaveLength(5);
  const faults = await store.verify();
  for (const listed of [
    /thread main, entry 3:.*checksum/,
    /thread steps, entry 1:.*parts/,
    /thread orphan/,
    /thread deep: entry 4 is missing/,
  ])
    expect(faults).toContainEqual(expect.stringMatching(listed));
  await store.close();
});
