import { describe, expect, test } from "vitest";
import { chainKey, contentKey } from "../../conversation/message/identity.ts";
import { makeChecksum } from "../../store/entry-checksum.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import type { Entry, Store } from "../../store/store.ts";
import { dialects } from "./dialects.fixture.ts";
import type { Dialect, Said } from "./dialects.fixture.ts";
import { answer, longText, openGateway, read, user } from "./gateway.fixture.ts";

const each = dialects.map((dialect) => [dialect.format, dialect] as const);
const frame = { system: "You are an agent.", tools: ["read"] };

/** Returns what a release stored whose rules made other keys. */
async function copyAsOldRelease(from: Store, thread: string): Promise<Store> {
  const old = openMemoryStore();
  const record = await from.findThread(thread);
  if (record === undefined) throw new Error("no thread");
  await old.openThread({ ...record, keyVersion: 0 });
  const { length } = await from.head(thread);
  const entries: Entry[] = [];
  for (const entry of await from.entries(thread, 0, length)) {
    const key = contentKey("rules of version 0", entry.key);
    const old = { ...entry, key, chain: chainKey(entries.at(-1)?.chain ?? "", key) };
    entries.push({ ...old, checksum: makeChecksum(old) });
  }
  const events = await from.events(thread, 0);
  await old.append(thread, entries, events);
  return old;
}

describe.each(each)("row 32: keys of another version (%s)", (_, dialect: Dialect) => {
  const list: Said[] = [
    user("Look."),
    ...read("toolu_000000000001", "line one\nline two"),
    answer(longText("one")),
    user("continue"),
    ...read("toolu_000000000002", "line three"),
    answer(longText("two")),
  ];

  test("a thread is compared by today's rules, and goes on", async () => {
    const { memory } = await openGateway(dialect);
    const thread = await memory.thread("t");
    await thread.sync(dialect.body(list.map(dialect.write), frame));
    const length = await thread.length();
    const store = await copyAsOldRelease(memory.store, "t");
    const { memory: later } = await openGateway(dialect, { store });
    const opened = await later.thread("t");
    const more = [...list.map(dialect.rewrite), dialect.write(user("on"))];
    const synced = await opened.sync(dialect.body(more, frame));
    expect(synced).toMatchObject({ relation: "equal", length: length + 1 });
    expect(synced.handles).toHaveLength(1);
    expect(synced.thread.id).toBe("t");
    const next = [...more, dialect.write(answer(longText("three"))), dialect.write(user("and on"))];
    expect((await opened.sync(dialect.body(next, frame))).handles).toHaveLength(2);
    // Another process opens what now holds entries of both versions.
    const { memory: third } = await openGateway(dialect, { store });
    const again = await (await third.thread("t")).sync(dialect.body(next, frame));
    expect(again).toMatchObject({ relation: "equal", handles: [], length: length + 3 });
    expect((await third.threads()).length).toBe(1);
  });

  test("a history whose start is cut is found in it", async () => {
    const { memory } = await openGateway(dialect);
    await (await memory.thread("t")).sync(dialect.body(list.map(dialect.write)));
    const { memory: later } = await openGateway(dialect, {
      store: await copyAsOldRelease(memory.store, "t"),
    });
    const kept = [...list.slice(4), user("on")].map(dialect.rewrite);
    const synced = await (await later.thread("t")).sync(dialect.body(kept));
    expect(synced).toMatchObject({ relation: "cut", length: list.length + 1 });
    expect(synced.thread.id).toBe("t");
  });
});
