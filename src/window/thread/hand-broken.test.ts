import { describe, expect, test } from "vitest";
import type { HandMessage } from "./hand-inputs.fixture.ts";
import { assistantSays, longText, sweepOf, userSays, windowAt } from "./hand-inputs.fixture.ts";
import { chatCall, chatResult } from "./stuck.fixture.ts";

const code = (id: string): HandMessage => ({
  type: "server_tool_use",
  id,
  name: "code_execution",
  input: { code: "rows = await query('a')" },
});
const codeResult = (id: string, words = 60): HandMessage => ({
  type: "code_execution_tool_result",
  tool_use_id: id,
  content: {
    type: "code_execution_result",
    stdout: longText(id, words),
    stderr: "",
    return_code: 0,
    content: [],
  },
});
const codeCall = (id: string, program: string): HandMessage => ({
  type: "tool_use",
  id,
  name: "query",
  input: { sql: id },
  caller: { type: "code_execution_20250825", tool_id: program },
});
const results = (...ids: readonly string[]): HandMessage => ({
  role: "user",
  content: ids.map((id) => ({ type: "tool_result", tool_use_id: id, content: longText(id, 150) })),
});
const text = (value: string): HandMessage => ({ type: "text", text: value });
const search = (id: string): HandMessage => ({
  type: "server_tool_use",
  id,
  name: "web_search",
  input: { query: id },
});
const listPages = (id: string): HandMessage => ({
  type: "web_search_tool_result",
  tool_use_id: id,
  content: [1, 2].map((page) => ({
    type: "web_search_result",
    url: `https://example.org/${page}`,
    title: `Page ${page}`,
    encrypted_content: `sealed${page}`.repeat(60),
    page_age: null,
  })),
});

const programCases: readonly (readonly [string, readonly HandMessage[], number, string])[] = [
  [
    "two programs, one call from each",
    [
      userSays("count the rows"),
      assistantSays([text("I run it."), code("srvtoolu_1"), codeCall("toolu_1", "srvtoolu_1")]),
      results("toolu_1"),
      assistantSays([codeResult("srvtoolu_1"), text("Forty rows.")]),
      userSays("and the columns"),
      assistantSays([code("srvtoolu_2"), codeCall("toolu_2", "srvtoolu_2")]),
      results("toolu_2"),
      assistantSays([codeResult("srvtoolu_2"), text("Six columns.")]),
      userSays("go on"),
    ],
    900,
    "#0 stub #4 #5 #6 #7 #8",
  ],
  [
    "a program that calls two rounds and still runs",
    [
      userSays(longText("begin")),
      assistantSays(longText("answer")),
      userSays("count both"),
      assistantSays([
        code("srvtoolu_1"),
        codeCall("toolu_1", "srvtoolu_1"),
        codeCall("toolu_2", "srvtoolu_1"),
      ]),
      results("toolu_1", "toolu_2"),
      assistantSays([codeCall("toolu_3", "srvtoolu_1")]),
      results("toolu_3"),
    ],
    900,
    "stub #1 #2 #3 #4* #5 #6*",
  ],
  [
    "searches of the provider next to a client's call",
    [
      userSays("find it"),
      assistantSays([search("srvtoolu_1"), listPages("srvtoolu_1"), text(longText("found"))]),
      userSays("find more"),
      assistantSays([
        search("srvtoolu_2"),
        listPages("srvtoolu_2"),
        { type: "tool_use", id: "toolu_1", name: "read", input: { path: "a" } },
      ]),
      results("toolu_1"),
      assistantSays("It was read."),
      userSays("go on"),
    ],
    1_100,
    "#0 stub #2 #3 #4 #5 #6",
  ],
];

describe("calls from code and tools of the provider", () => {
  test.each(programCases)("%s", async (_, messages, budgetTokens, expected) => {
    const sweep = await sweepOf("anthropic", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { outline, faults } = await windowAt("anthropic", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
  });
});

const brokenCases: readonly (readonly [string, readonly HandMessage[], number, readonly object[]])[] = [
  [
    "an orphan at the start",
    [
      chatResult("gone", longText("gone")),
      userSays(longText("begin")),
      chatCall("a"),
      chatResult("a", longText("a", 300)),
      userSays("go on"),
    ],
    300,
    [{ kind: "left-out", handle: "#0", callId: "gone" }],
  ],
  [
    "an aborted call in the middle",
    [
      userSays(longText("begin", 200)),
      assistantSays(longText("answer", 200)),
      userSays("read both"),
      chatCall("a", "b"),
      chatResult("a", longText("a", 100)),
      userSays("stop"),
      assistantSays("It was stopped."),
      userSays("go on"),
    ],
    700,
    [{ kind: "answered", handle: "#3", callId: "b" }],
  ],
  [
    "two results of one id, and an id that a later turn uses again",
    [
      userSays("read it"),
      chatCall("a"),
      chatResult("a", longText("first", 200)),
      chatResult("a", longText("second", 200)),
      assistantSays("It was read."),
      userSays("read it again"),
      chatCall("a"),
      chatResult("a", longText("third", 200)),
    ],
    400,
    [{ kind: "left-out", handle: "#3", callId: "a" }],
  ],
];

describe("broken histories", () => {
  test.each(brokenCases)("%s", async (_, messages, budgetTokens, repairs) => {
    const sweep = await sweepOf("openai-chat", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { window, faults } = await windowAt("openai-chat", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(window.repairs).toEqual(repairs);
  });
});
