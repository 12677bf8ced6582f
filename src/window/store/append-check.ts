import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger } from "../../shared/options.ts";
import { chainHash } from "../conversation/message/identity.ts";
import type { Entry, ThreadHead, ThreadRecord } from "./store.ts";

/** What an append has to do: write these entries, or nothing because they are there already. */
export type AppendDecision = { readonly write: readonly Entry[] };

/**
 * Decides an append against the thread's head; `hashAt` gives the hash of a held entry. Entries that the thread holds already
 * at their places are left out; a gap, a different entry in a place or a broken chain is `head-moved`.
 */
export function decideAppend(
  thread: string,
  head: ThreadHead,
  entries: readonly Entry[],
  hashAt: (seq: number) => string | undefined,
): AppendDecision {
  const first = entries[0];
  if (first === undefined) return { write: [] };
  if (first.seq > head.length) throw moved(thread, head, first);
  let parent = first.seq === 0 ? "" : hashAt(first.seq - 1);
  const write: Entry[] = [];
  for (const [index, entry] of entries.entries()) {
    const seq = first.seq + index;
    if (parent === undefined || entry.seq !== seq || entry.hash !== chainHash(parent, entry.json))
      throw moved(thread, head, entry);
    if (seq >= head.length) write.push(entry);
    else if (hashAt(seq) !== entry.hash) throw moved(thread, head, entry);
    parent = entry.hash;
  }
  return { write };
}

function moved(thread: string, head: ThreadHead, entry: Entry): LoadlineError {
  return new LoadlineError(
    "head-moved",
    `thread ${thread}: got an entry for place ${entry.seq} that does not follow its head, allowed: place ${head.length} after ${head.hash.slice(0, 12) || "nothing"}`,
    { details: { thread, length: head.length, seq: entry.seq } },
  );
}

/** Refuses a new thread whose fork place is not one: with a place but no parent, an entry 0 could never be appended. */
export function checkForkPlace({ parent, forkSeq }: ThreadRecord): void {
  requireInteger("forkSeq", forkSeq, 0, parent === undefined ? 0 : Number.MAX_SAFE_INTEGER);
}

/** Refuses events that do not come next. */
export function checkEventPlaces(
  thread: string,
  held: number,
  events: readonly { readonly index: number }[],
): void {
  for (const [offset, event] of events.entries()) {
    if (event.index !== held + offset) {
      throw new LoadlineError(
        "head-moved",
        `thread ${thread}: got event ${event.index}, allowed: event ${held + offset} next`,
        {
          details: { thread, events: held },
        },
      );
    }
  }
}

/** The error for a thread that no one opened. */
export function noSuchThread(thread: string): LoadlineError {
  return new LoadlineError(
    "not-found",
    `thread: got ${JSON.stringify(thread.slice(0, 80))}, allowed: a thread that was opened before`,
  );
}
