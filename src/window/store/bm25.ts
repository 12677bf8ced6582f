/** BM25's saturation and length constants, the usual ones (Robertson and Zaragoza 2009); SQLite's FTS5 uses the same. */
const k1 = 1.2;
const b = 0.75;

/** Inverse document frequency of a term that `frequency` of `documents` hold, never below a small positive value (as FTS5). */
export function inverseFrequency(documents: number, frequency: number): number {
  return Math.max(1e-6, Math.log((documents - frequency + 0.5) / (frequency + 0.5)));
}

/** What a term adds to a document's score. */
export function termScore(idf: number, count: number, length: number, averageLength: number): number {
  return (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / Math.max(1, averageLength)));
}
