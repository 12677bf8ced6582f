import type { Entry, Store, ThreadEvent } from "../../store/store.ts";
import { Slices } from "./slices.ts";

/**
 * Entries and characters of one commit where a history is written in several: other work runs in between. A commit of SQLite holds the
 * event loop, mostly for its word index.
 */
const maxCommitEntries = 12;
const maxCommitCharacters = 64_000;

/**
 * Writes entries, and events with the first of them, in commits that hold up other work only briefly. One that was refused ends it:
 * the ones before it stay. Errors: `head-moved`, store errors.
 */
export async function writeInParts(
  store: Store,
  thread: string,
  { entries, events }: { readonly entries: readonly Entry[]; readonly events: readonly ThreadEvent[] },
): Promise<void> {
  const slices = new Slices();
  let from = 0;
  while (from < entries.length) {
    let characters = 0;
    let to = from;
    while (to < entries.length && to - from < maxCommitEntries && characters < maxCommitCharacters)
      characters += entries[to++]?.json.length ?? 0;
    await store.append(thread, entries.slice(from, to), from === 0 ? events : []);
    from = to;
    if (from < entries.length) await slices.next();
  }
}
