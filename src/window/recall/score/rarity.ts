import type { CollectionStatistics } from "../index/document.ts";
import type { RecallIndex } from "../index/recall-index.ts";

/** How rare terms are, in the index or in the larger collection from which its documents are candidates. */
export interface Rarity {
  readonly documentCount: number;
  /** Number of documents in which at least one of the terms is expected. */
  readonly frequency: (terms: readonly string[]) => number;
  /** BM25's inverse document frequency of terms that count as one word; 0 if none occurs. */
  readonly idf: (terms: readonly string[]) => number;
  /** Mean terms per document. */
  readonly averageLength: number;
}

/** Measures rarity by the collection's statistics if given, else by the index itself. */
export function measureRarity(index: RecallIndex, statistics?: CollectionStatistics): Rarity {
  const count = Math.max(1, statistics?.documentCount ?? index.passageCount);
  const averageLength = statistics?.averageLength ?? index.totalLength / Math.max(1, index.passageCount);
  const single = (term: string): number =>
    Math.min(count, statistics?.documentFrequency(term) ?? countLocally(index, term));
  // For several terms: their union if they were independent. A store does not report the true union.
  const frequency = (terms: readonly string[]): number => {
    const [only] = terms;
    if (terms.length === 1 && only !== undefined) return single(only);
    let missing = 1;
    for (const term of terms) missing *= 1 - single(term) / count;
    return count * (1 - missing);
  };
  const idf = (terms: readonly string[]): number => {
    const documents = frequency(terms);
    return documents === 0 ? 0 : Math.log(1 + (count - documents + 0.5) / (documents + 0.5));
  };
  return { documentCount: count, frequency, idf, averageLength };
}

function countLocally(index: RecallIndex, term: string): number {
  const passages = index.storage.postings.get(term)?.passages ?? [];
  return countBelow(passages, index.passageCount);
}

/** Counts the rising numbers below a limit: an index sees only its own part of shared postings. */
export function countBelow(rising: readonly number[], limit: number): number {
  let low = 0;
  let high = rising.length;
  if ((rising[high - 1] ?? -1) < limit) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
