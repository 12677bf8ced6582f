import { describe, expect, test } from "vitest";
import { readOpenAiChat } from "./openai-chat.ts";

function read(value: object): ReturnType<typeof readOpenAiChat> {
  return readOpenAiChat(JSON.stringify(value));
}

const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

describe("OpenAI chat", () => {
  test("a plain text can be replaced but not cut", () => {
    const message = read({ role: "user", content: "hello", name: "ann" });
    expect(message).toMatchObject({ format: "openai-chat", role: "user", speaker: "ann", time: undefined });
    expect(message.parts).toHaveLength(1);
    expect(message.parts[0]).toMatchObject({ kind: "text", text: "hello", cut: undefined });
    const body = message.parts[0]?.body ?? { start: 0, end: 0 };
    expect(message.json.slice(body.start, body.end)).toBe('"hello"');
  });

  test("maps the role developer to system and function to tool", () => {
    expect(read({ role: "developer", content: "x" }).role).toBe("system");
    const result = read({ role: "function", name: "f", content: "1" });
    expect(result).toMatchObject({ role: "tool", speaker: undefined });
    expect(result.parts[0]).toMatchObject({ kind: "tool-result", toolName: "f", callId: undefined });
  });

  test("reads parts of every kind", () => {
    const message = read({
      role: "user",
      content: [
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "high" } },
        { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } },
        { type: "refusal", refusal: "no" },
        { type: "hologram", data: [1, 2] },
      ],
    });
    expect(message.parts.map((part) => [part.kind, part.text])).toEqual([
      ["text", "a"],
      ["image", ""],
      ["image", ""],
      ["file", ""],
      ["file", ""],
      ["text", "no"],
      ["other", '{"type":"hologram","data":[1,2]}'],
    ]);
    // The picture of this test is 10 by 20 pixels.
    expect(message.parts[1]?.image).toEqual({ width: 10, height: 20, detail: "high" });
    expect(message.parts[2]?.image).toEqual({ width: undefined, height: undefined, detail: undefined });
    expect(message.parts.every((part) => part.cut !== undefined)).toBe(true);
  });

  test("reads an assistant's reasoning, text and calls, in that order", () => {
    const message = read({
      role: "assistant",
      tool_calls: [
        { id: "1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
        { id: "2", type: "function", function: { name: "g", arguments: { b: 2 } } },
        { id: "3", type: "custom", custom: { name: "h", input: "raw" } },
      ],
      content: "doing",
      reasoning_content: "because",
      reasoning: "because",
      reasoning_details: [{ type: "reasoning.encrypted", data: "xyz" }],
      refusal: null,
      audio: { id: "audio_1" },
    });
    expect(message.parts.map((part) => [part.kind, part.text])).toEqual([
      ["reasoning", "because"],
      ["reasoning", ""],
      ["reasoning", ""],
      ["text", "doing"],
      ["file", ""],
      ["tool-call", '{"a":1}'],
      ["tool-call", '{"b":2}'],
      ["tool-call", "raw"],
    ]);
    expect(message.parts[2]?.opaque).toBe("xyz");
    expect(message.parts.slice(5).map((part) => [part.callId, part.toolName, part.arguments])).toEqual([
      ["1", "f", '{"a":1}'],
      ["2", "g", '{"b":2}'],
      ["3", "h", "raw"],
    ]);
  });

  test("a single call is cut together with its list, which must not be empty", () => {
    const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
    const message = read({ role: "assistant", content: "a", tool_calls: [call] });
    const cut = message.parts[1]?.cut ?? { start: 0, end: 0 };
    expect(message.json.slice(0, cut.start) + message.json.slice(cut.end)).toBe(
      '{"role":"assistant","content":"a"}',
    );
  });

  test("reads a legacy function call, and null content", () => {
    const message = read({
      role: "assistant",
      content: null,
      function_call: { name: "f", arguments: "{}" },
    });
    expect(message.parts).toHaveLength(1);
    expect(message.parts[0]).toMatchObject({ kind: "tool-call", toolName: "f", arguments: "{}" });
  });

  test("a tool result in blocks is one part, and its pictures are parts of their own", () => {
    const picture = { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } };
    const message = read({
      role: "tool",
      tool_call_id: "1",
      content: [{ type: "text", text: "a" }, picture, { type: "text", text: "b" }, picture],
    });
    expect(message.parts.map((part) => [part.kind, part.text, part.callId])).toEqual([
      ["tool-result", "a\nb", "1"],
      ["image", "", undefined],
      ["image", "", undefined],
    ]);
    expect(message.parts[2]?.image?.height).toBe(20);
    const body = message.parts[0]?.body ?? { start: 0, end: 0 };
    expect(message.json.slice(body.start, body.end)).toMatch(/^\[.*\]$/);
    expect(message.parts[1]).toMatchObject({ cut: undefined, bodyForm: "text-item" });
  });

  test("counts fields that no reader knows, but not bookkeeping", () => {
    const message = read({
      role: "user",
      content: "a",
      id: "m1",
      created_at: 1,
      extra: { x: "y" },
      flag: true,
    });
    expect(message.parts.map((part) => [part.kind, part.text])).toEqual([
      ["text", "a"],
      ["other", '{"x":"y"}'],
    ]);
  });

  test("the last of a duplicate key counts and cannot be cut, because that would expose the first", () => {
    const message = readOpenAiChat(
      '{"role":"user","content":"old","content":"new","reasoning":"a","reasoning":"b"}',
    );
    expect(message.parts.map((part) => part.text)).toEqual(["b", "new"]);
    expect(message.parts[0]?.cut).toBeUndefined();
    const body = message.parts[1]?.body ?? { start: 0, end: 0 };
    expect(message.json.slice(body.start, body.end)).toBe('"new"');
  });

  test.each([
    ["2026-01-02T03:04:05Z", Date.UTC(2026, 0, 2, 3, 4, 5)],
    ["2026-01-02 03:04:05", Date.UTC(2026, 0, 2, 3, 4, 5)],
    ["2026-01-02", Date.UTC(2026, 0, 2)],
    ["2026-01-02T03:04:05+02:00", Date.UTC(2026, 0, 2, 1, 4, 5)],
    [1_767_323_045, 1_767_323_045_000],
    [1_767_323_045_123, 1_767_323_045_123],
    [7, undefined],
    ["5 May", undefined],
    [1e300, undefined],
  ])("reads the time %j", (timestamp, time) => {
    expect(read({ role: "user", content: "a", timestamp }).time).toBe(time);
  });
});
