import { describe, expect, test } from "vitest";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import type { Format } from "../conversation/message/message.ts";
import { quarterCounter } from "./growing-agent.fixture.ts";
import { openMemory } from "./open-memory.ts";

const result = "a line of the log\n".repeat(30);

/** Three calls of one answer, and a result for each. */
const formats: Readonly<Record<string, readonly [object, ...object[]]>> = {
  ollama: [
    {
      role: "assistant",
      content: "",
      tool_calls: [0, 1, 2].map((index) => ({ function: { name: "read", arguments: { index } } })),
    },
    ...[0, 1, 2].map(() => ({ role: "tool", tool_name: "read", content: result })),
  ],
  "openai-chat": [
    {
      role: "assistant",
      content: null,
      tool_calls: [0, 1, 2].map((index) => ({
        id: `c${index}`,
        type: "function",
        function: { name: "read", arguments: `{"index":${index}}` },
      })),
    },
    ...[0, 1, 2].map((index) => ({ role: "tool", tool_call_id: `c${index}`, content: result })),
  ],
  "ai-sdk": [
    {
      role: "assistant",
      content: [0, 1, 2].map((index) => ({
        type: "tool-call",
        toolCallId: `c${index}`,
        toolName: "read",
        input: { index },
      })),
    },
    ...[0, 1, 2].map((index) => ({
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: `c${index}`,
          toolName: "read",
          output: { type: "text", value: result },
        },
      ],
    })),
  ],
};

describe("results of parallel calls that come one by one", () => {
  test.each(Object.keys(formats))("find their call in the window, in %s", async (format) => {
    const memory = await openMemory({ counter: quarterCounter, clock: () => 1_700_000_000_000 });
    const thread = await memory.thread("t", { format: format as Format });
    await thread.append([{ role: "user", content: "read the log" }]);
    const messages = formats[format] ?? [];
    for (const [index, message] of messages.entries()) {
      await thread.append([message]);
      // Too little for the calls and their handles: with all three results the exchange may leave whole.
      const window = await thread.window({ budgetTokens: 60, overflow: "minimum" });
      expect(findRuleFaults(format as Format, window.messages)).toEqual([]);
      if (index < messages.length - 1)
        expect(window.parts.map(({ handle }) => handle)).toContain(`#${index + 1}`);
    }
    await memory.close();
  });
});
