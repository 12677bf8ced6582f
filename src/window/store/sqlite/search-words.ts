/**
 * Encodes a term of a thread for the full-text index, as one token. It starts with the thread's number, so that a common word of one
 * thread costs nothing in another, and counts are exact within the thread. Plain words stay readable; anything else becomes
 * hexadecimal, because every tokenizer of SQLite changes some characters.
 */
export function encodeTerm(threadNumber: number, term: string): string {
  return /^[a-z0-9]+$/.test(term)
    ? `${threadNumber}t${term}`
    : `${threadNumber}x${Buffer.from(term, "utf8").toString("hex")}`;
}

/** Encodes the terms of an entry, joined by spaces, for the index. */
export function encodeTerms(threadNumber: number, terms: string): string {
  return terms
    .split(" ")
    .filter((term) => term !== "")
    .map((term) => encodeTerm(threadNumber, term))
    .join(" ");
}
