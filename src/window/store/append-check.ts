import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger } from "../../shared/options.ts";
import { chainHash } from "../conversation/identity.ts";
import type { Entry, LineHead, LineRecord } from "./store.ts";

/** What an append has to do: write these entries, or nothing because they are there already. */
export type AppendDecision = { readonly write: readonly Entry[] };

/**
 * Decides an append against the line's head; `hashAt` gives the hash of a held entry. Entries that the line holds already
 * at their places are left out; a gap, a different entry in a place or a broken chain is `head-moved`.
 */
export function decideAppend(
  line: string,
  head: LineHead,
  entries: readonly Entry[],
  hashAt: (seq: number) => string | undefined,
): AppendDecision {
  const first = entries[0];
  if (first === undefined) return { write: [] };
  if (first.seq > head.length) throw moved(line, head, first);
  let parent = first.seq === 0 ? "" : hashAt(first.seq - 1);
  const write: Entry[] = [];
  for (const [index, entry] of entries.entries()) {
    const seq = first.seq + index;
    if (parent === undefined || entry.seq !== seq || entry.hash !== chainHash(parent, entry.json))
      throw moved(line, head, entry);
    if (seq >= head.length) write.push(entry);
    else if (hashAt(seq) !== entry.hash) throw moved(line, head, entry);
    parent = entry.hash;
  }
  return { write };
}

function moved(line: string, head: LineHead, entry: Entry): LoadlineError {
  return new LoadlineError(
    "head-moved",
    `line ${line}: got an entry for place ${entry.seq} that does not follow its head, allowed: place ${head.length} after ${head.hash.slice(0, 12) || "nothing"}`,
    { details: { line, length: head.length, seq: entry.seq } },
  );
}

/** Refuses a new line whose fork place is not one: with a place but no parent, an entry 0 could never be appended. */
export function checkForkPlace({ parent, forkSeq }: LineRecord): void {
  requireInteger("forkSeq", forkSeq, 0, parent === undefined ? 0 : Number.MAX_SAFE_INTEGER);
}

/** Refuses events that do not come next. */
export function checkEventPlaces(
  line: string,
  held: number,
  events: readonly { readonly index: number }[],
): void {
  for (const [offset, event] of events.entries()) {
    if (event.index !== held + offset) {
      throw new LoadlineError(
        "head-moved",
        `line ${line}: got event ${event.index}, allowed: event ${held + offset} next`,
        {
          details: { line, events: held },
        },
      );
    }
  }
}

/** The error for a line that no one opened. */
export function noSuchLine(line: string): LoadlineError {
  return new LoadlineError(
    "not-found",
    `line: got ${JSON.stringify(line.slice(0, 80))}, allowed: a line that was opened before`,
  );
}
