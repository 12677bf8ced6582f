/**
 * A term of a thread as the full-text index keeps it: one token, whatever the term holds. The thread's number leads, so that a
 * common word of one thread costs nothing in another, and counts are exact within the thread. Plain words stay readable;
 * anything else is written in hexadecimal, because no tokenizer of SQLite leaves every character alone.
 */
export function encodeTerm(threadNumber: number, term: string): string {
  return /^[a-z0-9]+$/.test(term)
    ? `${threadNumber}t${term}`
    : `${threadNumber}x${Buffer.from(term, "utf8").toString("hex")}`;
}

/** The indexed text of an entry. */
export function indexedWords(threadNumber: number, terms: string): string {
  return splitTerms(terms)
    .map((term) => encodeTerm(threadNumber, term))
    .join(" ");
}

/** The terms of an entry, one by one. */
function splitTerms(terms: string): readonly string[] {
  return terms.split(" ").filter((term) => term !== "");
}
