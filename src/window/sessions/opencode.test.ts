import { describe, expect, test } from "vitest";
import { checkPairs } from "../conversation/read/check-pairs.ts";
import { readCase, readOne, sayIt } from "./shared-cases.fixture.ts";

const nineteen = readCase("19-opencode-export.json");
test.skipIf(nineteen === undefined)("19: four messages of the AI SDK, converted", () => {
  const found = readOne(nineteen ?? "");
  expect(found.messages.map(sayIt)).toEqual([
    "user | text:Which port?",
    'assistant | tool-call:{"p":"port"}',
    "tool | tool-result:8443",
    "assistant | text:8443",
  ]);
  expect(found).toMatchObject({
    format: "ai-sdk",
    converted: "opencode",
    session: { agent: "opencode", id: "ses_1", title: "t" },
  });
  expect(found.messages.map((message) => message.usage)).toEqual([
    undefined,
    undefined,
    undefined,
    { inputTokens: 10, outputTokens: undefined, cachedInputTokens: undefined },
  ]);
  expect(checkPairs(found.messages).size).toBe(0);
});

const created = 1_767_323_045_000;
const user = (id: string, ...parts: readonly object[]): object => ({
  info: { id, role: "user", time: { created } },
  parts,
});
const answer = (id: string, parts: readonly object[], info: object = {}): object => ({
  info: { id, role: "assistant", modelID: "claude-sonnet-4-5", time: { created: created + 5 }, ...info },
  parts,
});
const text = (words: string, more: object = {}): object => ({ type: "text", text: words, ...more });
const tool = (callID: string, state: object): object => ({
  type: "tool",
  callID,
  tool: "bash",
  state: { input: { command: "ls" }, ...state },
});
const makeExport = (messages: readonly object[], info: object = {}): string =>
  JSON.stringify({ info: { id: "ses_2", title: "A title", directory: "/home/ann/shop", ...info }, messages });

describe("opencode's export", () => {
  test("splits an answer at the marks of its steps, and adds up cached tokens", () => {
    const found = readOne(
      makeExport([
        user("m1", text("list"), text("not sent", { ignored: true }), {
          type: "file",
          mime: "text/plain",
          url: "file:///a",
        }),
        answer(
          "m2",
          [
            { type: "step-start" },
            { type: "reasoning", text: "hm" },
            text("I list."),
            tool("t1", { status: "completed", output: "a.ts" }),
            tool("t2", { status: "error", error: "denied" }),
            text("(both)"),
            { type: "step-finish", reason: "tool-calls" },
            { type: "patch", hash: "x", files: [] },
            { type: "step-start" },
            text("done"),
          ],
          { tokens: { input: 10, output: 5, reasoning: 0, cache: { read: 900, write: 90 } } },
        ),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:list",
      'assistant | reasoning:hm | text:I list. | tool-call:{"command":"ls"} | tool-call:{"command":"ls"} | text:(both)',
      "tool | tool-result:a.ts | tool-result:denied",
      "assistant | text:done",
    ]);
    expect(found.messages[3]?.usage).toEqual({ inputTokens: 1000, outputTokens: 5, cachedInputTokens: 900 });
    expect(found).toMatchObject({
      model: "claude-sonnet-4-5",
      session: { folder: "/home/ann/shop", title: "A title" },
    });
  });

  test("answers a call that never ended, and keeps pictures of results", () => {
    const picture = { type: "file", mime: "image/png", url: "data:image/png;base64,iVBORw0KGgo=" };
    const found = readOne(
      makeExport([
        user("m1", text("go"), picture),
        answer("m2", [tool("t1", { status: "running" })]),
        answer("m3", [
          tool("t2", { status: "completed", output: "shot", attachments: [picture] }),
          text("seen"),
        ]),
      ]),
    );
    expect(
      found.messages.map((message) => [message.role, ...message.parts.map((part) => part.kind)]),
    ).toEqual([
      ["user", "text", "image"],
      ["assistant", "tool-call"],
      ["tool", "tool-result"],
      ["assistant", "tool-call"],
      ["tool", "tool-result"],
      ["user", "image"],
      ["assistant", "text"],
    ]);
    expect(found.messages[2]?.parts[0]?.text).toContain("interrupted");
    expect(checkPairs(found.messages).size).toBe(0);
  });

  test("leaves out what the user took back, marks compactions, names a child session", () => {
    const messages = [
      user("m1", text("one")),
      answer("m2", [text("1")]),
      user("m3", { type: "compaction", auto: true }),
      answer("m4", [text("summary")], { summary: true }),
      user("m5", text("two")),
    ];
    const found = readOne(makeExport(messages, { revert: { messageID: "m5" }, parentID: "ses_1" }));
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:one",
      "assistant | text:1",
      "assistant | text:summary",
    ]);
    expect(found.session).toMatchObject({
      compactions: [2],
      sidechain: "ses_2",
      notes: ["left out: 1 message that the user took back"],
    });
    // The list alone, as the server answers it.
    expect(readOne(JSON.stringify(messages)).messages).toHaveLength(4);
    expect(() => readOne(makeExport([]))).toThrow(/session of opencode without messages/);
  });
});
