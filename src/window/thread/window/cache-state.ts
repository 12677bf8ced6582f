import { sharedItems } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import type { MemoryContext } from "../state/context.ts";
import type { ThreadState } from "../state/thread-state.ts";

/** Whether the provider still holds the prefix: the last answer came within the cache's lifetime. */
export function cacheState(
  context: MemoryContext,
  state: ThreadState,
  asked: "auto" | "warm" | "cold",
): "warm" | "cold" {
  if (asked !== "auto") return asked;
  const seq = lastAnswer(state);
  const last = seq < 0 ? undefined : state.entries.at(seq);
  if (last === undefined) return "cold";
  return context.clock() - last.time <= context.prices.lifetimeMs ? "warm" : "cold";
}

/** Seq of the newest assistant entry, -1 without one. */
function lastAnswer(state: ThreadState): number {
  return state.entries.findLastIndex((entry) => entry.role === "assistant");
}

/** What was sent in the last call as far as it is known: by this process, else everything before the last answer. */
export function lastWindow(state: ThreadState): readonly Item[] | undefined {
  if (state.sent !== undefined) return state.sent.items;
  const answer = lastAnswer(state);
  return answer <= 0 ? undefined : state.items.toArray().filter((item) => item.seq < answer);
}

/** How many items at the start of the window stood at the start of the last one too. */
export function sharedWithLast(state: ThreadState, items: readonly Item[]): number {
  const before = lastWindow(state);
  return before === undefined ? 0 : sharedItems(before, items);
}
