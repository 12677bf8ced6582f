import { describe, expect, test } from "vitest";
import { readAiSdk } from "./ai-sdk.ts";
import type { Part } from "../message/message.ts";

function read(role: string, content: unknown): readonly Part[] {
  return readAiSdk(JSON.stringify({ role, content })).parts;
}

describe("AI SDK model messages", () => {
  test("reads the parts of an assistant message", () => {
    const parts = read("assistant", [
      { type: "reasoning", text: "hm", providerOptions: { anthropic: { signature: "sig" } } },
      { type: "text", text: "a" },
      { type: "tool-call", toolCallId: "1", toolName: "f", input: { a: 1 } },
      { type: "tool-call", toolCallId: "2", toolName: "g", args: { b: 1 } },
      { type: "tool-approval-request", approvalId: "x", toolCallId: "1" },
    ]);
    expect(parts.map(({ kind, text, callId, opaque }) => [kind, text, callId, opaque])).toEqual([
      ["reasoning", "hm", undefined, "sig"],
      ["text", "a", undefined, undefined],
      ["tool-call", '{"a":1}', "1", undefined],
      ["tool-call", '{"b":1}', "2", undefined],
      ["other", '{"type":"tool-approval-request","approvalId":"x","toolCallId":"1"}', "x", undefined],
    ]);
  });

  test.each([
    [{ type: "text", value: "out" }, "out"],
    [{ type: "error-text", value: "bad" }, "bad"],
    [{ type: "json", value: { a: [1] } }, '{"a":[1]}'],
    [{ type: "json", value: 5 }, "5"],
    [{ type: "execution-denied", reason: "no" }, "no"],
    [
      {
        type: "content",
        value: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      "a\nb",
    ],
    [{ type: "strange" }, '{"type":"strange"}'],
  ])("reads the tool output %j as its text", (output, text) => {
    const source = JSON.stringify({
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "1", toolName: "f", output }],
    });
    const { parts, role } = readAiSdk(source);
    expect(role).toBe("tool");
    expect(parts[0]).toMatchObject({ kind: "tool-result", text, callId: "1", toolName: "f" });
    expect(parts[0]?.bodyForm).toBe("text-output");
    const body = parts[0]?.body ?? { start: 0, end: 0 };
    expect(JSON.parse(source.slice(body.start, body.end))).toEqual(output);
  });

  test("reads a picture in an output, and version 4's result", () => {
    const data = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";
    const [shown, inner] = read("tool", [
      {
        type: "tool-result",
        toolCallId: "1",
        output: { type: "content", value: [{ type: "media", data, mediaType: "image/png" }] },
      },
    ]);
    expect(shown).toMatchObject({ text: "", image: undefined });
    expect(inner).toMatchObject({ kind: "image", cut: undefined, image: { width: 10, height: 20 } });
    const [old] = read("tool", [{ type: "tool-result", toolCallId: "1", toolName: "f", result: { a: 1 } }]);
    expect(old).toMatchObject({ text: '{"a":1}', bodyForm: "string" });
  });

  test("reads images and files of a user message", () => {
    const parts = read("user", [
      { type: "image", image: "https://example.com/a.png" },
      { type: "file", data: "AAAA", mediaType: "image/png" },
      { type: "file", data: "AAAA", mediaType: "application/pdf" },
    ]);
    expect(parts.map((part) => part.kind)).toEqual(["image", "image", "file"]);
  });

  test("refuses a tool message whose content is not a list", () => {
    expect(() => read("tool", "text")).toThrow(/content: got "text", allowed: a list of parts/);
    expect(() => read("user", null)).toThrow(/content: got null/);
  });
});
