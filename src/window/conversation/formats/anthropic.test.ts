import { describe, expect, test } from "vitest";
import { readAnthropic } from "./anthropic.ts";

function read(value: object): ReturnType<typeof readAnthropic> {
  return readAnthropic(JSON.stringify(value));
}

const gif = "R0lGODlhAwAFAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

describe("Anthropic messages", () => {
  test("reads the blocks of an assistant message", () => {
    const message = read({
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm", signature: "sig" },
        { type: "redacted_thinking", data: "xx" },
        { type: "text", text: "a" },
        { type: "tool_use", id: "t1", name: "f", input: { n: 1, big: 2 } },
        { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "q" } },
        {
          type: "web_search_tool_result",
          tool_use_id: "s1",
          content: [{ type: "web_search_result", title: "t" }],
        },
        { type: "novelty", a: 1 },
      ],
    });
    expect(message.parts.map(({ kind, text, callId, opaque }) => [kind, text, callId, opaque])).toEqual([
      ["reasoning", "hm", undefined, "sig"],
      ["reasoning", "", undefined, "xx"],
      ["text", "a", undefined, undefined],
      ["tool-call", '{"n":1,"big":2}', "t1", undefined],
      ["tool-call", '{"query":"q"}', "s1", undefined],
      ["tool-result", '[{"type":"web_search_result","title":"t"}]', "s1", undefined],
      ["other", '{"type":"novelty","a":1}', undefined, undefined],
    ]);
    expect(message.parts[5]?.body).toBeUndefined();
  });

  test("a user message of only results has the role tool; with text of its own it is a request", () => {
    const result = { type: "tool_result", tool_use_id: "t1", content: "out" };
    const picture = { type: "image", source: { type: "base64", media_type: "image/gif", data: gif } };
    expect(read({ role: "user", content: [result] }).role).toBe("tool");
    expect(read({ role: "user", content: [{ ...result, content: [picture, picture] }, result] }).role).toBe(
      "tool",
    );
    expect(read({ role: "user", content: [result, { type: "text", text: "and now" }] }).role).toBe("user");
    expect(read({ role: "user", content: [result, picture] }).role).toBe("user");
    expect(read({ role: "user", content: "hi" }).role).toBe("user");
  });

  test("reads a result's text, its picture and its body", () => {
    const message = read({
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "t1",
          content: [
            { type: "text", text: "a" },
            { type: "image", source: { type: "base64", media_type: "image/gif", data: gif } },
          ],
        },
        { type: "tool_result", tool_use_id: "t2" },
      ],
    });
    expect(message.parts[0]).toMatchObject({ text: "a", callId: "t1", image: undefined });
    expect(message.parts[1]).toMatchObject({ kind: "image", cut: undefined, image: { width: 3, height: 5 } });
    expect(message.parts[2]).toMatchObject({ kind: "tool-result", text: "", callId: "t2", body: undefined });
  });

  test("reads a plain-text document as text, and a PDF as a file without text", () => {
    const message = read({
      role: "user",
      content: [
        { type: "document", source: { type: "text", media_type: "text/plain", data: "words" } },
        { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" } },
      ],
    });
    expect(message.parts.map((part) => [part.kind, part.text])).toEqual([
      ["file", "words"],
      ["file", ""],
    ]);
  });

  test("reasoning without another block cannot be cut alone, and neither can the only block", () => {
    const thinking = { type: "thinking", thinking: "a", signature: "s" };
    for (const content of [
      [thinking],
      [thinking, { ...thinking, signature: "t" }],
      [{ type: "text", text: "a" }],
    ]) {
      const message = read({ role: "assistant", content });
      expect(message.parts.every((part) => part.cut === undefined)).toBe(true);
    }
  });

  test("reads an entire response as the message that it is", () => {
    const message = read({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-x",
      content: [{ type: "text", text: "a" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 1 },
    });
    expect(message.parts).toHaveLength(1);
  });

  test("refuses the role tool and missing content", () => {
    expect(() => read({ role: "tool", content: "a" })).toThrow(/role: got "tool", allowed: user, assistant/);
    expect(() => read({ role: "user" })).toThrow(/content: got nothing/);
  });
});
