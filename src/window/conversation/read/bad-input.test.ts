import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../../shared/errors.ts";
import type { ErrorCode } from "../../../shared/errors.ts";
import { readConversation } from "./read-conversation.ts";

function refusal(input: string | Uint8Array): { readonly code: ErrorCode; readonly message: string } {
  try {
    readConversation(input);
  } catch (error) {
    if (isLoadlineError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("was read");
}

const user = '{"role":"user","content":"a"}';

describe("readConversation refuses bad input and names its place", () => {
  test.each<[string, string, ErrorCode, RegExp]>([
    ["a text that is not JSON", "hello", "unknown-format", /got plain text that begins with "hello"/],
    ["a text that begins like JSON", "[INFO] a", "invalid-json", /got "I" at line 1, column 2/],
    ["a list that stops being JSON", `[\n${user},\n  oops]`, "invalid-json", /got "o" at line 3, column 3/],
    [
      "a line that is not JSON",
      `${user}\n\n${user}\n{"role":}\n`,
      "invalid-json",
      /got "}" at line 4, column 9/,
    ],
    ["a list that ends early", `[${user},`, "invalid-json", /got the end of the text at line 1, column 32/],
    [
      "a last line that ends early",
      `${user}\n{"role":"us`,
      "invalid-json",
      /got the end of the text at line 2, column 12/,
    ],
    ["an empty text", " \n", "invalid-json", /input is empty/],
    [
      "an unpaired surrogate",
      '[{"role":"user","content":"\uDFFF"}]',
      "invalid-json",
      /U\+DFFF at line 1, column 28/,
    ],
    ["a number", "5", "unknown-format", /neither a list nor an object/],
    ["an object of unknown shape", '{"a":1,"b":2}', "unknown-format", /an object with a, b/],
    [
      "a list without a known role",
      '[{"role":"wizard","content":"a"}]',
      "unknown-format",
      /message 0 \(offset 1\) is an object with role "wizard", content/,
    ],
    [
      "a block of an unknown type among plain messages",
      `[${user},{"role":"user","content":[{"type":"hologram","data":"x"}]}]`,
      "unknown-format",
      /message 1 \(offset 31\): content\[0\] is an object with type "hologram", data/,
    ],
    [
      "a message whose text is under an unknown name",
      `[${user},{"role":"user","text":"a"}]`,
      "unknown-format",
      /a message without content; message 1 \(offset 31\) is an object with role "user", text/,
    ],
    [
      "items of unknown types",
      '[{"type":"person","data":{"content":"a"}},{"type":"robot","data":{"content":"b"}}]',
      "unknown-format",
      /message 0 \(offset 1\) is an object with type "person", data/,
    ],
    [
      "lines of unknown types",
      '{"type":"summary","summary":"a"}\n{"type":"human","message":{"role":"user","content":"b"}}',
      "unknown-format",
      /line 1 is an object with type "summary", summary/,
    ],
    ["a row of a data set with an input", '{"input":"a","label":"b"}', "unknown-format", /with input, label/],
    ["a document with contents", '{"title":"a","contents":"b"}', "unknown-format", /with title, contents/],
    ["a list of unknown shape", '[{"a":1}]', "unknown-format", /nothing that looks like a message/],
    [
      "two formats mixed",
      '[{"role":"user","content":[{"type":"tool_result"}]},{"role":"tool","content":"x"}]',
      "unknown-format",
      /messages of anthropic at message 0 \(offset 1\) and openai-chat at message 1/,
    ],
    [
      "a message that is not an object",
      `[${user},7]`,
      "invalid-message",
      /message 1 \(offset 31\): message: got 7/,
    ],
    [
      "a message that is null",
      `[null,${user}]`,
      "invalid-message",
      /message 0 \(offset 1\): message: got null/,
    ],
    [
      "an unknown role",
      `[${user},{"role":"wizard","content":"a"}]`,
      "invalid-message",
      /role: got "wizard", allowed: system, dev/,
    ],
    [
      "a bad message of a list over several lines",
      `[\n${user},\n\n  {"role":"bard","content":""}]`,
      "invalid-message",
      /message 1 \(line 4, offset 36\): role: got "bard"/,
    ],
    [
      "a message without a role",
      `[${user},{"content":"a"}]`,
      "invalid-message",
      /message 1 .*role: got nothing/,
    ],
    [
      "a role named like a method",
      `[{"role":"toString","content":"a"},${user}]`,
      "invalid-message",
      /role: got "toString"/,
    ],
    [
      "a content of the wrong type",
      '[{"role":"user","content":5}]',
      "invalid-message",
      /content: got 5, allowed: a string or/,
    ],
    [
      "a block of the wrong type",
      '[{"role":"user","content":["a"]}]',
      "invalid-message",
      /content\[0\]: block: got "a"/,
    ],
    [
      "a text of the wrong type",
      '[{"role":"user","content":[{"type":"text"}]}]',
      "invalid-message",
      /text\.text: got nothing/,
    ],
    [
      "calls of the wrong type",
      '[{"role":"assistant","tool_calls":{}}]',
      "invalid-message",
      /tool_calls: got an object/,
    ],
    [
      "a call without a function",
      '[{"role":"assistant","tool_calls":[{}]}]',
      "invalid-message",
      /function: got nothing/,
    ],
    ["a line that is not a message", `${user}\n{"a":1}`, "unknown-format", /line 2: got an object with a/],
    ["a bad message on a line", `${user}\n{"role":"bard","content":""}`, "invalid-message", /line 2: role/],
  ])("refuses %s", (_name, input, code, message) => {
    const error = refusal(input);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test("refuses bytes that are not UTF-8", () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('[{"role":"user","content":"'), 0xe9, 0x22]);
    expect(refusal(bytes)).toMatchObject({
      code: "invalid-json",
      message: expect.stringContaining("0xe9 at byte 27") as string,
    });
  });

  test("refuses nesting of 100,000 levels, wherever it is", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    for (const input of [
      deep,
      `[{"role":"user","content":${deep}}]`,
      `{"role":"user","content":"a","x":${deep}}`,
      `{"messages":[${user}],"metadata":${deep}}`,
      `${user}\n{"role":"user","content":"a","x":${deep}}`,
    ]) {
      const error = refusal(input);
      expect(error.message).toMatch(/nesting deeper than 1000/);
      expect(error.code).toBe("invalid-json");
    }
    expect(refusal("[".repeat(100_000)).message).toMatch(/got the end of the text/);
  });
});

