import { chainHash } from "../../conversation/message/identity.ts";

/** Where given messages stand towards a thread. */
export interface HistoryMatch {
  /** How many of the given messages the thread holds already; the rest are new. */
  readonly known: number;
  /** The seq at which the first new message goes; smaller than the thread's length when the messages part from it: a fork. */
  readonly at: number;
}

/** What matching needs to know of an entry. */
export interface Hashed {
  readonly hash: string;
}

/** A thread's entries as matching sees them. */
export interface HashedList {
  readonly length: number;
  at(index: number): Hashed | undefined;
}

/**
 * Finds out what of the given messages is new. A whole history that is sent again matches from the thread's start; a
 * continuation may overlap the thread's end (a repeated append); anything else goes to the end.
 *
 * One message alone that equals the thread's first is taken as new unless it is also its last: people say "hi" twice, and
 * losing a message is worse than keeping one twice. Linear in the messages, plus one hash per message for the overlap.
 */
export function matchHistory(thread: HashedList, jsons: readonly string[]): HistoryMatch {
  const length = thread.length;
  const fromStart = commonRun(thread, 0, jsons);
  if (fromStart === jsons.length && (fromStart > 1 || fromStart === length))
    return { known: fromStart, at: fromStart };
  if (fromStart > 1 || (fromStart === 1 && length === 1)) return { known: fromStart, at: fromStart };
  for (let overlap = Math.min(length, jsons.length); overlap > 0; overlap -= 1) {
    if (commonRun(thread, length - overlap, jsons.slice(0, overlap)) === overlap)
      return { known: overlap, at: length };
  }
  if (fromStart === 1 && jsons.length > 1) return { known: 1, at: 1 };
  return { known: 0, at: length };
}

/** How many of the messages equal the thread's entries from `start` on. */
export function commonRun(thread: HashedList, start: number, jsons: readonly string[]): number {
  let parent = start === 0 ? "" : (thread.at(start - 1)?.hash ?? "");
  let run = 0;
  for (const json of jsons) {
    const hash = chainHash(parent, json);
    if (thread.at(start + run)?.hash !== hash) break;
    parent = hash;
    run += 1;
  }
  return run;
}
