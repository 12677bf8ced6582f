import { LoadlineError } from "../../../shared/errors.ts";
import type { Passage } from "../index/document.ts";

/** Turns texts into vectors, one per text, all of one length. */
export interface Embedder {
  /** Stored with the vectors: vectors of different names must not be compared. */
  readonly name: string;
  readonly embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
}

/** Vectors that one embedder made beforehand, for the ranker. */
export interface QueryEmbedding {
  readonly query: Float32Array;
  /** Returns the vector of a passage; `undefined` if there is none yet: the passage then ranks by its words alone. */
  readonly vectorOf: (passage: Passage) => Float32Array | undefined;
}

/**
 * Returns the cosine of the angle between two vectors, from -1 to 1; 0 for a zero vector. Errors: `invalid-data` for different
 * lengths.
 */
export function cosine(first: Float32Array, second: Float32Array): number {
  if (first.length !== second.length) {
    throw new LoadlineError(
      "invalid-data",
      `vectors: got lengths ${first.length} and ${second.length}, allowed: equal`,
      { details: { first: first.length, second: second.length } },
    );
  }
  let product = 0;
  let firstSquared = 0;
  let secondSquared = 0;
  for (let position = 0; position < first.length; position++) {
    const one = first[position] ?? 0;
    const other = second[position] ?? 0;
    product += one * other;
    firstSquared += one * one;
    secondSquared += other * other;
  }
  const lengths = Math.sqrt(firstSquared * secondSquared);
  return lengths === 0 || !Number.isFinite(lengths) ? 0 : product / lengths;
}
