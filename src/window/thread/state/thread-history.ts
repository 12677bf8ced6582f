import type { Explanation } from "../thread.ts";
import type { ThreadState } from "./thread-state.ts";

/** Explains what happened to an entry of a thread. */
export function explainEntry(thread: ThreadState, seq: number): Explanation {
  const item = thread.items.toArray().find((one) => one.type === "entry" && one.seq === seq);
  const edits = thread.edits.filter(
    (edit) => !thread.undone.has(edit.number) && edit.targets.some((target) => target.seq === seq),
  );
  const state =
    item === undefined ? "out" : item.type === "entry" && item.shown !== undefined ? "edited" : "whole";
  return { seq, state, pinned: thread.pins.has(seq), edits };
}
