import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LoadlineError } from "../../../shared/errors.ts";
import { noSuchLine } from "../append-check.ts";
import type { Entry, LineHead } from "../store.ts";
import { entriesPerLine } from "./schema.ts";
import { entryColumns, entryId, outlineColumns, readEntry, readLine } from "./rows.ts";
import type { NumberedLine, Row } from "./rows.ts";

/** A stretch of one line's own entries: a fork's window on its past is a list of these. */
export interface Segment {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Reads lines and entries; every method is synchronous and changes nothing. */
export class LineReader {
  readonly #byName: StatementSync;
  readonly #byOwner: StatementSync;
  readonly #last: StatementSync;
  readonly #hashAt: StatementSync;
  readonly #whole: StatementSync;
  readonly #outline: StatementSync;
  readonly #cache = new Map<string, NumberedLine>();

  constructor(database: DatabaseSync) {
    this.#byName = database.prepare("SELECT * FROM lines WHERE line = ?");
    this.#byOwner = database.prepare("SELECT * FROM lines WHERE owner = ? ORDER BY number");
    this.#last = database.prepare(
      "SELECT id, hash FROM entries WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1",
    );
    this.#hashAt = database.prepare("SELECT hash FROM entries WHERE id = ?");
    this.#whole = database.prepare(
      `SELECT ${entryColumns} FROM entries WHERE id >= ? AND id < ? ORDER BY id`,
    );
    this.#outline = database.prepare(
      `SELECT ${outlineColumns} FROM entries WHERE id >= ? AND id < ? ORDER BY id`,
    );
  }

  /** A line's record never changes once it is there, so it is read once. */
  find(line: string): NumberedLine | undefined {
    const held = this.#cache.get(line);
    if (held !== undefined) return held;
    const row = this.#byName.get(line);
    if (row === undefined) return undefined;
    const found = readLine(row);
    if (this.#cache.size > 10_000) this.#cache.clear();
    this.#cache.set(line, found);
    return found;
  }

  /** Forgets the lines read inside a transaction that was then rolled back: they may not be there. */
  forget(): void {
    this.#cache.clear();
  }

  need(line: string): NumberedLine {
    const found = this.find(line);
    if (found === undefined) throw noSuchLine(line);
    return found;
  }

  ofOwner(owner: string): readonly NumberedLine[] {
    return this.#byOwner.all(owner).map(readLine);
  }

  head(record: NumberedLine): LineHead {
    const row = this.#last.get(entryId(record.number, 0), entryId(record.number + 1, 0));
    if (row !== undefined)
      return { length: (Number(row["id"]) % entriesPerLine) + 1, hash: String(row["hash"]) };
    return {
      length: record.forkSeq,
      hash: record.forkSeq === 0 ? "" : (this.hashAt(record, record.forkSeq - 1) ?? ""),
    };
  }

  hashAt(record: NumberedLine, seq: number): string | undefined {
    const [segment] = this.segments(record, seq, seq + 1);
    const row = segment === undefined ? undefined : this.#hashAt.get(entryId(segment.number, seq));
    return row === undefined ? undefined : String(row["hash"]);
  }

  /** Where the entries of a range stand, oldest first: a fork's past is in its parents. */
  segments(record: NumberedLine, from: number, to: number): readonly Segment[] {
    const found: Segment[] = [];
    let current: NumberedLine | undefined = record;
    // Past 2^30 an id is of the next line.
    let end = Math.min(to, entriesPerLine);
    while (current !== undefined && end > from) {
      const start = Math.max(from, current.forkSeq);
      if (start < end) found.push({ number: current.number, from: start, to: end });
      end = Math.min(end, current.forkSeq);
      current = end > from ? this.#parentOf(current) : undefined;
    }
    return found.reverse();
  }

  #parentOf(record: NumberedLine): NumberedLine | undefined {
    if (record.parent === undefined) return undefined;
    const parent = this.find(record.parent);
    if (parent !== undefined && parent.number < record.number) return parent;
    throw new LoadlineError(
      "store-corrupt",
      `line ${record.line}: its parent ${record.parent} is missing, allowed: a line older than itself`,
      { details: { line: record.line, parent: record.parent } },
    );
  }

  /** Entries of a range; a place that is empty before the line's end is `store-corrupt`. */
  entries(record: NumberedLine, from: number, to: number, form: "whole" | "outline"): readonly Entry[] {
    const statement = form === "whole" ? this.#whole : this.#outline;
    const segments = this.segments(record, from, to);
    const found = segments.flatMap((segment) =>
      statement
        .all(entryId(segment.number, segment.from), entryId(segment.number, segment.to))
        .map((row: Row) => readEntry(row)),
    );
    const first = segments[0]?.from ?? 0;
    const gap = found.findIndex((entry, index) => entry.seq !== first + index);
    if (gap >= 0) throw missing(record, first + gap);
    return found;
  }
}

function missing(record: NumberedLine, seq: number): LoadlineError {
  return new LoadlineError(
    "store-corrupt",
    `line ${record.line}: entry ${seq} is missing, allowed: every place up to the line's end`,
    { details: { line: record.line, seq } },
  );
}
