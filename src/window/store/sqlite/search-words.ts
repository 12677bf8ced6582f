/**
 * Terms as the full-text index keeps them: one token each, whatever they hold. Plain words stay readable; anything else is
 * written in hexadecimal, because no tokenizer of SQLite leaves every character alone. A line's own token narrows a search.
 */
export function encodeTerm(term: string): string {
  return /^[a-z0-9]+$/.test(term) ? `t${term}` : `x${Buffer.from(term, "utf8").toString("hex")}`;
}

/** The token of a line in each of its rows. */
export function scopeToken(lineNumber: number): string {
  return `s${lineNumber}`;
}

/** The indexed text of an entry: its line's token, then its terms. */
export function indexedWords(lineNumber: number, terms: string): string {
  const words = terms === "" ? [] : terms.split(" ");
  return [scopeToken(lineNumber), ...words.map(encodeTerm)].join(" ");
}

/** How many terms an entry has. */
export function termCount(terms: string): number {
  return terms === "" ? 0 : terms.split(" ").length;
}
