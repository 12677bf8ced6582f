import { countSharedWithSent, makeSentPrefix } from "../../assemble/sent-prefix.ts";
import type { SentPrefix } from "../../assemble/sent-prefix.ts";
import type { Item } from "../../measures/layout.ts";
import type { MemoryContext } from "../state/context.ts";
import { makeFrameKey } from "../state/thread-state.ts";
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

/** Returns the window of the last call: the one that was sent, else everything before the last answer. */
export function findLastWindow(state: ThreadState): SentPrefix | undefined {
  if (state.sent !== undefined) return state.sent;
  const answer = findLastAnswer(state);
  if (answer <= 0) return undefined;
  const items = state.items.toArray().filter((item) => item.seq < answer);
  return makeSentPrefix(items, {
    frameKey: makeFrameKey(state.frame),
    time: state.entries.at(answer)?.time ?? 0,
    kinds: undefined,
  });
}

/** Counts the leading items that the last window started with too. */
export function countSharedWithLast(state: ThreadState, items: readonly Item[]): number {
  const before = findLastWindow(state);
  return before === undefined ? 0 : countSharedWithSent(before.items, items);
}
