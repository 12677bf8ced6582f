import type { TokenCounter } from "../../src/window/index.ts";
import type { ChatMessage } from "./agent-thread.ts";

/** A peer's function that makes a history fit. */
export interface Trimmer {
  readonly name: string;
  /** Calls measured; fewer for slow peers. */
  readonly calls: number;
  /** Converts the messages to the peer's own format; not timed. */
  readonly prepare: (messages: readonly ChatMessage[]) => unknown;
  readonly trim: (prepared: unknown, budgetTokens: number) => Promise<readonly object[]> | readonly object[];
}

/** Imports a module that may not be installed. Its types are declared where it is used. */
async function load(specifier: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return (await import(specifier)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

type Constructor = new (fields: object) => object;

async function langchain(counter: TokenCounter): Promise<Trimmer | undefined> {
  const module = await load("@langchain/core/messages");
  if (module === undefined) return undefined;
  const trimMessages = module["trimMessages"] as (
    messages: readonly object[],
    fields: object,
  ) => Promise<readonly object[]>;
  const made = {
    system: module["SystemMessage"],
    user: module["HumanMessage"],
    assistant: module["AIMessage"],
    tool: module["ToolMessage"],
  } as Record<string, Constructor>;
  // Counts once per message, as a careful user would, so that only the peer's own work is timed.
  const counts = new Map<object, number>();
  const count = (message: object): number => {
    const held = counts.get(message) ?? counter.count(JSON.stringify(message));
    counts.set(message, held);
    return held;
  };
  const forms = new Map<ChatMessage, object>();
  return {
    name: "LangChain.js trimMessages",
    calls: 30,
    prepare: (messages) =>
      messages.map((message) => {
        const calls = (message.tool_calls ?? []).map((call) => ({
          id: call.id,
          name: call.function.name,
          args: JSON.parse(call.function.arguments) as object,
        }));
        const form =
          forms.get(message) ??
          new (made[message.role] as Constructor)({
            content: message.content ?? "",
            tool_calls: calls,
            tool_call_id: message.tool_call_id,
          });
        forms.set(message, form);
        count(form);
        return form;
      }),
    trim: (prepared, maxTokens) =>
      trimMessages(prepared as readonly object[], {
        maxTokens,
        strategy: "last",
        includeSystem: true,
        startOn: "human",
        tokenCounter: (messages: readonly object[]) =>
          messages.reduce((sum: number, message) => sum + count(message), 0),
      }),
  };
}

/** Converts a message to the format of the AI SDK and Mastra. */
function toModelMessage(message: ChatMessage, names: ReadonlyMap<string, string>): object {
  if (message.role === "tool") {
    const output = { type: "text", value: message.content ?? "" };
    return {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: message.tool_call_id,
          toolName: names.get(message.tool_call_id ?? "") ?? "",
          output,
        },
      ],
    };
  }
  if (message.role !== "assistant")
    return {
      role: message.role,
      content: message.role === "system" ? message.content : [{ type: "text", text: message.content }],
    };
  const calls = (message.tool_calls ?? []).map((call) => ({
    type: "tool-call",
    toolCallId: call.id,
    toolName: call.function.name,
    input: JSON.parse(call.function.arguments) as object,
  }));
  return { role: "assistant", content: [{ type: "text", text: message.content ?? "" }, ...calls] };
}

function modelMessages(): (messages: readonly ChatMessage[]) => readonly object[] {
  const names = new Map<string, string>();
  const forms = new Map<ChatMessage, object>();
  return (messages) =>
    messages.map((message) => {
      for (const call of message.tool_calls ?? []) names.set(call.id, call.function.name);
      const form = forms.get(message) ?? toModelMessage(message, names);
      forms.set(message, form);
      return form;
    });
}

async function aiSdk(): Promise<Trimmer | undefined> {
  const module = await load("ai");
  if (module === undefined) return undefined;
  const pruneMessages = module["pruneMessages"] as (options: object) => readonly object[];
  return {
    name: "AI SDK pruneMessages (no budget: calls before the last 3 messages)",
    calls: 150,
    prepare: modelMessages(),
    trim: (messages) =>
      pruneMessages({
        messages,
        reasoning: "all",
        toolCalls: "before-last-3-messages",
        emptyMessages: "remove",
      }),
  };
}

async function mastra(): Promise<Trimmer | undefined> {
  const module = await load("@mastra/core/processors");
  const Limiter = (module?.["TokenLimiterProcessor"] ?? module?.["TokenLimiter"]) as
    | (new (options: object) => {
        processLLMRequest: (request: object) => Promise<{ prompt?: readonly object[] } | undefined>;
      })
    | undefined;
  if (Limiter === undefined) return undefined;
  const refuse = (reason?: string): never => {
    throw new Error(reason ?? "aborted");
  };
  return {
    name: "Mastra TokenLimiterProcessor",
    calls: 30,
    prepare: modelMessages(),
    trim: async (prompt, limit) => {
      const limiter = new Limiter({ limit, trimMode: "contiguous" });
      const result = await limiter.processLLMRequest({
        prompt,
        abort: refuse,
        stepNumber: 0,
        steps: [],
        retryCount: 0,
        state: {},
      });
      return result?.prompt ?? (prompt as readonly object[]);
    },
  };
}

/** Returns the installed peers (`npm run bench:install`). */
export async function findInstalledPeers(counter: TokenCounter): Promise<readonly Trimmer[]> {
  const found = await Promise.all([langchain(counter), mastra(), aiSdk()]);
  return found.filter((peer) => peer !== undefined);
}
