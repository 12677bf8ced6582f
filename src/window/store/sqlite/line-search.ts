import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CandidateSet } from "../store.ts";
import type { LineReader, Segment } from "./line-reader.ts";
import { entryId } from "./rows.ts";
import { entriesPerLine } from "./schema.ts";
import { encodeTerm, scopeToken } from "./search-words.ts";

/** More terms than this in one question are not looked up: a pasted document is not a question. */
const mostTerms = 64;

/** Finds candidates in the full-text index. `order by bm25()`, because `order by rank` ignores the range of row ids. */
export class LineSearch {
  readonly #reader: LineReader;
  readonly #best: StatementSync;
  readonly #count: StatementSync;
  readonly #totals: StatementSync;

  constructor(database: DatabaseSync, reader: LineReader) {
    this.#reader = reader;
    this.#best = database.prepare(
      "SELECT rowid AS id, bm25(entry_words) AS score FROM entry_words WHERE entry_words MATCH ? AND rowid >= ? AND rowid < ? ORDER BY bm25(entry_words) LIMIT ?",
    );
    this.#count = database.prepare(
      "SELECT count(*) AS n FROM entry_words WHERE entry_words MATCH ? AND rowid >= ? AND rowid < ?",
    );
    this.#totals = database.prepare("SELECT terms FROM lines WHERE number = ?");
  }

  search(lines: readonly string[], terms: readonly string[], limit: number): CandidateSet {
    const scopes = lines.map((line) => {
      const record = this.#reader.need(line);
      const length = this.#reader.head(record).length;
      return { line, record, length, segments: this.#reader.segments(record, 0, length) };
    });
    const segments = scopes.flatMap((scope) =>
      scope.segments.map((segment) => ({ line: scope.line, segment })),
    );
    const asked = terms.slice(0, mostTerms);
    const documentCount = scopes.reduce((sum, scope) => sum + scope.length, 0);
    const documentFrequency = terms.map((term, index) =>
      index < mostTerms ? segments.reduce((sum, { segment }) => sum + this.#frequency(term, segment), 0) : 0,
    );
    const found =
      asked.length === 0
        ? []
        : segments.flatMap(({ line, segment }) => this.#candidates(line, segment, asked, limit));
    const candidates = found
      .sort((a, b) => a.score - b.score || a.seq - b.seq)
      .slice(0, limit)
      .map(({ line, seq }) => ({ line, seq }));
    return {
      documentCount,
      averageLength: this.#averageLength(segments.map(({ segment }) => segment)),
      documentFrequency,
      candidates,
    };
  }

  #averageLength(segments: readonly Segment[]): number {
    let terms = 0;
    let entries = 0;
    for (const segment of segments) {
      const own = this.#reader.ownLength(segment.number);
      if (own === 0) continue;
      // A fork shares a part of its parent's terms: the parent's mean stands for that part.
      terms += (Number(this.#totals.get(segment.number)?.["terms"] ?? 0) / own) * (segment.to - segment.from);
      entries += segment.to - segment.from;
    }
    return entries === 0 ? 0 : terms / entries;
  }

  #frequency(term: string, segment: Segment): number {
    const query = `${scopeToken(segment.number)} AND ${encodeTerm(term)}`;
    const row = this.#count.get(
      query,
      entryId(segment.number, segment.from),
      entryId(segment.number, segment.to),
    );
    return Number(row?.["n"] ?? 0);
  }

  #candidates(
    line: string,
    segment: Segment,
    terms: readonly string[],
    limit: number,
  ): { line: string; seq: number; score: number }[] {
    const query = `${scopeToken(segment.number)} AND (${terms.map(encodeTerm).join(" OR ")})`;
    const rows = this.#best.all(
      query,
      entryId(segment.number, segment.from),
      entryId(segment.number, segment.to),
      limit,
    );
    return rows.map((row) => ({
      line,
      seq: Number(row["id"]) % entriesPerLine,
      score: Number(row["score"]),
    }));
  }
}
