import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LoadlineError } from "../../../shared/errors.ts";
import { noSuchThread } from "../append-check.ts";
import type { Entry, ThreadHead } from "../store.ts";
import { entriesPerThread } from "./schema.ts";
import { makeEntryId, readEntry, readThread, selectEntries, selectOutlines, selectThreads } from "./rows.ts";
import type { NumberedThread, Row } from "./rows.ts";

/** A range of one thread's own entries. A fork with its past is a list of these. */
export interface Segment {
  readonly thread: string;
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Thread records kept in memory. */
const maxCachedThreads = 10_000;

/** Reads threads and entries; every method is synchronous and changes nothing. */
export class ThreadReader {
  readonly #byName: StatementSync;
  readonly #byOwner: StatementSync;
  readonly #bySession: StatementSync;
  readonly #last: StatementSync;
  readonly #chainAt: StatementSync;
  readonly #whole: StatementSync;
  readonly #outline: StatementSync;
  readonly #cache = new Map<string, NumberedThread>();

  constructor(database: DatabaseSync) {
    this.#byName = database.prepare(`${selectThreads} WHERE thread = ?`);
    const ofOwner = `${selectThreads} WHERE threads.owner = (SELECT number FROM owners WHERE owner = ?) AND provisional_until IS NULL`;
    this.#byOwner = database.prepare(`${ofOwner} ORDER BY threads.number`);
    this.#bySession = database.prepare(`${ofOwner} AND session = ? ORDER BY threads.number`);
    this.#last = database.prepare(
      "SELECT id, chain FROM entries WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1",
    );
    this.#chainAt = database.prepare("SELECT chain FROM entries WHERE id = ?");
    const range = "WHERE entries.id >= ? AND entries.id < ? ORDER BY entries.id";
    this.#whole = database.prepare(`${selectEntries} ${range}`);
    this.#outline = database.prepare(`${selectOutlines} ${range}`);
  }

  /** Returns a thread with what never changes of it: its numbers, owner, parent and fork place, which are read once. */
  find(thread: string): NumberedThread | undefined {
    return this.#cache.get(thread) ?? this.findNow(thread);
  }

  /** Returns a thread's record as it is now: another process may have changed it. */
  findNow(thread: string): NumberedThread | undefined {
    const row = this.#byName.get(thread);
    if (row === undefined) return undefined;
    const found = readThread(row);
    if (this.#cache.size > maxCachedThreads) this.#cache.clear();
    this.#cache.set(thread, found);
    return found;
  }

  /** Forgets all records: those read in a transaction that was rolled back may not exist. */
  forget(): void {
    this.#cache.clear();
  }

  /** Returns a thread's record. Errors: `not-found`. */
  need(thread: string): NumberedThread {
    const found = this.find(thread);
    if (found === undefined) throw noSuchThread(thread);
    return found;
  }

  /** Lists an owner's threads that are not provisional; with `session`, those of one session. */
  list(owner: string, session: string | undefined): readonly NumberedThread[] {
    const rows = session === undefined ? this.#byOwner.all(owner) : this.#bySession.all(owner, session);
    return rows.map(readThread);
  }

  head(record: NumberedThread): ThreadHead {
    const row = this.#last.get(makeEntryId(record.number, 0), makeEntryId(record.number + 1, 0));
    if (row !== undefined)
      return { length: (Number(row["id"]) % entriesPerThread) + 1, chain: String(row["chain"]) };
    return {
      length: record.forkSeq,
      chain: record.forkSeq === 0 ? "" : (this.chainAt(record, record.forkSeq - 1) ?? ""),
    };
  }

  chainAt(record: NumberedThread, seq: number): string | undefined {
    const [segment] = this.segments(record, seq, seq + 1);
    const row = segment === undefined ? undefined : this.#chainAt.get(makeEntryId(segment.number, seq));
    return row === undefined ? undefined : String(row["chain"]);
  }

  /** Returns where the entries of a range are stored, oldest first: a fork's past belongs to its parents. */
  segments(record: NumberedThread, from: number, to: number): readonly Segment[] {
    const found: Segment[] = [];
    let current: NumberedThread | undefined = record;
    // Ids past 2^30 belong to the next thread.
    let end = Math.min(to, entriesPerThread);
    while (current !== undefined && end > from) {
      const start = Math.max(from, current.forkSeq);
      if (start < end) found.push({ thread: current.thread, number: current.number, from: start, to: end });
      end = Math.min(end, current.forkSeq);
      current = end > from ? this.#parentOf(current) : undefined;
    }
    return found.reverse();
  }

  #parentOf(record: NumberedThread): NumberedThread | undefined {
    if (record.parent === undefined) return undefined;
    const parent = this.find(record.parent);
    if (parent !== undefined && parent.number < record.number) return parent;
    throw new LoadlineError(
      "store-corrupt",
      `thread ${record.thread}: its parent ${record.parent} is missing or newer than itself; restore the store from a backup`,
      { details: { thread: record.thread, parent: record.parent } },
    );
  }

  /** Returns the entries of a range. Errors: `store-corrupt` for a damaged entry, and for a gap before the thread's end. */
  entries(record: NumberedThread, from: number, to: number, form: "whole" | "outline"): readonly Entry[] {
    const statement = form === "whole" ? this.#whole : this.#outline;
    const segments = this.segments(record, from, to);
    const found = segments.flatMap((segment) =>
      statement
        .all(makeEntryId(segment.number, segment.from), makeEntryId(segment.number, segment.to))
        .map((row: Row) => readEntry(row, segment.thread, form)),
    );
    const first = segments[0]?.from ?? 0;
    const gap = found.findIndex((entry, index) => entry.seq !== first + index);
    if (gap >= 0) throw missing(record, first + gap);
    return found;
  }
}

function missing(record: NumberedThread, seq: number): LoadlineError {
  return new LoadlineError(
    "store-corrupt",
    `thread ${record.thread}: entry ${seq} is missing; restore the store from a backup`,
    { details: { thread: record.thread, seq } },
  );
}
