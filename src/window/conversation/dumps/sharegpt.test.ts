import { describe, expect, test } from "vitest";
import { readConversation, readConversations } from "../read/read-conversation.ts";
import { casesFolder, outline, readCase } from "./outline.fixture.ts";

describe.skipIf(casesFolder === "")("case files", () => {
  test("reads 18 as OpenAI chat", () => {
    const conversation = readCase("18-sharegpt.json");
    expect(conversation).toMatchObject({ format: "openai-chat", settled: true, converted: "ShareGPT" });
    expect(outline(conversation)).toEqual(["user: text Which port?", "assistant: text 8443"]);
    expect(conversation.messages[0]?.json).toBe('{"role":"user","content":"Which port?"}');
  });
});

describe("ShareGPT", () => {
  test("reads one object per line as conversations, with system and tools as frame", () => {
    const one = { conversations: [{ from: "human", value: "a" }], system: "be brief", tools: "[]" };
    const two = {
      id: 2,
      items: [
        { from: "user", value: "b" },
        { from: "bing", value: "c" },
      ],
    };
    const found = readConversations(`${JSON.stringify(one)}\n${JSON.stringify(two)}\n`);
    expect(found.map(outline)).toEqual([["user: text a"], ["user: text b", "assistant: text c"]]);
    expect(found[0]?.frame).toMatchObject({ system: '"be brief"', tools: '"[]"' });
  });

  test("reads calls and observations of training tools as calls and results", () => {
    const conversation = readConversation(
      JSON.stringify([
        { from: "system", value: "s" },
        { from: "human", value: "go" },
        { from: "function_call", value: '{"name":"ls","arguments":{"p":12345678901234567890}}' },
        { from: "observation", value: "a.txt" },
        { from: "function_call", value: "not a call" },
        { from: "gpt", value: "done" },
      ]).replace("12345678901234567000", "12345678901234567890"),
    );
    expect(outline(conversation)).toEqual([
      "system: text s",
      "user: text go",
      'assistant: tool-call ls {"p":12345678901234567890}',
      "tool: tool-result a.txt",
      "assistant: text not a call",
      "assistant: text done",
    ]);
  });

  test("names the turn of an unknown speaker", () => {
    const turns = [
      { from: "human", value: "a" },
      { from: "wizard", value: "b" },
    ];
    expect(() => readConversation(JSON.stringify(turns))).toThrow(/message 1: role: got "wizard"/);
  });
});
