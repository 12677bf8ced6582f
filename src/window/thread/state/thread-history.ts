import type { Edit } from "../../measures/edit.ts";
import type { ThreadChange } from "./thread-events.ts";
import type { Explanation } from "../thread.ts";
import type { ThreadState } from "./thread-state.ts";

/** Returns the changes that a fork at a place inherits: those that touch only entries before it. */
export function selectSharedChanges(state: ThreadState, at: number): readonly ThreadChange[] {
  const changes: ThreadChange[] = [{ kind: "frame", ...state.frame }];
  const pinned = [...state.pins].filter((seq) => seq < at);
  if (pinned.length > 0) changes.push({ kind: "pin", seqs: pinned });
  const edits = state.edits.filter((edit) => !state.undone.has(edit.number));
  const firstFar = edits.findIndex((edit) => listTouchedSeqs(edit).some((seq) => seq >= at));
  // The first edit that reaches past the fork ends the shared ones: later ones may depend on it.
  const shared = firstFar === -1 ? edits : edits.slice(0, firstFar);
  const numbers = new Map(shared.map((edit, index) => [edit.number, index + 1]));
  for (const edit of shared) {
    const absorbs = edit.absorbs.map((number) => numbers.get(number) ?? 0);
    changes.push({ kind: "edit", edit: { ...edit, number: numbers.get(edit.number) ?? 0, absorbs } });
  }
  return changes;
}

function listTouchedSeqs(edit: Edit): readonly number[] {
  const inserted = edit.insertion === undefined ? [] : [edit.insertion.beforeSeq, ...edit.insertion.seqs];
  return [...edit.targets.map((target) => target.seq), ...inserted];
}

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
