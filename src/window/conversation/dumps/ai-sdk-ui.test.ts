import { describe, expect, test } from "vitest";
import { readConversation, readConversations } from "../read/read-conversation.ts";
import { checkPairs } from "../read/check-pairs.ts";
import { casesFolder, outline, readCase } from "./outline.fixture.ts";

const expected = ["user: text Which port?", 'assistant: tool-call grep <t1> {"p":"port"}'];

describe.skipIf(casesFolder === "")("case files", () => {
  test("reads 16 (version 5) as AI SDK model messages", () => {
    const conversation = readCase("16-ai-sdk-ui.json");
    expect(conversation).toMatchObject({ format: "ai-sdk", settled: true, converted: "AI SDK UI messages" });
    expect(outline(conversation)).toEqual([
      "user: text Which port?",
      'assistant: tool-call grep <t1> {"p":"port"} | text 8443',
      "tool: tool-result <t1> 8443",
    ]);
  });

  test("reads 17 (version 4) as AI SDK model messages, each text once", () => {
    const conversation = readCase("17-ai-sdk-v4-ui.json");
    expect(conversation).toMatchObject({ format: "ai-sdk", converted: "AI SDK UI messages" });
    expect(outline(conversation)).toEqual([
      ...expected,
      "tool: tool-result <t1> 8443 found in config",
      "assistant: text 8443",
    ]);
  });
});

function read(value: unknown): ReturnType<typeof readConversation> {
  return readConversation(JSON.stringify(value));
}

describe("UI messages of versions 5 to 7", () => {
  test("splits an answer at each step, and pairs results with their calls", () => {
    const conversation = read([
      {
        id: "1",
        role: "system",
        parts: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      {
        id: "2",
        role: "user",
        parts: [
          { type: "text", text: "go" },
          { type: "data-note", data: { x: 1 } },
        ],
      },
      {
        id: "3",
        role: "assistant",
        parts: [
          { type: "step-start" },
          { type: "reasoning", text: "hm", providerMetadata: { anthropic: { signature: "sig" } } },
          {
            type: "tool-ls",
            toolCallId: "t1",
            state: "output-available",
            input: { p: 1 },
            output: { n: [1] },
          },
          {
            type: "dynamic-tool",
            toolName: "cat",
            toolCallId: "t2",
            state: "output-error",
            input: {},
            errorText: "no",
          },
          { type: "step-start" },
          { type: "source-url", sourceId: "s", url: "https://example.com" },
          { type: "text", text: "done" },
        ],
      },
    ]);
    expect(outline(conversation)).toEqual([
      "system: text ab",
      "user: text go",
      'assistant: reasoning hm | tool-call ls <t1> {"p":1} | tool-call cat <t2> {}',
      'tool: tool-result <t1> {"n":[1]} | tool-result <t2> no',
      "assistant: text done",
    ]);
    expect(conversation.messages[2]?.parts[0]?.opaque).toBe("sig");
    expect(JSON.parse(conversation.messages[3]?.json ?? "")).toEqual({
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: "t1",
          toolName: "ls",
          output: { type: "json", value: { n: [1] } },
        },
        {
          type: "tool-result",
          toolCallId: "t2",
          toolName: "cat",
          output: { type: "error-text", value: "no" },
        },
      ],
    });
    expect(checkPairs(conversation.messages).size).toBe(0);
  });

  test("keeps approvals, denials, results of the provider and calls that are open", () => {
    const conversation = read({
      id: "chat",
      messages: [
        { role: "user", parts: [{ type: "file", mediaType: "image/png", url: "https://example.com/a.png" }] },
        {
          role: "assistant",
          parts: [
            { type: "tool-a", toolCallId: "1", state: "input-streaming", input: {} },
            {
              type: "tool-b",
              toolCallId: "2",
              state: "output-available",
              input: {},
              output: "x",
              providerExecuted: true,
            },
            {
              type: "tool-c",
              toolCallId: "3",
              state: "approval-responded",
              input: {},
              approval: { id: "p", approved: false, reason: "no" },
            },
            { type: "tool-d", toolCallId: "4", state: "input-available", input: { n: 1 } },
          ],
        },
      ],
    });
    expect(conversation.messages.map((message) => JSON.parse(message.json) as unknown)).toEqual([
      {
        role: "user",
        content: [{ type: "file", mediaType: "image/png", data: "https://example.com/a.png" }],
      },
      {
        role: "assistant",
        content: [
          { type: "tool-call", toolCallId: "2", toolName: "b", input: {}, providerExecuted: true },
          { type: "tool-result", toolCallId: "2", toolName: "b", output: { type: "text", value: "x" } },
          { type: "tool-call", toolCallId: "3", toolName: "c", input: {} },
          { type: "tool-approval-request", approvalId: "p", toolCallId: "3" },
          { type: "tool-call", toolCallId: "4", toolName: "d", input: { n: 1 } },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-approval-response", approvalId: "p", approved: false, reason: "no" },
          {
            type: "tool-result",
            toolCallId: "3",
            toolName: "c",
            output: { type: "execution-denied", reason: "no" },
          },
        ],
      },
    ]);
  });

  test("keeps numbers of inputs that JavaScript cannot hold", () => {
    const conversation = readConversation(
      '[{"role":"assistant","parts":[{"type":"tool-a","toolCallId":"1","state":"input-available","input":{"n":12345678901234567890,"x":1e400}}]}]',
    );
    expect(conversation.messages[0]?.parts[0]?.arguments).toBe('{"n":12345678901234567890,"x":1e400}');
  });

  test("reads a list of chats as conversations, and messages on lines as one", () => {
    const message = { id: "1", role: "user", parts: [{ type: "text", text: "a" }] };
    const chats = JSON.stringify([{ messages: [message] }, { messages: [message, message] }]);
    expect(readConversations(chats).map((found) => found.messages.length)).toEqual([1, 2]);
    const lines = `${JSON.stringify(message)}\n${JSON.stringify(message)}\n`;
    expect(readConversations(lines).map((found) => found.messages.length)).toEqual([2]);
  });

  test("names the message of the file whose role does not exist", () => {
    const list = [
      { role: "user", parts: [{ type: "text", text: "a" }] },
      { role: "wizard", parts: [{ type: "text", text: "b" }] },
    ];
    expect(() => read(list)).toThrow(/message 1: role: got "wizard", allowed: system, user, assistant, tool/);
  });
});

