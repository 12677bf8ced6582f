import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { casesFolder as folder, outline as outlineOf, readCase } from "../dumps/outline.fixture.ts";
import { readConversation } from "./read-conversation.ts";

/** Returns the kinds of the parts of each message. */
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

  test("reads 04 (LangChain, type and data) and 06 (flat) as langchain", () => {
    const first = readCase("04-langchain-dict.json");
    expect(first).toMatchObject({ format: "langchain", settled: true });
    expect(outlineOf(first)).toEqual([
      "system: text You help.",
      "user: text What is the weather in Oslo?",
      'assistant: text  | tool-call weather <c1> {"city":"Oslo"}',
      "tool: tool-result <c1> 12 degrees",
      "assistant: text 12 degrees.",
    ]);
    const second = readCase("06-langgraph-flat.json");
    expect(second).toMatchObject({ format: "langchain", settled: true });
    expect(outlineOf(second)).toEqual([
      "user: text What is the port?",
      'assistant: text  | tool-call look <c1> {"f":"c"}',
      "tool: tool-result <c1> 8443",
      "assistant: text 8443",
    ]);
  });

  test("reads 14 (Bedrock Converse) as bedrock", () => {
    expect(readCase("14-bedrock-converse.json")).toMatchObject({ format: "bedrock", settled: true });
  });

  test.each([
    ["07-claude-code.jsonl", "anthropic"],
    ["08-claude-code-nosummary.jsonl", "anthropic"],
    ["09-codex-rollout.jsonl", "openai-responses"],
  ])("reads %s as an agent's session", (name, format) => {
    const conversation = readCase(name);
    expect(conversation).toMatchObject({ format, settled: true });
    expect(
      conversation.messages.flatMap((message) => message.parts).some((part) => part.kind === "other"),
    ).toBe(false);
  });

  test("refuses 20 (OpenHands events) by name", () => {
    expect(() => readCase("20-openhands-events.json")).toThrow(
      "input: got OpenHands events, a form that is not read; set log_completions in OpenHands and read a file that it writes: each holds messages and response",
    );
  });

  test("refuses 27 (aider's Markdown) by name", () => {
    expect(() => readConversation(readFileSync(`${folder}/27-aider.chat.history.md`))).toThrow(
      "input: got aider's chat history (Markdown), allowed: JSON, JSON lines or a .traj file of a conversation; it does not hold the messages that aider sent: log its requests as JSON and read those",
    );
  });
});
