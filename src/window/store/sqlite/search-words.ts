/**
 * A term of a line as the full-text index keeps it: one token, whatever the term holds. The line's number leads, so that a
 * common word of one line costs nothing in another, and counts are exact within the line. Plain words stay readable;
 * anything else is written in hexadecimal, because no tokenizer of SQLite leaves every character alone.
 */
export function encodeTerm(lineNumber: number, term: string): string {
  return /^[a-z0-9]+$/.test(term)
    ? `${lineNumber}t${term}`
    : `${lineNumber}x${Buffer.from(term, "utf8").toString("hex")}`;
}

/** The indexed text of an entry. */
export function indexedWords(lineNumber: number, terms: string): string {
  return splitTerms(terms)
    .map((term) => encodeTerm(lineNumber, term))
    .join(" ");
}

/** The terms of an entry, one by one. */
function splitTerms(terms: string): readonly string[] {
  return terms.split(" ").filter((term) => term !== "");
}
