import type { Window } from "../assemble/assemble-window.ts";
import { isLoadlineError } from "../../shared/errors.ts";
import type { ConversationInput } from "./append/read-input.ts";
import { openMemory } from "./open-memory.ts";
import type { Thread } from "./thread.ts";

/** Opens a thread that holds a conversation. */
export async function threadOf(input: ConversationInput): Promise<Thread> {
  const memory = await openMemory({ model: "gpt-4o", prices: "anthropic", clock: () => 1_700_000_000_000 });
  const thread = await memory.thread("thread");
  await thread.append(input);
  return thread;
}

/** Returns the handles of a window in order, edited messages with a star. */
export function handlesOf(window: Window): string {
  return window.parts
    .map((part) => `${part.handle ?? part.kind}${part.kind === "edited" ? "*" : ""}`)
    .join(" ");
}

/** Returns the least budget that a thread states in its error. */
export async function findLeastBudget(thread: Thread): Promise<number> {
  try {
    await thread.window({ budgetTokens: 1 });
  } catch (error) {
    if (isLoadlineError(error, "budget-too-small")) return Number(error.details["minTokens"]);
  }
  throw new Error("a budget of one token was enough");
}

/** Makes words, the same for the same seed. */
export const words = (count: number, seed: number): string =>
  Array.from({ length: count }, (_, index) => `word${(index * 7 + seed) % 97}`).join(" ");
/** Makes a log of numbered lines. */
export const log = (lines: number): string =>
  Array.from(
    { length: lines },
    (_, index) => `${index + 1}: GET /orders/${1000 + index} took ${index % 90} ms`,
  ).join("\n");

/** Makes an answer that calls a tool once for each id. */
export const chatCall = (...ids: readonly string[]): Readonly<Record<string, unknown>> => ({
  role: "assistant",
  content: null,
  tool_calls: ids.map((id) => ({
    id,
    type: "function",
    function: { name: "cat", arguments: `{"id":"${id}"}` },
  })),
});
/** Makes the result of a call. */
export const chatResult = (id: string, content: string): Readonly<Record<string, unknown>> => ({
  role: "tool",
  tool_call_id: id,
  content,
});
/** A short request. */
export const ask = { role: "user", content: "read the log" };
