import { describe, expect, test } from "vitest";
import type { HandMessage } from "./hand-inputs.fixture.ts";
import { assistantSays, sweepOf, longText, userSays, windowAt } from "./hand-inputs.fixture.ts";
import { chatResult } from "./stuck.fixture.ts";

const compaction = (id: string): HandMessage => ({
  type: "compaction",
  id,
  encrypted_content: `sealed${id}`.repeat(20),
});
const call = (name: string): HandMessage => ({
  type: "function_call",
  call_id: name,
  name: "read",
  arguments: `{"path":"${name}"}`,
});
const output = (name: string): HandMessage => ({
  type: "function_call_output",
  call_id: name,
  output: longText(name, 200),
});

const compactionCases: readonly (readonly [string, readonly HandMessage[], number, string])[] = [
  [
    "messages before the compaction",
    [
      userSays(longText("begin")),
      assistantSays(longText("answer")),
      compaction("cmp_1"),
      userSays(longText("next")),
      assistantSays("Done."),
      userSays("go on"),
    ],
    200,
    "stub #2 #4 #5",
  ],
  [
    "a call and its output before the compaction",
    [
      userSays("read a"),
      call("a"),
      output("a"),
      compaction("cmp_1"),
      assistantSays("It was read."),
      userSays("read b"),
      call("b"),
      output("b"),
    ],
    400,
    "stub #3 #4 #5 #6 #7*",
  ],
  [
    "two compactions",
    [
      userSays("begin"),
      compaction("cmp_1"),
      userSays(longText("middle")),
      assistantSays(longText("answer")),
      compaction("cmp_2"),
      userSays("go on"),
    ],
    230,
    "#0 stub #4 #5",
  ],
];

describe("compaction items with items before them", () => {
  test.each(compactionCases)("%s", async (_, messages, budgetTokens, expected) => {
    const sweep = await sweepOf("openai-responses", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { outline, faults } = await windowAt("openai-responses", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
  });
});

/** Makes an answer of Kimi or DeepSeek that calls a tool once for each id. */
const thoughtCall = (reasoning: string, ...ids: readonly string[]): HandMessage => ({
  role: "assistant",
  content: "",
  reasoning_content: reasoning,
  tool_calls: ids.map((id) => ({
    id,
    type: "function",
    function: { name: "cat", arguments: `{"f":"${id}"}` },
  })),
});

const contentCases: readonly (readonly [string, readonly HandMessage[], number, string])[] = [
  [
    "one call in each turn",
    [
      userSays("read a"),
      thoughtCall(longText("think"), "a"),
      chatResult("a", longText("a")),
      { role: "assistant", content: "It was read.", reasoning_content: longText("said") },
      userSays("read b"),
      thoughtCall(longText("again"), "b"),
      chatResult("b", longText("b", 300)),
    ],
    400,
    "stub #4 #5 #6*",
  ],
  [
    "three calls in a row",
    [
      { role: "system", content: "You are an agent." },
      userSays("read all"),
      thoughtCall(longText("one", 60), "a"),
      chatResult("a", longText("a", 300)),
      thoughtCall(longText("two", 60), "b"),
      chatResult("b", longText("b", 300)),
      thoughtCall(longText("three", 60), "c"),
      chatResult("c", longText("c", 300)),
    ],
    800,
    "#0 #1 stub #6 #7",
  ],
  [
    "two calls in one message, and an empty reasoning",
    [
      userSays("read both"),
      thoughtCall(longText("both"), "a", "b"),
      chatResult("a", longText("a", 300)),
      chatResult("b", longText("b", 300)),
      thoughtCall("", "c"),
      chatResult("c", longText("c", 100)),
    ],
    500,
    "#0 stub #4 #5",
  ],
];

describe("reasoning_content of calls", () => {
  test.each(contentCases)("%s", async (_, messages, budgetTokens, expected) => {
    const sweep = await sweepOf("openai-chat", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { window, outline, faults } = await windowAt("openai-chat", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
    const given = new Set(messages.map((message) => message["reasoning_content"]));
    for (const message of window.messages as readonly HandMessage[])
      if (message["tool_calls"] !== undefined) expect(given).toContain(message["reasoning_content"]);
  });
});
