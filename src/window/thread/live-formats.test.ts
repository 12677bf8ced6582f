import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
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

/** How an agent's messages look in a format, and what its provider requires of a window. */
interface LiveFormat {
  readonly write: (step: Step, index: number) => readonly object[];
  /** Returns what the provider would refuse. */
  readonly findFaults: (messages: readonly unknown[]) => readonly string[];
}

const result = (index: number, { length }: Step): string =>
  `order_${index} ${"words of a result ".repeat(length)}`;
const count = <T>(length: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length }, (_, index) => make(index));

interface GeminiContent {
  readonly role: string;
  readonly parts: readonly {
    readonly functionCall?: { name: string };
    readonly functionResponse?: { name: string; response: unknown };
  }[];
}

/** Gemini: as many responses as calls, in the next content, of the same names, each an object; signatures unchanged. */
function findGeminiFaults(messages: readonly unknown[]): readonly string[] {
  const contents = messages as readonly GeminiContent[];
  const names = (content: GeminiContent | undefined, key: "functionCall" | "functionResponse"): string =>
    (content?.parts ?? []).flatMap((part) => part[key]?.name ?? []).join(" ");
  return contents.flatMap((content, index) => {
    const faults: string[] = [];
    if (content.parts.length === 0) faults.push(`${index}: no parts`);
    const responses = names(content, "functionResponse");
    if (responses !== names(contents[index - 1], "functionCall"))
      faults.push(`${index}: got responses ${responses}`);
    if (JSON.stringify(content).includes("functionCall") && !JSON.stringify(content).includes("c2ln"))
      faults.push(`${index}: signature is gone`);
    for (const { functionResponse } of content.parts)
      if (functionResponse !== undefined && typeof functionResponse.response !== "object")
        faults.push(`${index}: a response that is not an object`);
    return faults;
  });
}

interface BedrockMessage {
  readonly content: readonly {
    readonly toolUse?: { toolUseId: string };
    readonly toolResult?: { toolUseId: string; content: unknown };
  }[];
}

/** Bedrock: the results of a message's calls are in the next message, each a list of blocks; no message is empty. */
function findBedrockFaults(messages: readonly unknown[]): readonly string[] {
  const list = messages as readonly BedrockMessage[];
  const ids = (message: BedrockMessage | undefined, key: "toolUse" | "toolResult"): string =>
    (message?.content ?? []).flatMap((block) => block[key]?.toolUseId ?? []).join(" ");
  return list.flatMap((message, index) => {
    const faults: string[] = [];
    if (message.content.length === 0) faults.push(`${index}: no content`);
    const results = ids(message, "toolResult");
    if (results !== ids(list[index - 1], "toolUse")) faults.push(`${index}: got results ${results}`);
    for (const { toolResult } of message.content)
      if (toolResult !== undefined && !Array.isArray(toolResult.content)) faults.push(`${index}: not a list`);
    return faults;
  });
}

interface AgentItem {
  readonly type?: string;
  readonly callId?: string;
  readonly output?: { readonly type?: string };
}

/** Agents SDK: every call has its result behind it, and an output keeps its shape. */
function findAgentFaults(messages: readonly unknown[]): readonly string[] {
  const open = new Set<string>();
  const faults = (messages as readonly AgentItem[]).flatMap(({ type, callId = "", output }, index) => {
    if (type === "function_call") open.add(callId);
    if (type !== "function_call_result") return [];
    const found: string[] = open.delete(callId) ? [] : [`${index}: a result without its call`];
    return output?.type === "text" ? found : [...found, `${index}: not a text object`];
  });
  return [...faults, ...[...open].map((id) => `the call ${id} has no result`)];
}

interface OllamaMessage {
  readonly role: string;
  readonly tool_name?: string;
  readonly tool_calls?: readonly { readonly function: { readonly name: string } }[];
}

/** Ollama: the results of a message's calls follow it at once, in their order, since only their order links them. */
function findOllamaFaults(messages: readonly unknown[]): readonly string[] {
  let open: string[] = [];
  return (messages as readonly OllamaMessage[]).flatMap(
    ({ role, tool_name: tool, tool_calls: calls }, index) => {
      if (role === "tool") return open.shift() === tool ? [] : [`${index}: a result without its call`];
      const faults = open.length === 0 ? [] : [`${index}: calls without results before it`];
      open = (calls ?? []).map((call) => call.function.name);
      return faults;
    },
  );
}

interface LangChainMessage {
  readonly type: string;
  readonly data: { readonly tool_call_id?: string; readonly tool_calls?: readonly { readonly id: string }[] };
}

/** LangChain: every result follows the calls of the answer before it, and all messages have the same form. */
function findLangChainFaults(messages: readonly unknown[]): readonly string[] {
  let open: string[] = [];
  return (messages as readonly LangChainMessage[]).flatMap(({ type, data }, index) => {
    if (type === "tool")
      return open.shift() === data.tool_call_id ? [] : [`${index}: a result without its call`];
    const faults = open.length === 0 ? [] : [`${index}: calls without results before it`];
    open = (data.tool_calls ?? []).map((call) => call.id);
    return faults;
  });
}

const formats: Readonly<Record<string, LiveFormat>> = {
  langchain: {
    write: (step, index) => [
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
    findFaults: findLangChainFaults,
  },
  ollama: {
    write: (step, index) => [
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
    findFaults: findOllamaFaults,
  },
  "openai-agents": {
    write: (step, index) => [
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
    findFaults: findAgentFaults,
  },
  bedrock: {
    write: (step, index) => [
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
    findFaults: findBedrockFaults,
  },
  gemini: {
    write: (step, index) => [
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
    findFaults: findGeminiFaults,
  },
};

describe.each(Object.keys(formats))("%s", (name) => {
  const format = formats[name] as LiveFormat;

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
        for (const [index, step] of list.entries()) {
          await thread.append(format.write(step, index));
          const window = await thread.window({ budgetTokens, overflow: "minimum" });
          if (!window.overBudget) expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
          expect(format.findFaults(window.messages)).toEqual([]);
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
