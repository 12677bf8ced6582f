import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findShared } from "../../../test/shared-folder.ts";
import { findPairFaults } from "../conversation/read/check-pairs.ts";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { openMemory } from "./open-memory.ts";
import {
  ask,
  chatCall,
  chatResult,
  findLeastBudget,
  handlesOf,
  log,
  threadOf,
  words,
} from "./stuck.fixture.ts";

/** One request and a tool loop of 60 calls with results of about 130 tokens, in each format. */
const longTurn: Readonly<Record<string, readonly object[]>> = {
  "openai-chat": [
    ask,
    ...Array.from({ length: 60 }, (_, index) => [
      chatCall(`c${index}`),
      chatResult(`c${index}`, words(60, index)),
    ]).flat(),
  ],
  "openai-responses": [
    { role: "user", content: [{ type: "input_text", text: "read the log" }] },
    ...Array.from({ length: 60 }, (_, index) => [
      { type: "function_call", call_id: `c${index}`, name: "cat", arguments: `{"n":${index}}` },
      { type: "function_call_output", call_id: `c${index}`, output: words(60, index) },
    ]).flat(),
  ],
  anthropic: [
    { role: "user", content: [{ type: "text", text: "read the log", cache_control: { type: "ephemeral" } }] },
    ...Array.from({ length: 60 }, (_, index) => [
      {
        role: "assistant",
        content: [{ type: "tool_use", id: `c${index}`, name: "cat", input: { n: index } }],
      },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: `c${index}`, content: words(60, index) }],
      },
    ]).flat(),
  ],
  "ai-sdk": [
    { role: "user", content: [{ type: "text", text: "read the log" }] },
    ...Array.from({ length: 60 }, (_, index) => [
      {
        role: "assistant",
        content: [{ type: "tool-call", toolCallId: `c${index}`, toolName: "cat", input: { n: index } }],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: `c${index}`,
            toolName: "cat",
            output: { type: "text", value: words(60, index) },
          },
        ],
      },
    ]).flat(),
  ],
};

