import { describe, expect, test } from "vitest";
import { checkPairs } from "../conversation/read/check-pairs.ts";
import { readCase, readOne, sayIt, toLines } from "./shared-cases.fixture.ts";

const fifty = readCase("50-gemini-cli-trajectory.json");
test.skipIf(fifty === undefined)("50: four contents with a thought, a call and its response", () => {
  const found = readOne(fifty ?? "");
  expect(found.messages.map(sayIt)).toEqual([
    "user | text:read it",
    'assistant | reasoning:**Thinking** | tool-call:{"file_path":"a.ts"}',
    "tool | tool-result:let a = 1",
    "assistant | text:It sets a.",
  ]);
  expect(found.format).toBe("gemini");
  expect(found.messages.every((message) => fifty?.includes(message.json))).toBe(true);
  expect(found.messages.map((message) => message.usage)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(checkPairs(found.messages).size).toBe(0);
});

const timestamp = "2026-01-02T03:04:05.000Z";
const head = {
  sessionId: "g1",
  projectHash: "abc",
  startTime: timestamp,
  lastUpdated: "2026-01-02T03:05:00.000Z",
};
const user = (id: string, content: unknown): object => ({ id, timestamp, type: "user", content });
const answer = (id: string, content: unknown, more: object = {}): object => ({
  id,
  timestamp,
  type: "gemini",
  content,
  model: "gemini-2.5-pro",
  ...more,
});
const response = (output: string): object => ({
  functionResponse: { id: "c1", name: "read_file", response: { output } },
});

describe("Gemini CLI's chats", () => {
  const call = {
    id: "c1",
    name: "read_file",
    args: { path: "a.ts" },
    status: "success",
    timestamp,
    result: [response("let a")],
  };
  const expected = [
    "user | text:read it",
    'assistant | reasoning:**Plan** look at it | text:I read. | tool-call:{"path":"a.ts"}',
    "tool | tool-result:let a",
    "assistant | text:done",
  ];

  test("reads one object, whose thoughts and calls are apart from the content", () => {
    const first = answer("m2", "I read.", {
      thoughts: [{ subject: "Plan", description: "look at it", timestamp }],
      toolCalls: [call],
      tokens: { input: 100, output: 20, cached: 60, thoughts: 5, total: 125 },
    });
    const messages = [
      user("m0", "/model"),
      user("m1", "read it"),
      { id: "i", timestamp, type: "info", content: "note" },
      first,
      answer("m3", "done"),
    ];
    const found = readOne(JSON.stringify({ ...head, messages, summary: "Reading a file" }, undefined, 2));
    expect(found.messages.map(sayIt)).toEqual(expected);
    expect(found.messages[1]?.usage).toEqual({ inputTokens: 100, outputTokens: 25, cachedInputTokens: 60 });
    expect(found).toMatchObject({ format: "gemini", converted: "gemini-cli", model: "gemini-2.5-pro" });
    expect(found.session).toMatchObject({
      id: "g1",
      title: "Reading a file",
      time: Date.parse(head.lastUpdated),
    });
    expect(checkPairs(found.messages).size).toBe(0);
  });

  test("reads lines: later records replace earlier ones, and steps back remove them", () => {
    const parts = [
      { text: "**Plan** look at it", thought: true },
      { text: "I read." },
      { functionCall: { id: "c1", name: "read_file", args: { path: "a.ts" } }, thoughtSignature: "c2ln" },
    ];
    const lines = toLines([
      head,
      user("m1", [{ text: "read it" }]),
      answer("m2", ""),
      answer("m2", parts, { toolCalls: [{ ...call, result: "let a" }] }),
      user("m4", "wrong"),
      answer("m5", "way"),
      { $rewindTo: "m4" },
      { $set: { lastUpdated: timestamp, directories: ["/home/ann/shop"] } },
      answer("m6", "done"),
    ]);
    const found = readOne(`${lines}{"id":"m7","ty`);
    expect(found.messages.map(sayIt)).toEqual(expected);
    expect(found.messages[1]?.parts.at(-1)?.opaque).toBe("c2ln");
    expect(found.session).toMatchObject({
      title: "read it",
      folder: "/home/ann/shop",
      notes: [
        "left out: line 10, the last one, which is cut off: the agent may still be writing",
        "left out: 2 records that the user took back",
      ],
    });
  });

  test("takes a result that is written twice once", () => {
    const lines = toLines([
      head,
      user("m1", [{ text: "read it" }]),
      answer("m2", "I read.", { toolCalls: [call] }),
      user("m3", [response("let a")]),
      answer("m4", "done"),
    ]);
    expect(readOne(lines).messages.map((message) => message.role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
    ]);
  });

  test("reads a saved checkpoint as Gemini's own contents, and refuses a chat without messages", () => {
    const history = [
      { role: "user", parts: [{ text: "hi" }] },
      { role: "model", parts: [{ text: "there" }] },
    ];
    const found = readOne(JSON.stringify({ history, authType: "oauth" }));
    expect(found.messages.map((message) => message.json)).toEqual(
      history.map((content) => JSON.stringify(content)),
    );
    expect(found.converted).toBeUndefined();
    expect(() => readOne(JSON.stringify({ ...head, messages: [user("m0", "/help")] }))).toThrow(
      /Gemini CLI without messages \(1 record\)/,
    );
  });
});

describe("Qwen Code's chats", () => {
  let second = 0;
  const line = (uuid: string, parentUuid: string | null, type: string, more: object): object => ({
    uuid,
    parentUuid,
    sessionId: "q1",
    timestamp: new Date(Date.UTC(2026, 0, 2, 3, 4, second++)).toISOString(),
    type,
    cwd: "/home/ann/shop",
    version: "0.24.4",
    ...more,
  });
  test("cuts contents from their envelopes and follows the newest branch", () => {
    const found = readOne(
      toLines([
        line("a", null, "user", { message: { role: "user", parts: [{ text: "go" }] } }),
        line("b", "a", "assistant", {
          model: "qwen3-coder",
          message: { role: "model", parts: [{ functionCall: { id: "c1", name: "read_file", args: {} } }] },
          usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, cachedContentTokenCount: 0 },
        }),
        line("c", "b", "tool_result", {
          message: { role: "user", parts: [response("let a")] },
          toolCallResult: { status: "success" },
        }),
        line("x", "c", "user", { message: { role: "user", parts: [{ text: "left" }] } }),
        line("d", "c", "system", { subtype: "chat_compression", systemPayload: { compressedHistory: [] } }),
        line("e", "d", "user", { message: { role: "user", parts: [{ text: "next" }] } }),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:go",
      "assistant | tool-call:{}",
      "tool | tool-result:let a",
      "user | text:next",
    ]);
    expect(found.messages[1]?.usage).toEqual({ inputTokens: 9, outputTokens: 2, cachedInputTokens: 0 });
    expect(found).toMatchObject({ format: "gemini", model: "qwen3-coder" });
    expect(found.session).toMatchObject({
      agent: "qwen-code",
      folder: "/home/ann/shop",
      compactions: [3],
      title: "go",
    });
    expect(found.session?.notes).toEqual(["left out: 1 message of branches that the user left"]);
  });
});
