import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findShared } from "../../../../test/shared-folder.ts";
import { readConversation } from "./read-conversation.ts";

/** Small inputs of the shared folder. They are not part of this project: without a copy next to it these tests are skipped. */
const folder = findShared("cases/window") ?? "";

function readCase(name: string): ReturnType<typeof readConversation> {
  return readConversation(readFileSync(`${folder}/${name}`));
}

function outline(name: string): readonly string[] {
  return readCase(name).messages.map(
    (message) => `${message.role}: ${message.parts.map((part) => part.kind).join(" ")}`,
  );
}

describe.skipIf(folder === "")("case files whose format was mistaken", () => {
  test("reads 01 (OpenRouter with cache marks) as openai-chat", () => {
    const name = "01-openrouter-cache-control.json";
    expect(readCase(name)).toMatchObject({ format: "openai-chat", settled: true });
    expect(outline(name)).toEqual([
      "system: text",
      "user: text",
      "assistant: tool-call",
      "tool: tool-result",
      "assistant: text",
    ]);
  });

  test("reads 02 (LiteLLM, a tool result that is a list) as openai-chat", () => {
    const name = "02-litellm-tool-list.json";
    expect(readCase(name)).toMatchObject({ format: "openai-chat", settled: true });
    expect(outline(name)).toEqual([
      "system: text",
      "user: text",
      "assistant: text tool-call",
      "tool: tool-result",
    ]);
    expect(readCase(name).messages[3]?.parts[0]).toMatchObject({ callId: "c1", text: "out" });
  });

  test("reads 03 (Magistral's thinking next to calls) as openai-chat", () => {
    const name = "03-openai-with-thinking-content.json";
    expect(readCase(name)).toMatchObject({ format: "openai-chat", settled: true });
    expect(outline(name)).toEqual(["user: text", "assistant: reasoning text tool-call", "tool: tool-result"]);
    expect(readCase(name).messages[1]?.parts[0]?.text).toBe("let me think");
  });

  test("reads 43 (programmatic tool calls) as anthropic", () => {
    const name = "43-anthropic-programmatic-tools.json";
    expect(readCase(name)).toMatchObject({ format: "anthropic", settled: true });
    expect(outline(name)).toEqual([
      "user: text",
      "assistant: tool-call tool-call other",
      "tool: tool-result",
      "assistant: tool-result text",
    ]);
  });
});
