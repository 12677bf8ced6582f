import { chainHash } from "../../conversation/message/identity.ts";

/** How given messages relate to a thread. */
export interface HistoryMatch {
  /** Number of leading messages that the thread already has; the rest are new. */
  readonly known: number;
  /** Seq of the first new message; smaller than the thread's length when the messages diverge from it, which makes a fork. */
  readonly at: number;
}

/** What matching needs of an entry. */
export interface Hashed {
  readonly hash: string;
}

/** A thread's entries as matching sees them. */
export interface HashedList {
  readonly length: number;
  at(index: number): Hashed | undefined;
}

/**
 * Determines which of the given messages are new. A resent history matches from the thread's start; a continuation may overlap the
 * thread's end (a repeated append); anything else is appended.
 *
 * A single message equal to the thread's first counts as new unless it is also its last: people say "hi" twice, and losing a message is
 * worse than keeping one twice. Linear in the messages, plus one hash per message for the overlap.
 */
export function matchHistory(thread: HashedList, jsons: readonly string[]): HistoryMatch {
  const length = thread.length;
  const fromStart = countCommonRun(thread, 0, jsons);
  if (fromStart === jsons.length && (fromStart > 1 || fromStart === length))
    return { known: fromStart, at: fromStart };
  if (fromStart > 1 || (fromStart === 1 && length === 1)) return { known: fromStart, at: fromStart };
  for (let overlap = Math.min(length, jsons.length); overlap > 0; overlap--) {
    if (countCommonRun(thread, length - overlap, jsons.slice(0, overlap)) === overlap)
      return { known: overlap, at: length };
  }
  if (fromStart === 1 && jsons.length > 1) return { known: 1, at: 1 };
  return { known: 0, at: length };
}

/** Counts the leading messages that equal the thread's entries from `start` on. */
export function countCommonRun(thread: HashedList, start: number, jsons: readonly string[]): number {
  let parent = start === 0 ? "" : (thread.at(start - 1)?.hash ?? "");
  let run = 0;
  for (const json of jsons) {
    const hash = chainHash(parent, json);
    if (thread.at(start + run)?.hash !== hash) break;
    parent = hash;
    run++;
  }
  return run;
}
