import type { Edit } from "../measures/edit.ts";
import type { ThreadChange } from "./thread-events.ts";
import type { Explanation } from "./thread.ts";
import type { LiveThread } from "./live-thread.ts";

/** Changes of a thread that a fork at a place takes over: those that touch nothing behind it. */
export function sharedChanges(live: LiveThread, at: number): readonly ThreadChange[] {
  const changes: ThreadChange[] = [{ kind: "frame", ...live.frame }];
  const pinned = [...live.pins].filter((seq) => seq < at);
  if (pinned.length > 0) changes.push({ kind: "pin", seqs: pinned });
  const edits = live.edits.filter((edit) => !live.undone.has(edit.number));
  const far = edits.findIndex((edit) => touched(edit).some((seq) => seq >= at));
  // The first edit that reaches behind the fork ends the shared ones: later ones may rest on it.
  const shared = far === -1 ? edits : edits.slice(0, far);
  const numbers = new Map(shared.map((edit, index) => [edit.number, index + 1]));
  for (const edit of shared) {
    const absorbs = edit.absorbs.map((number) => numbers.get(number) ?? 0);
    changes.push({ kind: "edit", edit: { ...edit, number: numbers.get(edit.number) ?? 0, absorbs } });
  }
  return changes;
}

function touched(edit: Edit): readonly number[] {
  const inserted = edit.insertion === undefined ? [] : [edit.insertion.beforeSeq, ...edit.insertion.seqs];
  return [...edit.targets.map((target) => target.seq), ...inserted];
}

/** What happened to an entry of a thread. */
export function explainEntry(live: LiveThread, seq: number): Explanation {
  const item = live.items.find((one) => one.type === "entry" && one.seq === seq);
  const edits = live.edits.filter(
    (edit) => !live.undone.has(edit.number) && edit.targets.some((target) => target.seq === seq),
  );
  const state =
    item === undefined ? "out" : item.type === "entry" && item.shown !== undefined ? "edited" : "whole";
  return { seq, state, pinned: live.pins.has(seq), edits };
}
