import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Format } from "../conversation/message/message.ts";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import { openMemory } from "./open-memory.ts";

/** One step of an agent: how many calls it makes at once, how long their results are, and whether a new turn begins. */
interface Step {
  readonly calls: number;
  readonly length: number;
  readonly isTurn: boolean;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    calls: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: 400 }),
    isTurn: fc.boolean(),
  }),
  { minLength: 6, maxLength: 16 },
);

/** Writes the messages of a step in a format. */
type WriteStep = (step: Step, index: number) => readonly object[];

const result = (index: number, { length }: Step): string =>
  `order_${index} ${"words of a result ".repeat(length)}`;
const count = <T>(length: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length }, (_, index) => make(index));

const formats: Readonly<Partial<Record<Format, WriteStep>>> = {
  langchain: (step, index) => [
    ...(step.isTurn || index === 0
      ? [{ type: "human", data: { content: `look at ticket LD-${index}` } }]
      : []),
    {
      type: "ai",
      data: {
        content: "",
        tool_calls: count(step.calls, (call) => ({
          name: "read",
          args: { n: index % 3 },
          id: `${index}_${call}`,
          type: "tool_call",
        })),
      },
    },
    ...count(step.calls, (call) => ({
      type: "tool",
      data: { content: result(index, step), tool_call_id: `${index}_${call}`, name: "read" },
    })),
  ],
  ollama: (step, index) => [
    ...(step.isTurn || index === 0 ? [{ role: "user", content: `look at ticket LD-${index}` }] : []),
    {
      role: "assistant",
      content: "",
      thinking: "I think",
      tool_calls: count(step.calls, (call) => ({
        function: { name: `read_${call}`, arguments: { n: index % 3 } },
      })),
    },
    ...count(step.calls, (call) => ({
      role: "tool",
      tool_name: `read_${call}`,
      content: result(index, step),
    })),
  ],
  "openai-agents": (step, index) => [
    ...(step.isTurn || index === 0
      ? [{ type: "message", role: "user", content: `look at ticket LD-${index}` }]
      : []),
    { type: "reasoning", id: `rs_${index}`, content: [{ type: "input_text", text: "I think" }] },
    ...count(step.calls, (call) => ({
      type: "function_call",
      callId: `${index}_${call}`,
      name: "read",
      arguments: `{"n":${index % 3}}`,
    })),
    ...count(step.calls, (call) => ({
      type: "function_call_result",
      callId: `${index}_${call}`,
      name: "read",
      status: "completed",
      output: { type: "text", text: result(index, step) },
    })),
  ],
  bedrock: (step, index) => [
    ...(step.isTurn || index === 0
      ? [{ role: "user", content: [{ text: `look at ticket LD-${index}` }] }]
      : []),
    {
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "I think", signature: "c2lnbg==" } } },
        ...count(step.calls, (call) => ({
          toolUse: { toolUseId: `${index}_${call}`, name: "read", input: { n: index % 3 } },
        })),
      ],
    },
    {
      role: "user",
      content: [
        ...count(step.calls, (call) => ({
          toolResult: { toolUseId: `${index}_${call}`, content: [{ text: result(index, step) }] },
        })),
        { cachePoint: { type: "default" } },
      ],
    },
  ],
  gemini: (step, index) => [
    ...(step.isTurn || index === 0
      ? [{ role: "user", parts: [{ text: `look at ticket LD-${index}` }] }]
      : []),
    {
      role: "model",
      parts: [
        { text: "I think", thought: true },
        ...count(step.calls, (call) => ({
          functionCall: { name: `read_${call}`, args: { n: index % 3 } },
          ...(call === 0 ? { thoughtSignature: "c2lnbmF0dXJl" } : {}),
        })),
      ],
    },
    {
      role: "user",
      parts: count(step.calls, (call) => ({
        functionResponse: { name: `read_${call}`, response: { output: result(index, step) } },
      })),
    },
  ],
};

describe.each(Object.entries(formats) as readonly [Format, WriteStep][])("%s", (format, write) => {
  test("windows of a growing agent at random budgets are within budget and valid", async () => {
    let edits = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1_500, max: 8_000 }), async (list, budgetTokens) => {
        const memory = await openMemory({
          model: "gpt-4o",
          prices: "anthropic",
          clock: () => 1_700_000_000_000,
        });
        const thread = await memory.thread("thread");
        const history: object[] = [];
        for (const [index, step] of list.entries()) {
          const messages = write(step, index);
          history.push(...messages);
          await thread.append(messages);
          const window = await thread.window({ budgetTokens, overflow: "minimum" });
          if (!window.overBudget) expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
          expect(findRuleFaults(format, window.messages, { history })).toEqual([]);
          expect(JSON.parse(window.json)).toEqual(window.messages);
          edits += window.edits.length;
        }
        await memory.close();
      }),
      { seed: 11, numRuns: 20 },
    );
    expect(edits).toBeGreaterThan(20);
  });
});

test("a thread of Agents items that begins with a message alone is not read as OpenAI responses", async () => {
  const memory = await openMemory({ model: "gpt-4o" });
  const thread = await memory.thread("thread");
  await thread.append([{ type: "message", role: "user", content: "go" }]);
  await thread.append([{ type: "function_call", callId: "c1", name: "f", arguments: "{}" }]);
  await thread.append([{ type: "message", role: "user", content: "never mind" }]);
  const { messages, parts } = await thread.window({ budgetTokens: 10_000 });
  expect(parts.map((part) => part.kind)).toEqual(["whole", "whole", "answer", "whole"]);
  expect(messages[2]).toMatchObject({ type: "function_call_result", callId: "c1", name: "f" });
  await memory.close();
});
