import { inverseFrequency, termScore } from "./bm25.ts";
import type { CandidateSet } from "./store.ts";

/** One thread's entries as a search sees them, a fork's shared past included. Every store gives these; the choice is made here. */
export interface SearchScope {
  readonly thread: string;
  readonly documentCount: number;
  /** Terms of all its entries together. */
  readonly totalLength: number;
  /** How many entries hold the term. */
  frequency(term: string): number;
  /** The entries that hold the term: seq, and how often it stands there. */
  occurrences(term: string): ReadonlyMap<number, number>;
  /** Number of terms of an entry. */
  length(seq: number): number;
}

/**
 * Occurrences that are scored for one question, counted in entries. Terms are taken from the rarest on until this is
 * spent: what is left out then stands in so many entries that it hardly tells them apart, and would cost 100 ms of reading.
 */
const maxOccurrences = 50_000;
/** Terms that are scored for one question, the rarest: a pasted document is not a question. */
const maxTerms = 64;

/** The best entries by plain BM25 over the scopes taken as one collection. Ties: scopes in the order given, then the older. */
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
  const chosen = scoredTerms(sums);
  const found = scopes.flatMap((scope, place) => {
    const scores = new Map<number, number>();
    for (const term of chosen) {
      if ((frequencies.get(term)?.[place] ?? 0) === 0) continue;
      const idf = inverseFrequency(documentCount, sums.get(term) ?? 0);
      for (const [seq, count] of scope.occurrences(term)) {
        const score = termScore(idf, count, scope.length(seq), averageLength);
        scores.set(seq, (scores.get(seq) ?? 0) + score);
      }
    }
    return best([...scores], limit).map(([seq, score]) => ({ thread: scope.thread, place, seq, score }));
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

/** The rarest terms that are there at all, within the limits; of equally rare ones the first asked. */
function scoredTerms(frequencies: ReadonlyMap<string, number>): readonly string[] {
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

/** The best of a scope. Sorting 50,000 pairs takes 30 ms, so those below the score of place `limit` are dropped first. */
function best(scored: readonly Scored[], limit: number): readonly Scored[] {
  const order = (a: Scored, b: Scored): number => b[1] - a[1] || a[0] - b[0];
  if (scored.length <= limit) return [...scored].sort(order);
  const scores = Float64Array.from(scored, ([, score]) => score).sort();
  const least = scores[scores.length - limit] ?? Number.POSITIVE_INFINITY;
  return scored
    .filter(([, score]) => score >= least)
    .sort(order)
    .slice(0, limit);
}