describe("readConversation reads odd input", () => {
  test("reads a message of 50 MB", () => {
    const content = 'line "one"\n\\ é 日本 '.repeat(2_500_000);
    const input = JSON.stringify([{ role: "user", content }]);
    expect(new TextEncoder().encode(input).length).toBeGreaterThan(50_000_000);
    const { messages } = readConversation(input);
    expect(messages[0]?.json.length).toBe(input.length - 2);
    expect(messages[0]?.parts[0]?.text === content).toBe(true);
  });

  test("reads a call with an input on a line of its own as an item", () => {
    const lines =
      '{"type":"message","role":"user","content":"a"}\n{"type":"custom_tool_call","call_id":"1","name":"f","input":"x"}';
    expect(readConversation(lines).messages.map((message) => message.parts[0]?.kind)).toEqual([
      "text",
      "tool-call",
    ]);
  });

  test("reads keys that name a prototype as ordinary keys", () => {
    const json =
      '{"role":"user","content":"a","__proto__":{"role":"system","polluted":"yes"},"constructor":"c"}';
    const { messages } = readConversation(`[${json}]`);
    expect(messages[0]).toMatchObject({ json, role: "user" });
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    // Neither is known, so both are counted.
    expect(messages[0]?.parts.map((part) => part.kind)).toEqual(["text", "other", "other"]);
  });

  test("keeps numbers that JavaScript cannot hold as written", () => {
    const json =
      '{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"n":12345678901234567890,"x":1e999,"z":-0.0}}]}';
    const { messages } = readConversation(`[${json}]`);
    expect(messages[0]?.json).toBe(json);
    expect(messages[0]?.parts[0]?.arguments).toBe('{"n":12345678901234567890,"x":1e999,"z":-0.0}');
  });

  test("reads NUL and every kind of whitespace in a text", () => {
    const { messages } = readConversation('[{"role":"user","content":"a\\u0000b\u2028\u00a0\uFEFF"}]');
    expect(messages[0]?.parts[0]?.text).toBe("a\u0000b\u2028\u00a0\uFEFF");
  });
});
