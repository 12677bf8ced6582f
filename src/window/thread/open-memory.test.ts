import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longConversation } from "./agent-conversation.fixture.ts";
import { openMemory } from "./open-memory.ts";
import type { Memory } from "./open-memory.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clock = (): number => 1_700_000_000_000;

function open(name: string): Promise<Memory> {
  return openMemory({
    store: { kind: "sqlite", path: join(folder, name) },
    model: "gpt-4o",
    prices: "anthropic",
    clock,
  });
}

describe("a memory in a SQLite file", () => {
  test("makes the same window after a restart, byte for byte, and rewrites nothing", async () => {
    const first = await open("restart.db");
    const thread = await first.thread("session");
    const messages = longConversation(40);
    await thread.append(messages);
    await thread.window({ budgetTokens: 3_000 });
    await thread.append([{ role: "assistant", content: "done" }]);
    const before = await thread.window({ budgetTokens: 3_000 });
    await first.close();
    const second = await open("restart.db");
    const again = await second.thread("session");
    const after = await again.window({ budgetTokens: 3_000 });
    expect(after.json).toBe(before.json);
    expect(after.edits).toEqual([]);
    expect(after.cache.rewrittenTokens).toBe(0);
    expect((await again.expand("e1")).length).toBeGreaterThan(3);
    const found = await again.recall("value_5_17", { budgetTokens: 500 });
    expect(found.items[0]?.text).toContain("value_5_17");
    await second.close();
  });

  test("shares entries and edits with another memory on the same file", async () => {
    const [one, two] = [await open("shared.db"), await open("shared.db")];
    const a = await one.thread("thread");
    const b = await two.thread("thread");
    const messages = longConversation(30);
    await a.append(messages.slice(0, 20));
    expect((await b.sync(messages.slice(0, 25))).known).toBe(20);
    await a.sync(messages);
    await b.sync(messages);
    const [left, right] = [await a.window({ budgetTokens: 2_500 }), await b.window({ budgetTokens: 2_500 })];
    expect(right.json).toBe(left.json);
    await one.close();
    await two.close();
  });

  test("keeps every message once when two memories append to one thread concurrently", async () => {
    const [one, two] = [await open("race.db"), await open("race.db")];
    const threads = [await one.thread("thread"), await two.thread("thread")];
    const sent = Array.from({ length: 40 }, (_, index) => ({
      role: "user",
      content: `message ${(index * 17) % 40}`,
    }));
    await Promise.all(sent.map((message, index) => threads[index % 2]?.append([message])));
    const length = await threads[0]?.length();
    const held = await Promise.all(sent.map((_, seq) => threads[0]?.expand(`#${seq}`)));
    expect(length).toBe(40);
    expect(new Set(held.map((entries) => entries?.[0]?.json)).size).toBe(40);
    await one.close();
    await two.close();
  });

  test("recalls from all threads of an owner, and of no other", async () => {
    const memory = await open("owners.db");
    const ann = await memory.thread("ann-2", { owner: "ann" });
    await (
      await memory.thread("ann-1", { owner: "ann" })
    ).append([{ role: "user", content: "the locker code is 4711" }]);
    await (
      await memory.thread("bob-1", { owner: "bob" })
    ).append([{ role: "user", content: "the locker code is 9999" }]);
    await ann.append([{ role: "user", content: "hello" }]);
    const { items } = await ann.recall("what is the locker code?", { budgetTokens: 500, scope: "owner" });
    expect(items.map((item) => item.text)).toEqual(["the locker code is 4711"]);
    expect(items[0]?.thread).toBe("ann-1");
    expect((await memory.threads("ann")).map((record) => record.thread)).toEqual(["ann-2", "ann-1"]);
    await memory.close();
  });

  test("refuses a damaged file with an error code", async () => {
    const path = join(folder, "damaged.db");
    writeFileSync(path, "this is not a database, despite its name".repeat(100));
    await expect(open("damaged.db")).rejects.toMatchObject({ name: "LoadlineError", code: "store-corrupt" });
    truncateSync(path, 0);
    await (await open("damaged.db")).close();
  });

  test("finds Chinese and Japanese by two characters", async () => {
    const memory = await open("cjk.db");
    const thread = await memory.thread("thread");
    await thread.append([
      { role: "user", content: "明日は会議があります" },
      { role: "user", content: "会議室の番号は三〇二です" },
      { role: "user", content: "我喜欢喝绿茶" },
    ]);
    const meeting = await thread.recall("会議室", { budgetTokens: 60 });
    expect(meeting.items[0]?.text).toContain("会議室の番号");
    const tea = await thread.recall("绿茶", { budgetTokens: 60 });
    expect(tea.items[0]?.text).toBe("我喜欢喝绿茶");
    await memory.close();
  });

  test("finds an entry that shares no word through an embedder", async () => {
    const vector = (text: string): Float32Array =>
      new Float32Array(/dog|puppy|beagle/.test(text) ? [1, 0] : [0, 1]);
    const embedder = {
      name: "kinds",
      embed: async (texts: readonly string[]): Promise<Float32Array[]> => texts.map(vector),
    };
    const memory = await openMemory({ embedder });
    const thread = await memory.thread("thread");
    await thread.append([
      { role: "user", content: "we saw a beagle" },
      { role: "assistant", content: "the weather was mild" },
    ]);
    const { items } = await thread.recall("which puppy?", { budgetTokens: 100 });
    expect(items[0]?.text).toBe("we saw a beagle");
    await memory.close();
  });
});

describe("openMemory", () => {
  test("refuses unknown options", async () => {
    await expect(openMemory({ prices: "acme" })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(openMemory({ modle: "x" } as object)).rejects.toThrow(/unknown field "modle"/);
    await expect(openMemory({ store: { kind: "redis" } as never })).rejects.toMatchObject({
      code: "invalid-option",
    });
  });
});
