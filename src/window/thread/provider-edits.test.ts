import { expect, test } from "vitest";
import type { Window } from "../assemble/assemble-window.ts";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openMemory } from "./open-memory.ts";

/** Makes a conversation of `rounds` calls, each with a result of about `words` tokens. */
function makeMessages(rounds: number, words: number): readonly object[] {
  const turns = Array.from({ length: rounds }, (_, round) => [
    {
      role: "assistant",
      content: [{ type: "tool_use", id: `t${round}`, name: round === 0 ? "read" : "look", input: { round } }],
    },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: `t${round}`, content: ` port${round}`.repeat(words) }],
    },
  ]);
  return [{ role: "user", content: "begin" }, ...turns.flat()];
}

async function windowOf(request: object, model = "claude-sonnet-4-5"): Promise<Window> {
  const memory = await openMemory({ model });
  const thread = await memory.thread("t");
  await thread.sync(request);
  const window = await thread.window({ budgetTokens: 1_000_000, cache: "warm" });
  await memory.close();
  return window;
}

const clear = { type: "clear_tool_uses_20250919" };

test("readConversation keeps what lets the provider edit the context", () => {
  const messages = [{ role: "user", content: "hi" }];
  const editorsOf = (request: object): string | undefined =>
    readConversation(JSON.stringify({ messages, ...request })).frame.editors;
  expect(editorsOf({})).toBeUndefined();
  expect(editorsOf({ truncation: null })).toBeUndefined();
  expect(editorsOf({ truncation: "auto" })).toBe('{"truncation":"auto"}');
  expect(editorsOf({ context_management: { edits: [clear] } })).toBe(
    '{"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]}}',
  );
  expect(editorsOf({ providerOptions: { anthropic: { contextManagement: { edits: [clear] } } } })).toBe(
    '{"contextManagement":{"edits":[{"type":"clear_tool_uses_20250919"}]}}',
  );
});

test("a window shows which results Anthropic clears, and clears none for it", async () => {
  const trigger = { type: "input_tokens", value: 1_000 };
  const edits = [{ ...clear, trigger, keep: { type: "tool_uses", value: 2 }, exclude_tools: ["read"] }];
  const window = await windowOf({ messages: makeMessages(5, 400), context_management: { edits } });
  // Results 0 to 2 are older than the newest two; the first is of an excluded tool.
  expect(window.providerEdits).toEqual([
    {
      name: "clear_tool_uses_20250919",
      triggerTokens: 1_000,
      isTriggered: true,
      handles: ["#4", "#6"],
      clearedTokens: expect.any(Number) as number,
    },
  ]);
  expect(window.providerEdits[0]?.clearedTokens).toBeGreaterThan(700);
  expect(window.edits).toEqual([]);
  expect(window.tokens).toBeGreaterThan(2_000);
});

test("an editor with its defaults waits for 100,000 tokens, and too little to clear is not cleared", async () => {
  const messages = makeMessages(5, 400);
  const idle = { isTriggered: false, handles: [], clearedTokens: 0 };
  expect((await windowOf({ messages, context_management: { edits: [clear] } })).providerEdits).toEqual([
    { name: clear.type, triggerTokens: 100_000, ...idle },
  ]);
  const byUses = { ...clear, trigger: { type: "tool_uses", value: 4 } };
  const atLeast = { ...byUses, clear_at_least: { type: "input_tokens", value: 50_000 } };
  const both = await windowOf({ messages, context_management: { edits: [byUses, atLeast] } });
  expect(both.providerEdits).toMatchObject([{ isTriggered: true, handles: ["#2", "#4"] }, idle]);
});

test.each([
  [{ edits: [{ type: "clear_thinking_20251015", keep: "all" }] }, false],
  [{ edits: [{ type: "compact_20260112", trigger: { type: "input_tokens", value: 500 } }] }, true],
  [{ edits: [{ type: "compact_20260112" }] }, false],
  [[{ type: "compaction", compact_threshold: 300 }], true],
  [{ edits: [{ type: "something_new" }] }, undefined],
])("%j is triggered: %s", async (context_management, expected) => {
  const { providerEdits } = await windowOf({ messages: makeMessages(3, 400), context_management });
  expect(providerEdits).toHaveLength(1);
  expect(providerEdits[0]?.isTriggered).toBe(expected);
  expect(providerEdits[0]?.handles).toEqual(expected === false ? [] : undefined);
});

test("truncation works beyond the model's context window only", async () => {
  const input = [{ role: "user", content: "hi" }];
  const listEdits = async (truncation: string) =>
    (await windowOf({ input, truncation }, "gpt-4o")).providerEdits;
  expect(await listEdits("disabled")).toEqual([]);
  expect(await listEdits("auto")).toEqual([
    { name: "truncation", triggerTokens: 128_000, isTriggered: false, handles: [], clearedTokens: 0 },
  ]);
});

test("editors are stored, follow the newest request, and leave the cache figure alone", async () => {
  const store = openMemoryStore();
  const messages = makeMessages(2, 100);
  const memory = await openMemory({ model: "claude-sonnet-4-5", store });
  const thread = await memory.thread("t");
  await thread.sync({ system: "s", messages });
  await thread.window({ budgetTokens: 100_000, cache: "warm" });
  const synced = await thread.sync({ system: "s", messages, context_management: { edits: [clear] } });
  await synced.committed;
  const window = await thread.window({ budgetTokens: 100_000, cache: "warm" });
  expect(window.cache).toMatchObject({ brokenBy: undefined, rewrittenTokens: 0 });
  expect(window.providerEdits).toHaveLength(1);
  const other = await (await openMemory({ model: "claude-sonnet-4-5", store })).thread("t");
  expect((await other.window({ budgetTokens: 100_000 })).providerEdits).toHaveLength(1);
  await thread.sync({ system: "s", messages });
  expect((await thread.window({ budgetTokens: 100_000 })).providerEdits).toEqual([]);
});

test("a usage that the provider's editor lowered is not learned", async () => {
  const context_management = { edits: [{ ...clear, trigger: { type: "input_tokens", value: 100 } }] };
  const request = { messages: makeMessages(6, 300), context_management };
  const memory = await openMemory({ model: "claude-sonnet-4-5" });
  const thread = await memory.thread("t");
  await thread.sync(request);
  const before = await thread.window({ budgetTokens: 100_000 });
  for (let report = 0; report < 4; report++)
    await thread.reportUsage({ inputTokens: Math.round(before.tokens * 0.6) });
  expect((await thread.window({ budgetTokens: 100_000 })).tokens).toBe(before.tokens);
  await memory.close();
});
