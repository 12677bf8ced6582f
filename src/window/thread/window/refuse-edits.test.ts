import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openAiChatRules } from "../../rules/openai-chat.ts";
import type { Rule } from "../../rules/rule.ts";
import { openMemory } from "../open-memory.ts";
import type { Thread } from "../thread.ts";

/** A rule that no provider has: what its messages must not hold. */
const refused: { pattern: RegExp | undefined } = { pattern: undefined };
const rule: Rule = {
  id: "test/refused",
  sentence: "No message holds the pattern.",
  source: "",
  find: (messages) =>
    messages.flatMap(({ value }, message) =>
      refused.pattern?.test(JSON.stringify(value)) === true ? [{ message, detail: "this is refused" }] : [],
    ),
};
const rules = openAiChatRules.rules as Rule[];

beforeAll(() => {
  rules.push(rule);
});
afterAll(() => {
  rules.splice(rules.indexOf(rule), 1);
});
afterEach(() => {
  refused.pattern = undefined;
});

const call = (id: string): object => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name: "read", arguments: `{"path":"${id}.ts"}` } }],
});
const result = (id: string, lines: number): object => ({
  role: "tool",
  tool_call_id: id,
  content: `${id} `.repeat(lines),
});
const user = (content: string): object => ({ role: "user", content });

/** A task of three finished turns with one large result each, and a request. */
const history = [
  user("Look at alpha, beta and gamma."),
  call("alpha"),
  result("alpha", 300),
  user("And the next?"),
  call("beta"),
  result("beta", 300),
  user("And the next?"),
  call("gamma"),
  result("gamma", 300),
  { role: "assistant", content: "All are read." },
  user("What of alpha?"),
];

async function openThread(messages: readonly unknown[] = history): Promise<Thread> {
  const memory = await openMemory({ model: "gpt-4o", clock: () => 1_700_000_000_000 });
  const thread = await memory.thread("t");
  await thread.append(messages);
  return thread;
}

test("makes an edit that breaks no rule, and refuses none", async () => {
  const window = await (await openThread()).window({ budgetTokens: 800 });
  expect(window.edits.length).toBeGreaterThan(0);
  expect(window.refusedEdits).toEqual([]);
});

test("does not make an edit that would only save, if it breaks a rule", async () => {
  const twice = [user("Go."), call("a"), result("a", 90), call("b"), result("a", 90), user("Now?")];
  const same = twice.map((one, index) => (index === 4 ? { ...one, tool_call_id: "b" } : one));
  refused.pattern = /the same as #/;
  const thread = await openThread(same);
  const options = { budgetTokens: 10_000, cache: "cold", protectTail: 1 } as const;
  const window = await thread.window(options);
  expect(window.refusedEdits).toEqual([
    { measure: "dedupe", rule: "test/refused", detail: "this is refused" },
  ]);
  expect(window.messages).toEqual(same);
  expect(await thread.edits()).toEqual([]);
  refused.pattern = undefined;
  const made = await thread.window(options);
  expect(made.edits.map(({ measure }) => measure)).toEqual(["dedupe"]);
});

test("plans forced edits again around what they may not change", async () => {
  const long = history.map((one) => ("tool_call_id" in one ? result(String(one.tool_call_id), 1_200) : one));
  refused.pattern = /"tool_call_id":"alpha","content":"\[/;
  const window = await (await openThread(long)).window({ budgetTokens: 2_000 });
  expect(window.refusedEdits).toEqual([
    { measure: "clear-results", rule: "test/refused", detail: "this is refused" },
  ]);
  const parts = window.parts.map(({ handle, kind }) => `${handle ?? ""} ${kind}`);
  expect(parts).toEqual(expect.arrayContaining(["#2 whole", "#5 edited", "#8 edited"]));
  expect(window.tokens).toBeLessThanOrEqual(2_000);
});

test("says which rule leaves no smaller window", async () => {
  refused.pattern = /left this window/;
  const thread = await openThread();
  await expect(thread.window({ budgetTokens: 500 })).rejects.toMatchObject({
    code: "budget-too-small",
    message: expect.stringContaining("test/refused: this is refused") as unknown,
  });
  expect(await thread.edits()).toEqual([]);
  const window = await thread.window({ budgetTokens: 500, overflow: "minimum" });
  expect(window.overBudget).toBe(true);
  expect(window.messages).toEqual(history);
});

test("makes the edits that a history which breaks the rule itself needs", async () => {
  refused.pattern = /alpha/;
  const window = await (await openThread()).window({ budgetTokens: 800 });
  expect(window.edits.length).toBeGreaterThan(0);
  expect(window.refusedEdits).toEqual([]);
});

test("does not recall what would break a rule", async () => {
  const options = { budgetTokens: 900, recallShare: 0.5 };
  const usual = await (await openThread()).window(options);
  expect(usual.recalled).toBeDefined();
  refused.pattern = /\[Recalled from earlier/;
  const window = await (await openThread()).window(options);
  expect(window.recalled).toBeUndefined();
  expect(window.refusedEdits.map(({ measure }) => measure)).toEqual(["recall"]);
});
