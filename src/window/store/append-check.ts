import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger } from "../../shared/options.ts";
import { chainKey } from "../conversation/message/identity.ts";
import { makeChecksum } from "./entry-checksum.ts";
import type { Entry, ThreadHead, ThreadRecord } from "./store.ts";

/** Entries that were made here, with the chain that they follow: hashing them again would show nothing new. */
const made = new WeakMap<Entry, string>();

/** Marks an entry whose chain and checksum were just made from what it holds. */
export function markMade(entry: Entry, parentChain: string): void {
  made.set(entry, parentChain);
}

/**
 * Returns the entries that an append has to write: those that the thread does not have yet. `chainAt` returns the chain of an existing
 * entry. An existing entry is recognized by its chain, whatever the bytes it comes with. Errors: `head-moved` for a gap, a different
 * entry in a place, or a broken chain; `store-corrupt` for a new entry whose checksum does not match.
 */
export function selectEntriesToWrite(
  thread: string,
  head: ThreadHead,
  entries: readonly Entry[],
  chainAt: (seq: number) => string | undefined,
): readonly Entry[] {
  const first = entries[0];
  if (first === undefined) return [];
  if (first.seq > head.length) throw headMovedError(thread, head, first);
  let parent = first.seq === 0 ? "" : chainAt(first.seq - 1);
  const write: Entry[] = [];
  for (const [index, entry] of entries.entries()) {
    const seq = first.seq + index;
    const follows =
      parent !== undefined && (made.get(entry) === parent || entry.chain === chainKey(parent, entry.key));
    if (!follows || entry.seq !== seq) throw headMovedError(thread, head, entry);
    if (seq >= head.length) write.push(entry);
    else if (chainAt(seq) !== entry.chain) throw headMovedError(thread, head, entry);
    parent = entry.chain;
  }
  for (const entry of write)
    if (!made.has(entry) && entry.checksum !== makeChecksum(entry)) throw checksumError(thread, entry);
  return write;
}

function headMovedError(thread: string, head: ThreadHead, entry: Entry): LoadlineError {
  return new LoadlineError(
    "head-moved",
    `thread ${thread}: entry ${entry.seq} does not follow the head (length ${head.length}, chain ${head.chain.slice(0, 12) || "none"}); read the head again and append after it`,
    { details: { thread, length: head.length, seq: entry.seq } },
  );
}

function checksumError(thread: string, entry: Entry): LoadlineError {
  return new LoadlineError(
    "store-corrupt",
    `thread ${thread}: entry ${entry.seq} was not written because its checksum does not match its content; make the entry again from its message`,
    { details: { thread, seq: entry.seq } },
  );
}

/** Refuses a fork place without a parent: entry 0 could never be appended. Errors: `invalid-option`. */
export function checkForkPlace({ parent, forkSeq }: ThreadRecord): void {
  requireInteger("forkSeq", forkSeq, 0, parent === undefined ? 0 : Number.MAX_SAFE_INTEGER);
}

/** Refuses events or messages of answers that do not follow the `held` existing ones. Errors: `head-moved`. */
export function checkPlaces(
  thread: string,
  kind: "event" | "answer",
  held: number,
  added: readonly { readonly index: number }[],
): void {
  for (const [offset, { index }] of added.entries()) {
    if (index !== held + offset) {
      throw new LoadlineError(
        "head-moved",
        `thread ${thread}: ${kind} ${index} does not follow the ${held + offset} before it; read the ${kind}s again and append after them`,
        { details: { thread, [`${kind}s`]: held } },
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
