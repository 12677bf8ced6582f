import { describe, expect, test } from "vitest";
import { cutParts } from "../edit/edit-message.ts";
import { detectFormat } from "../read/detect-format.ts";
import { readOllama } from "./ollama.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

function read(value: object): ReturnType<typeof readOllama> {
  return readOllama(JSON.stringify(value));
}

const call = { function: { name: "grep", arguments: { p: "port" } } };

describe("Ollama messages", () => {
  test("reads thinking, text, pictures and calls with arguments as objects", () => {
    const message = read({ role: "assistant", content: "a", thinking: "hm", tool_calls: [call] });
    expect(message.parts.map(({ kind, text, callId }) => [kind, text, callId])).toEqual([
      ["reasoning", "hm", undefined],
      ["text", "a", undefined],
      ["tool-call", '{"p":"port"}', undefined],
    ]);
    const { parts } = read({ role: "user", content: "see", images: [png, png] });
    expect(parts.map((part) => [part.kind, part.image?.width, part.image?.height])).toEqual([
      ["text", undefined, undefined],
      ["image", 10, 20],
      ["image", 10, 20],
    ]);
  });

  test("a picture leaves its list, the last one with the field", () => {
    const cut = (images: readonly string[], index: number): unknown => {
      const message = read({ role: "user", content: "see", images });
      const pictures = message.parts.filter((part) => part.kind === "image");
      return JSON.parse(cutParts(message.json, pictures.slice(index, index + 1)));
    };
    expect(cut([png, "second"], 1)).toEqual({ role: "user", content: "see", images: [png] });
    expect(cut([png], 0)).toEqual({ role: "user", content: "see" });
  });

  test("reads a result with its tool's name, and ids where they are", () => {
    expect(read({ role: "tool", content: "8443", tool_name: "grep" }).parts[0]).toMatchObject({
      kind: "tool-result",
      text: "8443",
      toolName: "grep",
      callId: undefined,
    });
    expect(read({ role: "tool", content: "8443", tool_call_id: "c1" }).parts[0]?.callId).toBe("c1");
    const withId = { id: "c1", ...call };
    expect(read({ role: "assistant", tool_calls: [withId] }).parts[0]?.callId).toBe("c1");
  });

  test("differs from OpenAI's chat by pictures, calls without ids and its request's fields", () => {
    const user = { role: "user", content: "hi" };
    expect(detectFormat([user, { role: "assistant", content: "", tool_calls: [call] }])).toBe("ollama");
    expect(detectFormat([user, { role: "tool", content: "x", tool_name: "f" }])).toBe("ollama");
    expect(detectFormat([{ ...user, images: [png] }])).toBe("ollama");
    expect(detectFormat({ messages: [user], options: { num_ctx: 4096 } })).toBe("ollama");
    expect(detectFormat([user, { role: "assistant", content: "", tool_calls: [{ id: "c", ...call }] }])).toBe(
      "openai-chat",
    );
    expect(detectFormat([user])).toBe("openai-chat");
  });

  test("refuses content that is not a string and pictures that are not texts", () => {
    expect(() => read({ role: "user", content: [{ type: "text", text: "a" }] })).toThrow(
      /content: got .*, allowed: a string/,
    );
    expect(() => read({ role: "user", content: "", images: [3] })).toThrow(/images\[0\]: got 3/);
  });
});
