import type { DatabaseSync, StatementSync } from "node:sqlite";
import { makeEntryId } from "./rows.ts";
import { entriesPerThread } from "./schema.ts";

/** Lengths kept in memory over all threads, 4 bytes each. */
const maxKeptLengths = 4_000_000;

/** Lengths of a thread's own entries; the first belongs to seq `from`. */
interface HeldLengths {
  readonly from: number;
  readonly lengths: Uint32Array;
}

/**
 * Reads the number of terms of each entry from the full-text index (its `docsize` table, one varint per row). Entries never change, so
 * each length is read once: the first search of a thread of 100,000 entries reads all in 25 ms, later ones only what is new.
 */
export class ThreadLengths {
  readonly #statement: StatementSync;
  readonly #held = new Map<number, HeldLengths>();
  #kept = 0;

  constructor(database: DatabaseSync) {
    this.#statement = database.prepare(
      "SELECT id, hex(sz) FROM entry_words_docsize WHERE id >= ? AND id < ? ORDER BY id",
    );
    this.#statement.setReturnArrays(true);
  }

  /** Returns the lengths of a thread's own entries, at least up to seq `to` (exclusive); the thread must have them. */
  upTo(threadNumber: number, to: number): HeldLengths {
    const held = this.#held.get(threadNumber);
    if (held !== undefined && held.from + held.lengths.length >= to) return held;
    const known = held?.lengths.length ?? 0;
    const next = (held?.from ?? 0) + known;
    const rows = this.#statement.all(
      makeEntryId(threadNumber, next),
      makeEntryId(threadNumber, to),
    ) as unknown as [number, string][];
    const from = held?.from ?? (rows[0]?.[0] ?? 0) % entriesPerThread;
    const lengths = new Uint32Array(known + rows.length);
    if (held !== undefined) lengths.set(held.lengths);
    for (const [index, row] of rows.entries()) lengths[known + index] = readVarint(row[1]);
    if (this.#kept + rows.length > maxKeptLengths) this.#held.clear();
    this.#kept = this.#held.size === 0 ? lengths.length : this.#kept + rows.length;
    const found = { from, lengths };
    this.#held.set(threadNumber, found);
    return found;
  }
}

/** Decodes SQLite's varint (big-endian, 7 bits a byte, high bit for "more") from hexadecimal. */
function readVarint(hex: string): number {
  let value = 0;
  for (let at = 0; at < hex.length; at += 2)
    value = value * 128 + (Number.parseInt(hex.slice(at, at + 2), 16) & 127);
  return value;
}
