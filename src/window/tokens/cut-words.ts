import { cutRuns } from "./cut-runs.ts";

/** Characters of a piece: a few milliseconds of counting. */
const pieceLength = 16_384;

/**
 * Ends of words and numbers before something that belongs to neither: the patterns of byte-pair vocabularies always split there,
 * whatever comes before and after. An apostrophe may begin an ending, as in don't.
 */
const wordEnd = /[\p{L}\p{N}](?=[^\p{L}\p{N}\p{M}'’])/gu;

/** Splits a text into pieces of some 16,000 characters whose byte-pair counts add up to the text's. */
export function* cutWords(text: string): Generator<string> {
  for (const piece of cutRuns(text)) {
    let from = 0;
    while (piece.length - from > 2 * pieceLength) {
      wordEnd.lastIndex = from + pieceLength;
      const match = wordEnd.exec(piece);
      if (match === null) break;
      const end = match.index + match[0].length;
      yield piece.slice(from, end);
      from = end;
    }
    yield from === 0 ? piece : piece.slice(from);
  }
}
