import type { DatabaseSync } from "node:sqlite";
import { chainHash } from "../../conversation/message/identity.ts";
import type { ThreadReader } from "./thread-reader.ts";
import { makeEntryId, readEntry, readThread } from "./rows.ts";
import type { NumberedThread } from "./rows.ts";

/** Faults listed; a ruined file has more than anyone reads. */
const maxFaults = 100;

/**
 * Checks the database's own structure, its full-text index, and every entry's place and hash; returns at most 100 faults. A hash covers
 * an entry's message, not its token counts. Entries missing from a thread's end cannot be noticed.
 */
export function verifyDatabase(database: DatabaseSync, reader: ThreadReader): readonly string[] {
  const faults: string[] = [];
  /** Reports what a check throws as a fault, so that the next check still runs. */
  const attempt = (what: string, check: () => void): void => {
    try {
      check();
    } catch (error) {
      faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  attempt("database", () => {
    for (const row of database.prepare(`PRAGMA integrity_check(${maxFaults})`).all()) {
      const said = String(row["integrity_check"]);
      if (said !== "ok") faults.push(`database: ${said}`);
    }
  });
  attempt("search index", () => {
    const count = (table: string): number =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
    const [indexed, entries] = [count("entry_words_docsize"), count("entries")];
    if (indexed !== entries) faults.push(`search index: has ${indexed} entries, the store has ${entries}`);
  });
  const read = database.prepare("SELECT * FROM lines ORDER BY number");
  attempt("threads", () => {
    for (const row of read.all()) {
      attempt("thread", () => {
        const thread = readThread(row);
        if (faults.length < maxFaults)
          attempt(`thread ${thread.thread}`, () => checkThread(database, reader, thread, faults));
      });
    }
  });
  return faults.slice(0, maxFaults);
}

function checkThread(
  database: DatabaseSync,
  reader: ThreadReader,
  thread: NumberedThread,
  faults: string[],
): void {
  const name = `thread ${thread.thread}`;
  const events = database
    .prepare("SELECT count(*) AS n, max(place) + 1 AS next FROM events WHERE line = ?")
    .get(thread.number);
  if (events?.["n"] !== (events?.["next"] ?? 0)) faults.push(`${name}: its events have gaps`);
  let parent = thread.forkSeq === 0 ? "" : reader.hashAt(thread, thread.forkSeq - 1);
  if (parent === undefined) faults.push(`${name}: entry ${thread.forkSeq - 1} of its parent is missing`);
  let seq = thread.forkSeq;
  const own = database.prepare("SELECT * FROM entries WHERE id >= ? AND id < ? ORDER BY id");
  for (const row of own.iterate(makeEntryId(thread.number, 0), makeEntryId(thread.number + 1, 0))) {
    if (faults.length >= maxFaults) return;
    const place = Number(row["id"]) - makeEntryId(thread.number, 0);
    if (place !== seq) faults.push(`${name}: entry ${seq} is missing`);
    try {
      const entry = readEntry(row);
      if (parent !== undefined && entry.hash !== chainHash(parent, entry.json))
        faults.push(`${name}, entry ${place}: the hash does not match`);
      parent = entry.hash;
    } catch (error) {
      faults.push(`${name}, entry ${place}: ${error instanceof Error ? error.message : String(error)}`);
      parent = typeof row["hash"] === "string" ? row["hash"] : undefined;
    }
    seq = place + 1;
  }
}
