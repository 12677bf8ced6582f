import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chainEntries, threadEvent, threadRecord } from "../contract/fixture.contract.ts";
import { openSqliteStore } from "../open-sqlite-store.ts";
import type { Store, StoredAnswer } from "../store.ts";

let folder: string;
let path: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-"));
  path = join(folder, "store.db");
  store = await openSqliteStore({ path });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Runs SQL on a connection of its own and returns the rows of the last statement. */
function outside(sql: string): readonly unknown[] {
  const database = new DatabaseSync(path);
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

/** Stores the texts "a", "b" and "c" in all places that a thread has, twice. */
async function fill(owner: string): Promise<void> {
  const entries = chainEntries(["a", "b", "c", "a"]);
  const answer = (index: number): StoredAnswer => ({
    index,
    answer: index,
    place: 3,
    parentChain: "",
    key: "k",
    json: "a",
    format: "anthropic",
    responseId: "r",
    time: 1,
    complete: true,
    usage: undefined,
  });
  for (const thread of [`${owner}/z`, `${owner}/b`]) {
    await store.openThread(threadRecord(thread, { owner }));
    await store.append(thread, entries, [threadEvent(0, { texts: ["b", "b"] })]);
    await store.appendAnswers(thread, [answer(0), answer(1)]);
  }
}

test("a text is stored once per owner, whatever holds it and however often", async () => {
  for (const owner of ["you", "me"]) await fill(owner);
  const stored = "SELECT owners.owner, text FROM texts JOIN owners ON number = texts.owner ORDER BY 1, 2";
  expect(outside(stored)).toEqual(
    ["me", "you"].flatMap((owner) => ["a", "b", "c"].map((text) => ({ owner, text }))),
  );
  expect(await store.verify()).toEqual([]);
});

test("deleting all texts of one owner leaves everything of another, and outlines need no text", async () => {
  for (const owner of ["you", "me"]) await fill(owner);
  outside("DELETE FROM texts WHERE owner = (SELECT number FROM owners WHERE owner = 'you')");
  expect((await store.entries("me/z", 0, 9)).map(({ json }) => json)).toEqual(["a", "b", "c", "a"]);
  expect((await store.answers("me/z", 0)).map(({ json }) => json)).toEqual(["a", "a"]);
  expect(await store.events("me/b", 0)).toHaveLength(1);
  for (const read of [store.entries("you/z", 0, 9), store.answers("you/z", 0), store.events("you/z", 0)])
    await expect(read).rejects.toMatchObject({ code: "store-corrupt" });
  expect(await store.outlines("you/z", 0, 9)).toHaveLength(4);
});

test("a write that is refused leaves no text behind", async () => {
  await store.openThread(threadRecord("m"));
  const [, second] = chainEntries(["first", "second"]);
  await expect(
    store.append("m", second === undefined ? [] : [second], [threadEvent(0, { texts: ["third"] })]),
  ).rejects.toMatchObject({ code: "head-moved" });
  await expect(
    store.append("m", chainEntries(["first"]), [threadEvent(1, { texts: ["third"] })]),
  ).rejects.toMatchObject({ code: "head-moved" });
  expect(outside("SELECT * FROM texts")).toEqual([]);
});

test("a change of a thread's record is seen by other processes that have read it before", async () => {
  const other = await openSqliteStore({ path });
  try {
    await store.openThread(threadRecord("m", { provisionalUntil: 9 }));
    await store.append("m", chainEntries(["a"]));
    expect((await other.findThread("m"))?.provisionalUntil).toBe(9);
    expect((await other.head("m")).length).toBe(1);
    await store.changeThread("m", { provisionalUntil: undefined, session: "s" });
    const wanted = threadRecord("m", { session: "s" });
    expect(await other.findThread("m")).toEqual(wanted);
    expect(await other.openThread(threadRecord("m"))).toEqual(wanted);
    expect(await other.changeThread("m", { continues: "x" })).toEqual({ ...wanted, continues: "x" });
    expect(await other.listThreads("someone", "s")).toHaveLength(1);
  } finally {
    await other.close();
  }
});
