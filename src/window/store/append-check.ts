import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger } from "../../shared/options.ts";
import { chainHash } from "../conversation/message/identity.ts";
import type { Entry, ThreadHead, ThreadRecord } from "./store.ts";

/**
 * Returns the entries that an append has to write: those that the thread does not have yet. `hashAt` returns the hash of an existing
 * entry. Errors: `head-moved` for a gap, a different entry in a place, or a broken chain.
 */
export function selectEntriesToWrite(
  thread: string,
  head: ThreadHead,
  entries: readonly Entry[],
  hashAt: (seq: number) => string | undefined,
): readonly Entry[] {
  const first = entries[0];
  if (first === undefined) return [];
  if (first.seq > head.length) throw headMovedError(thread, head, first);
  let parent = first.seq === 0 ? "" : hashAt(first.seq - 1);
  const write: Entry[] = [];
  for (const [index, entry] of entries.entries()) {
    const seq = first.seq + index;
    if (parent === undefined || entry.seq !== seq || entry.hash !== chainHash(parent, entry.json))
      throw headMovedError(thread, head, entry);
    if (seq >= head.length) write.push(entry);
    else if (hashAt(seq) !== entry.hash) throw headMovedError(thread, head, entry);
    parent = entry.hash;
  }
  return write;
}

function headMovedError(thread: string, head: ThreadHead, entry: Entry): LoadlineError {
  return new LoadlineError(
    "head-moved",
    `thread ${thread}: entry ${entry.seq} does not follow the head (length ${head.length}, hash ${head.hash.slice(0, 12) || "none"}); read the head again and append after it`,
    { details: { thread, length: head.length, seq: entry.seq } },
  );
}

/** Refuses a fork place without a parent: entry 0 could never be appended. Errors: `invalid-option`. */
export function checkForkPlace({ parent, forkSeq }: ThreadRecord): void {
  requireInteger("forkSeq", forkSeq, 0, parent === undefined ? 0 : Number.MAX_SAFE_INTEGER);
}

/** Refuses events that do not follow the existing ones. Errors: `head-moved`. */
export function checkEventPlaces(
  thread: string,
  held: number,
  events: readonly { readonly index: number }[],
): void {
  for (const [offset, event] of events.entries()) {
    if (event.index !== held + offset) {
      throw new LoadlineError(
        "head-moved",
        `thread ${thread}: event ${event.index} does not follow the ${held + offset} before it; read the events again and append after them`,
        { details: { thread, events: held } },
      );
    }
  }
}

/** Makes the error for a thread that was never opened. */
export function noSuchThread(thread: string): LoadlineError {
  return new LoadlineError(
    "not-found",
    `thread ${JSON.stringify(thread.slice(0, 80))} does not exist; open it first`,
  );
}
