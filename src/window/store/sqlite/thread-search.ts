import type { DatabaseSync, StatementSync } from "node:sqlite";
import { chooseCandidates } from "../choose-candidates.ts";
import type { SearchScope } from "../choose-candidates.ts";
import type { CandidateSet } from "../store.ts";
import { ThreadLengths } from "./thread-lengths.ts";
import type { ThreadReader, Segment } from "./thread-reader.ts";
import { makeEntryId } from "./rows.ts";
import { entriesPerThread } from "./schema.ts";
import { encodeTerm } from "./search-words.ts";

/** A range of one thread with the lengths of its entries. */
interface MeasuredSegment extends Segment {
  readonly lengthOf: (seq: number) => number;
}

/**
 * Finds candidates in the full-text index. Uses only its posting lists: its own bm25() uses the statistics of all threads together and
 * reads every entry that contains a term.
 */
export class ThreadSearch {
  readonly #reader: ThreadReader;
  readonly #lengths: ThreadLengths;
  readonly #count: StatementSync;
  readonly #places: StatementSync;

  constructor(database: DatabaseSync, reader: ThreadReader) {
    this.#reader = reader;
    this.#lengths = new ThreadLengths(database);
    this.#count = database.prepare(
      "SELECT count(*) AS n FROM entry_words WHERE entry_words MATCH ? AND rowid >= ? AND rowid < ?",
    );
    // One JSON text instead of one row per occurrence halves the time for a common word.
    this.#places = database.prepare(
      "SELECT json_group_array(doc) AS places FROM entry_places WHERE term = ?",
    );
  }

  search(threads: readonly string[], terms: readonly string[], limit: number): CandidateSet {
    return chooseCandidates(
      threads.map((thread) => this.#scope(thread)),
      terms,
      limit,
    );
  }

  #scope(thread: string): SearchScope {
    const record = this.#reader.need(thread);
    const { length } = this.#reader.head(record);
    const segments = this.#reader.segments(record, 0, length).map((segment) => this.#measure(segment));
    let totalLength = 0;
    for (const { from, to, lengthOf } of segments)
      for (let seq = from; seq < to; seq++) totalLength += lengthOf(seq);
    return {
      thread,
      documentCount: length,
      totalLength,
      frequency: (term) => segments.reduce((sum, segment) => sum + this.#frequency(segment, term), 0),
      occurrences: (term) => this.#occurrences(segments, term),
      length: (seq) => segments.find(({ to }) => seq < to)?.lengthOf(seq) ?? 0,
    };
  }

  #measure(segment: Segment): MeasuredSegment {
    const { from, lengths } = this.#lengths.upTo(segment.number, segment.to);
    return { ...segment, lengthOf: (seq) => lengths[seq - from] ?? 0 };
  }

  #frequency({ number, from, to }: Segment, term: string): number {
    const row = this.#count.get(encodeTerm(number, term), makeEntryId(number, from), makeEntryId(number, to));
    return Number(row?.["n"] ?? 0);
  }

  #occurrences(segments: readonly Segment[], term: string): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { number, from, to } of segments) {
      const row = this.#places.get(encodeTerm(number, term));
      for (const id of JSON.parse(String(row?.["places"] ?? "[]")) as readonly number[]) {
        const seq = id % entriesPerThread;
        if (seq >= from && seq < to) counts.set(seq, (counts.get(seq) ?? 0) + 1);
      }
    }
    return counts;
  }
}