describe("UI messages of version 4", () => {
  test("converts tool invocations without parts, attachments and reasoning", () => {
    const conversation = read([
      {
        id: "1",
        role: "user",
        content: "look",
        createdAt: "2026-01-02T03:04:05.000Z",
        experimental_attachments: [{ name: "a.png", contentType: "image/png", url: "https://example.com/a" }],
      },
      {
        id: "2",
        role: "assistant",
        content: "done",
        toolInvocations: [
          { state: "result", step: 0, toolCallId: "t1", toolName: "ls", args: {}, result: ["a"] },
          { state: "call", step: 1, toolCallId: "t2", toolName: "cat", args: { f: "a" } },
        ],
      },
      {
        id: "3",
        role: "assistant",
        content: "",
        parts: [
          {
            type: "reasoning",
            reasoning: "hm",
            details: [
              { type: "text", text: "hm", signature: "sig" },
              { type: "redacted", data: "blob" },
            ],
          },
          { type: "text", text: "ok" },
        ],
      },
    ]);
    expect(outline(conversation)).toEqual([
      "user: text look | image ",
      "assistant: tool-call ls <t1> {}",
      'tool: tool-result <t1> ["a"]',
      'assistant: tool-call cat <t2> {"f":"a"}',
      "assistant: text done",
      "assistant: reasoning hm | reasoning  | text ok",
    ]);
    expect(conversation.messages[0]?.time).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(conversation.messages[5]?.parts.map((part) => part.opaque)).toEqual(["sig", "blob", undefined]);
  });

  test("starts a new message at each step of its tool invocations", () => {
    const invocation = (id: string, step: number): object => ({
      type: "tool-invocation",
      toolInvocation: { state: "result", step, toolCallId: id, toolName: "f", args: {}, result: "r" },
    });
    const conversation = read([
      {
        role: "assistant",
        content: "",
        parts: [invocation("a", 0), invocation("b", 0), invocation("c", 1), { type: "text", text: "end" }],
      },
    ]);
    expect(outline(conversation)).toEqual([
      "assistant: tool-call f <a> {} | tool-call f <b> {}",
      "tool: tool-result <a> r | tool-result <b> r",
      "assistant: tool-call f <c> {}",
      "tool: tool-result <c> r",
      "assistant: text end",
    ]);
  });
});