describe("a newest result larger than the budget", () => {
  const inputs: Readonly<Record<string, readonly object[]>> = {
    "a log of many lines": [ask, chatCall("a"), chatResult("a", log(3_000))],
    "one long line": [ask, chatCall("a"), chatResult("a", words(20_000, 1))],
    "results of parallel calls": [
      ask,
      chatCall("a", "b", "c"),
      chatResult("a", log(2_000)),
      chatResult("b", "ok"),
      chatResult("c", log(1_000)),
    ],
    "text without spaces": [ask, chatCall("a"), chatResult("a", "0123456789abcdef".repeat(4_000))],
  };
  test.each(Object.keys(inputs))("%s is cut to head, tail and handle, as long as fits", async (name) => {
    for (const budgetTokens of [8_000, 2_000, 600]) {
      const thread = await threadOf(inputs[name] ?? []);
      const window = await thread.window({ budgetTokens });
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      expect(window.tokens).toBeGreaterThan(0.95 * budgetTokens);
      expect(handlesOf(window)).toBe(name === "results of parallel calls" ? "#0 #1 #2* #3 #4*" : "#0 #1 #2*");
      expect(window.edits.map((edit) => [edit.measure, edit.reason])).toEqual([["clear-results", "forced"]]);
      const [entry] = await thread.expand("#2");
      expect(entry?.json).toBe(JSON.stringify(inputs[name]?.[2]));
    }
  });

  test("the cut is at line boundaries, and the note says which lines are missing", async () => {
    const thread = await threadOf(inputs["a log of many lines"] ?? []);
    const window = await thread.window({ budgetTokens: 2_000 });
    const { content } = window.messages[2] as { readonly content: string };
    const note = /^\[Result #2: lines (\d+) to (\d+) of 3000 left out; recall brings it back\.\]$/m.exec(
      content,
    );
    const lines = content.split("\n");
    const at = lines.indexOf(note?.[0] ?? "");
    expect(lines.slice(0, at)).toEqual(
      log(3_000)
        .split("\n")
        .slice(0, Number(note?.[1]) - 1),
    );
    expect(lines.slice(at + 1)).toEqual(log(3_000).split("\n").slice(Number(note?.[2])));
  });

  test("the largest results are cut to the same size; smaller ones stay", async () => {
    const thread = await threadOf(inputs["results of parallel calls"] ?? []);
    const window = await thread.window({ budgetTokens: 2_000 });
    const [, , a = 0, b, c = 0] = window.parts.map((part) => part.tokens);
    expect(b).toBe(7);
    expect(Math.abs(a - c)).toBeLessThan(0.05 * a);
  });

  test("history that fits next to it stays, cached, and the result takes the rest", async () => {
    const history = Array.from({ length: 6 }, (_, index) => [
      { role: "user", content: `question ${index}` },
      { role: "assistant", content: words(30, index) },
    ]).flat();
    const thread = await threadOf([...history, ask, chatCall("a"), chatResult("a", log(3_000))]);
    const window = await thread.window({ budgetTokens: 2_000 });
    expect(handlesOf(window)).toBe("#0 #1 #2 #3 #4 #5 #6 #7 #8 #9 #10 #11 #12 #13 #14*");
    expect(window.tokens).toBeGreaterThan(1_900);
  });

  test("the next call edits the shortened result away and rewrites only what follows it", async () => {
    const thread = await threadOf([ask, chatCall("a"), chatResult("a", log(3_000))]);
    await thread.window({ budgetTokens: 2_000 });
    await thread.append([chatCall("b"), chatResult("b", words(100, 3))], { after: "#2" });
    const next = await thread.window({ budgetTokens: 2_000 });
    expect(next.tokens).toBeLessThanOrEqual(2_000);
    expect(next.json).toContain(words(100, 3));
    expect(next.cache.rewrittenTokens).toBe(0);
  });

  const file = findShared("cases/window/36-huge-newest-result.json");
  test.skipIf(file === undefined)("case 36 keeps head and tail at every budget that holds them", async () => {
    const conversation = readConversation(readFileSync(file ?? ""));
    const shown: number[] = [];
    for (const budgetTokens of [10_000, 1_000, 300]) {
      const thread = await threadOf(conversation);
      const window = await thread.window({ budgetTokens });
      expect(handlesOf(window)).toBe("#0 #1 #2 #3*");
      expect(window.parts[3]?.json).toContain("trace9 alpha14 value80");
      expect(window.parts[3]?.json).toMatch(
        /server44 path58 value41 agent53 alpha83 agent3 path39 alpha38"\}$/,
      );
      expect(window.parts[3]?.json).toMatch(
        /\[Result #3: \d+ of 47411 characters left out; recall brings it back\.\]/,
      );
      expect((await thread.expand("#3"))[0]?.json).toBe(conversation.messages[3]?.json);
      shown.push(window.tokens);
    }
    expect(shown.every((tokens, index) => tokens > 0.97 * ([10_000, 1_000, 300][index] ?? 0))).toBe(true);
    // The handle alone at 60; call and result leave at 40; the frame (8 tokens) and the request (7) are the least.
    expect(handlesOf(await (await threadOf(conversation)).window({ budgetTokens: 60 }))).toBe("#0 #1 #2 #3*");
    expect(handlesOf(await (await threadOf(conversation)).window({ budgetTokens: 40 }))).toBe("#0 #1 stub");
    expect(await findLeastBudget(await threadOf(conversation))).toBe(15);
  });
});

describe("a system message on each turn", () => {
  /** Twenty turns, each with a context of about 130 tokens. */
  const inputs: Readonly<Record<string, readonly object[]>> = {
    "after the request": Array.from({ length: 20 }, (_, index) => [
      { role: "user", content: `question ${index}` },
      { role: "system", content: words(60, index) },
      { role: "assistant", content: `answer ${index}` },
    ]).flat(),
    "before the request": Array.from({ length: 20 }, (_, index) => [
      { role: "developer", content: words(60, index) },
      { role: "user", content: `question ${index}` },
      { role: "assistant", content: `answer ${index}` },
    ]).flat(),
    "after each result": Array.from({ length: 20 }, (_, index) => [
      chatCall(`c${index}`),
      chatResult(`c${index}`, `result ${index}`),
      { role: "system", content: words(60, index) },
    ]).flat(),
  };
  test.each(Object.keys(inputs))("%s: older ones age, the first and the newest stay", async (name) => {
    const messages = [
      { role: "system", content: "You are an agent." },
      { role: "user", content: "hello" },
      ...(inputs[name] ?? []),
      ask,
    ];
    for (const budgetTokens of [1_500, 800, 400]) {
      const window = await (await threadOf(messages)).window({ budgetTokens, recallShare: 0 });
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      expect(window.parts[0]?.handle).toBe("#0");
      expect(window.json).toContain(words(60, 19));
      expect(window.json).not.toContain(words(60, 0));
      expect(window.messages.at(-1)).toEqual(ask);
    }
  });

  const file = findShared("cases/window/35-system-each-turn.json");
  test.skipIf(file === undefined)("case 35 fits budgets far below its system messages", async () => {
    const conversation = readConversation(readFileSync(file ?? ""));
    const windows: string[] = [];
    for (const budgetTokens of [4_000, 2_000, 400, 100]) {
      const window = await (await threadOf(conversation)).window({ budgetTokens, recallShare: 0 });
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      windows.push(handlesOf(window));
    }
    expect(windows).toEqual([
      `#0 #1 stub ${Array.from({ length: 15 }, (_, index) => `#${77 + index}`).join(" ")}`,
      "#0 #1 stub #84 #85 #86 #87 #88 #89 #90 #91",
      "#0 #1 stub #89 #91",
      "#0 stub #91",
    ]);
    // The frame with the first system message needs 8 tokens, the newest request 5.
    expect(await findLeastBudget(await threadOf(conversation))).toBe(13);
  });
});

describe("a turn longer than the budget", () => {
  test.each(Object.keys(longTurn))(
    "%s: older exchanges leave a stub, request and newest exchange stay",
    async (format) => {
      const messages = longTurn[format] ?? [];
      const memory = await openMemory({
        model: "gpt-4o",
        prices: "anthropic",
        clock: () => 1_700_000_000_000,
      });
      const thread = await memory.thread("thread");
      for (let at = 1; at <= messages.length; at += 2) {
        await thread.append(
          messages.slice(at === 1 ? 0 : at - 2, at),
          at === 1 ? {} : { after: `#${at - 3}` },
        );
        const window = await thread.window({ budgetTokens: 1_200 });
        expect(window.tokens).toBeLessThanOrEqual(1_200);
        expect(window.parts[0]).toMatchObject({ handle: "#0", kind: "whole" });
        expect(window.parts.slice(-2).map((part) => part.kind)).not.toContain("edited");
        expect(
          findPairFaults(readConversation(window.json, { format: format as "anthropic" }).messages).faults,
        ).toEqual([]);
      }
      const edits = await thread.edits();
      expect(edits.length).toBeGreaterThan(3);
      expect(edits.length).toBeLessThan(20);
    },
  );

  const file = findShared("cases/window/47-agents-js-long-turn.json");
  test.skipIf(file === undefined)("case 47 goes on to its end, call by call", async () => {
    const conversation = readConversation(readFileSync(file ?? ""));
    expect(conversation.format).toBe("openai-agents");
    const { messages } = conversation;
    const thread = await threadOf({ ...conversation, messages: messages.slice(0, 1) });
    for (let at = 1; at < messages.length; at += 2) {
      await thread.append({ ...conversation, messages: messages.slice(at, at + 2) }, { after: `#${at - 1}` });
      const window = await thread.window({ budgetTokens: 1_200 });
      expect(window.tokens).toBeLessThanOrEqual(1_200);
      expect(window.parts[0]).toMatchObject({ handle: "#0", kind: "whole" });
      expect(window.parts.slice(-2).map((part) => [part.handle, part.kind])).toEqual([
        [`#${at}`, "whole"],
        [`#${at + 1}`, "whole"],
      ]);
    }
  });
});
