import { countSharedItems } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import type { MemoryContext } from "../state/context.ts";
import type { ThreadState } from "../state/thread-state.ts";

/** Determines whether the provider still caches the prefix: whether the last answer came within the cache's lifetime. */
export function determineCacheState(
  context: MemoryContext,
  state: ThreadState,
  option: "auto" | "warm" | "cold",
): "warm" | "cold" {
  if (option !== "auto") return option;
  const seq = findLastAnswer(state);
  const last = seq < 0 ? undefined : state.entries.at(seq);
  if (last === undefined) return "cold";
  return context.clock() - last.time <= context.prices.lifetimeMs ? "warm" : "cold";
}

/** Returns the seq of the newest assistant entry, -1 without one. */
function findLastAnswer(state: ThreadState): number {
  return state.entries.findLastIndex((entry) => entry.role === "assistant");
}

/** Returns the items of the last call: those this process sent, else everything before the last answer. */
export function findLastWindow(state: ThreadState): readonly Item[] | undefined {
  if (state.sent !== undefined) return state.sent.items;
  const answer = findLastAnswer(state);
  return answer <= 0 ? undefined : state.items.toArray().filter((item) => item.seq < answer);
}

/** Counts the leading items that the last window started with too. */
export function countSharedWithLast(state: ThreadState, items: readonly Item[]): number {
  const before = findLastWindow(state);
  return before === undefined ? 0 : countSharedItems(before, items);
}
