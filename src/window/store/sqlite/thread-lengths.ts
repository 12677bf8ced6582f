import type { DatabaseSync, StatementSync } from "node:sqlite";
import { entryId } from "./rows.ts";
import { entriesPerThread } from "./schema.ts";

/** Lengths that are kept in the process, over all threads: 4 bytes each. */
const maxKeptLengths = 4_000_000;

/** Lengths of a thread's own entries; the first one is of seq `from`. */
interface HeldLengths {
  readonly from: number;
  readonly lengths: Uint32Array;
}

/**
 * How many terms each entry has, as the full-text index noted it (its `docsize` table, one varint per row). An entry never
 * changes, so a length is read once: of a thread of 100,000 entries the first search reads all in 25 ms, a later one the new ones.
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

  /** Lengths of a thread's own entries up to seq `to` (exclusive) at least; the thread must hold them. */
  upTo(threadNumber: number, to: number): HeldLengths {
    const held = this.#held.get(threadNumber);
    if (held !== undefined && held.from + held.lengths.length >= to) return held;
    const known = held?.lengths.length ?? 0;
    const next = (held?.from ?? 0) + known;
    const rows = this.#statement.all(entryId(threadNumber, next), entryId(threadNumber, to)) as unknown as [
      number,
      string,
    ][];
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

/** SQLite's varint (big-endian, 7 bits a byte, high bit for "more") from hexadecimal. */
function readVarint(hex: string): number {
  let value = 0;
  for (let at = 0; at < hex.length; at += 2)
    value = value * 128 + (Number.parseInt(hex.slice(at, at + 2), 16) & 127);
  return value;
}
