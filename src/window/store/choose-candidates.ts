import { computeInverseFrequency, scoreTerm } from "./bm25.ts";
import type { CandidateSet } from "./store.ts";

/** One thread's entries as a search sees them, including a fork's shared past. Stores provide them; `chooseCandidates` selects. */
export interface SearchScope {
  readonly thread: string;
  readonly documentCount: number;
  /** Number of terms in all its entries. */
  readonly totalLength: number;
  /** Returns the number of entries that contain the term. */
  frequency(term: string): number;
  /** Returns the entries that contain the term: seq, and number of occurrences. */
  occurrences(term: string): ReadonlyMap<number, number>;
  /** Returns the number of terms of an entry. */
  length(seq: number): number;
}

/**
 * Occurrences scored per query, counted in entries. Terms are scored from the rarest on until this is spent: the remaining terms are
 * so common that they hardly distinguish entries, and reading them would take 100 ms.
 */
const maxOccurrences = 50_000;
/** Terms scored per query, the rarest: a query may be a pasted document. */
const maxTerms = 64;

/** Returns the best entries by BM25 over all scopes as one collection. Ties: by order of scopes, then the older entry. */
export function chooseCandidates(
  scopes: readonly SearchScope[],
  terms: readonly string[],
  limit: number,
): CandidateSet {
  const documentCount = scopes.reduce((sum, scope) => sum + scope.documentCount, 0);
  const totalLength = scopes.reduce((sum, scope) => sum + scope.totalLength, 0);
  const averageLength = documentCount === 0 ? 0 : totalLength / documentCount;
  const frequencies = new Map<string, readonly number[]>();
  for (const term of terms) {
    if (!frequencies.has(term))
      frequencies.set(
        term,
        scopes.map((scope) => scope.frequency(term)),
      );
  }
  const sums = new Map([...frequencies].map(([term, counts]) => [term, counts.reduce((a, b) => a + b, 0)]));
  const chosen = chooseTerms(sums);
  const found = scopes.flatMap((scope, place) => {
    const scores = new Map<number, number>();
    for (const term of chosen) {
      if ((frequencies.get(term)?.[place] ?? 0) === 0) continue;
      const idf = computeInverseFrequency(documentCount, sums.get(term) ?? 0);
      for (const [seq, count] of scope.occurrences(term)) {
        const score = scoreTerm(idf, count, scope.length(seq), averageLength);
        scores.set(seq, (scores.get(seq) ?? 0) + score);
      }
    }
    return takeBest([...scores], limit).map(([seq, score]) => ({ thread: scope.thread, place, seq, score }));
  });
  const candidates = found
    .sort((a, b) => b.score - a.score || a.place - b.place || a.seq - b.seq)
    .slice(0, limit)
    .map(({ thread, seq }) => ({ thread, seq }));
  return {
    documentCount,
    averageLength,
    documentFrequency: terms.map((term) => sums.get(term) ?? 0),
    candidates,
  };
}

/** Returns the rarest terms that occur at all, within the limits; among equally rare ones, the first in the query. */
function chooseTerms(frequencies: ReadonlyMap<string, number>): readonly string[] {
  const rarest = [...frequencies].filter(([, count]) => count > 0).sort((a, b) => a[1] - b[1]);
  const chosen: string[] = [];
  let spent = 0;
  for (const [term, count] of rarest.slice(0, maxTerms)) {
    if (chosen.length > 0 && spent + count > maxOccurrences) break;
    chosen.push(term);
    spent += count;
  }
  return chosen;
}

type Scored = readonly [seq: number, score: number];

/** Returns the best of a scope. Sorting 50,000 pairs takes 30 ms, so scores below that of place `limit` are dropped first. */
function takeBest(scored: readonly Scored[], limit: number): readonly Scored[] {
  const order = (a: Scored, b: Scored): number => b[1] - a[1] || a[0] - b[0];
  if (scored.length <= limit) return [...scored].sort(order);
  const scores = Float64Array.from(scored, ([, score]) => score).sort();
  const minScore = scores[scores.length - limit] ?? Number.POSITIVE_INFINITY;
  return scored
    .filter(([, score]) => score >= minScore)
    .sort(order)
    .slice(0, limit);
}
