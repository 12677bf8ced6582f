import type { Edit } from "../../measures/edit.ts";

/** Where a history ends in its thread. */
export interface HistoryEnd {
  /** Entries from here on are not part of the history. */
  readonly end: number;
  /** Number of entries of the thread. */
  readonly length: number;
}

/**
 * Returns true if an edit applies to a history. One that was made for a shorter history stays with it, and a history that ends before
 * the thread does gets no edit that could tell of later entries.
 */
export function isInForce(edit: Edit, { end, length }: HistoryEnd): boolean {
  if (edit.upTo !== undefined && end > edit.upTo) return false;
  return end >= length || findLastSeq(edit) < end;
}

/** Returns the highest number of an entry that an edit changes or names; handles in our own texts are such numbers. */
function findLastSeq({ targets, insertion }: Edit): number {
  let last = Math.max(insertion?.beforeSeq ?? 0, ...(insertion?.seqs ?? []).slice(-1));
  for (const { seq, text } of targets) {
    last = Math.max(last, seq);
    for (const [, number] of text?.matchAll(/#(\d{1,9})/g) ?? []) last = Math.max(last, Number(number));
  }
  return last;
}
