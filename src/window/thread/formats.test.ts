import { describe, expect, test } from "vitest";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { findPairFaults } from "../conversation/read/check-pairs.ts";
import { liveRequests } from "./live-requests.fixture.ts";
import { openMemory } from "./open-memory.ts";

const long = (index: number): string =>
  `file_${index % 4}.ts order_${1000 + index} ${"some text of a result; ".repeat(60)}`;
const ask = (index: number): string => `look at file_${index % 4}.ts for ticket LD-${index}`;

/** Twelve turns in each format, with reasoning if the format has it. */
const turns = Array.from({ length: 12 }, (_, index) => index);
const requests: Readonly<Record<string, object>> = {
  ...liveRequests(turns, ask, long),
  "openai-chat": {
    messages: [
      { role: "system", content: "You are an agent." },
      ...turns.flatMap((index) => [
        { role: "user", content: ask(index) },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: `c${index}`,
              type: "function",
              function: { name: "read", arguments: `{"n":${index % 5}}` },
            },
          ],
        },
        { role: "tool", tool_call_id: `c${index}`, content: long(index) },
      ]),
    ],
  },
  anthropic: {
    system: "You are an agent.",
    tools: [{ name: "read", input_schema: { type: "object" } }],
    messages: turns.flatMap((index) => [
      { role: "user", content: [{ type: "text", text: ask(index), cache_control: { type: "ephemeral" } }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "I should read it.", signature: "c2lnbmF0dXJl".repeat(20) },
          { type: "text", text: "Reading." },
          { type: "tool_use", id: `c${index}`, name: "read", input: { n: index % 5 } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: `c${index}`, content: [{ type: "text", text: long(index) }] },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "Read." }] },
    ]),
  },
  "openai-responses": {
    instructions: "You are an agent.",
    input: turns.flatMap((index) => [
      { role: "user", content: [{ type: "input_text", text: ask(index) }] },
      {
        type: "reasoning",
        id: `r${index}`,
        summary: [{ type: "summary_text", text: "thinking" }],
        encrypted_content: "ZW5jcnlwdGVk".repeat(30),
      },
      { type: "function_call", call_id: `c${index}`, name: "read", arguments: `{"n":${index % 5}}` },
      { type: "function_call_output", call_id: `c${index}`, output: long(index) },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Read." }] },
    ]),
  },
  "ai-sdk": {
    messages: turns.flatMap((index) => [
      { role: "user", content: [{ type: "text", text: ask(index) }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "tool-call", toolCallId: `c${index}`, toolName: "read", input: { n: index % 5 } },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: `c${index}`,
            toolName: "read",
            output: { type: "text", value: long(index) },
          },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "Read." }] },
    ]),
  },
};

describe.each(Object.keys(requests))("%s", (format) => {
  const request = requests[format] ?? {};
  const whole = readConversation(JSON.stringify(request));

  test("windows under a tight budget are valid, paired, and unedited messages keep their bytes", async () => {
    expect(whole.format).toBe(format);
    const memory = await openMemory({ model: "gpt-4o", prices: "anthropic", clock: () => 1_700_000_000_000 });
    const thread = await memory.thread("thread");
    await thread.append(request);
    for (const budgetTokens of [2_500, 1_500, 1_000]) {
      const window = await thread.window({ budgetTokens });
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      const again = readConversation(window.json, { format: whole.format });
      expect(findPairFaults(again.messages).faults).toEqual([]);
      for (const part of window.parts) {
        if (part.kind === "whole")
          expect(part.json).toBe(whole.messages[Number(part.handle?.slice(1))]?.json);
        else expect(() => JSON.parse(part.json) as unknown).not.toThrow();
      }
      expect(window.json).toContain("order_10");
    }
    await memory.close();
  });

  test("the frame is counted and a resent history is known", async () => {
    const memory = await openMemory({ model: "gpt-4o" });
    const thread = await memory.thread("thread");
    await thread.append(request);
    const again = await thread.sync(request);
    expect({ known: again.known, handles: again.handles, relation: again.relation }).toEqual({
      known: whole.messages.length,
      handles: [],
      relation: "equal",
    });
    const { ledger } = await thread.window({ budgetTokens: 1_000_000 });
    const kinds = ledger.kinds.map((row) => row.kind);
    expect(kinds).toContain("tool-result");
    if (whole.frame.system !== undefined) expect(kinds).toContain("system");
    if (whole.frame.tools !== undefined) expect(kinds).toContain("tools");
    await memory.close();
  });

  test("on a cold cache, reasoning of finished turns is dropped and that of the newest turn stays", async () => {
    const memory = await openMemory({ model: "gpt-4o" });
    const thread = await memory.thread("thread");
    await thread.append(request);
    const window = await thread.window({ budgetTokens: 1_000_000, cache: "cold" });
    const dropped = window.edits
      .filter((edit) => edit.measure === "drop-reasoning")
      .flatMap((edit) => edit.targets);
    // A conversation with calls keeps its reasoning_content, which is all that LangChain's has.
    const has = format !== "openai-chat" && format !== "langchain";
    expect(dropped.length).toBe(has ? turns.length - 1 : 0);
    await memory.close();
  });
});
