/** BM25's saturation and length constants: the usual ones (Robertson and Zaragoza 2009), as in SQLite's FTS5. */
const k1 = 1.2;
const b = 0.75;

/** Returns the inverse document frequency of a term that `frequency` of `documents` contain; at least 1e-6, as in FTS5. */
export function computeInverseFrequency(documents: number, frequency: number): number {
  return Math.max(1e-6, Math.log((documents - frequency + 0.5) / (frequency + 0.5)));
}

/** Returns what a term adds to a document's score. */
export function scoreTerm(idf: number, count: number, length: number, averageLength: number): number {
  return (idf * count * (k1 + 1)) / (count + k1 * (1 - b + (b * length) / Math.max(1, averageLength)));
}
