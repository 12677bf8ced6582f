import { finish } from "../../shared/steps.ts";
import type { Steps } from "../../shared/steps.ts";

/**
 * Longest run without a break for a byte-pair encoder: merging is quadratic in such a run (20,000 times "a" in one piece is
 * slow, a megabyte takes minutes). Words, punctuation and whitespace of real text are far shorter.
 */
const maxRunLength = 400;

// The classes by which a tokenizer's own pattern splits, so that only a run which it could not split is cut.
const longRun = /[\p{L}\p{M}]{401,}|[^\s\p{L}\p{N}]{401,}|\s{401,}/gu;

/**
 * Splits a text into pieces without runs longer than 400 characters. Returns a text without such runs in one piece, so its
 * count stays exact. A cut changes the count by at most one token per 400 characters.
 */
export function cutRuns(text: string): readonly string[] {
  return finish(cutRunsInSteps(text));
}

function* cutRunsInSteps(text: string): Steps<readonly string[]> {
  if (text.length <= maxRunLength) return [text];
  const pieces: string[] = [];
  let from = 0;
  for (let start = 0; start < text.length;) {
    const stop = findRunsEnd(text, start);
    for (const match of text.slice(start, stop).matchAll(longRun)) {
      const runStart = start + match.index;
      const end = runStart + match[0].length;
      while (end - from > maxRunLength) {
        const cut = findNextCut(text, from, runStart);
        pieces.push(text.slice(from, cut));
        from = cut;
      }
    }
    start = stop;
    if (start < text.length) yield;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** Characters searched for runs at once: about a millisecond. */
const searchedLength = 65_536;

/** No run of one class goes on from a character that is not white space to one that is. */
const runsEnd = /\S(?=\s)/g;

/** Returns where the search for runs may pause: a run that begins before it ends before it. */
function findRunsEnd(text: string, start: number): number {
  if (text.length - start <= searchedLength) return text.length;
  runsEnd.lastIndex = start + searchedLength;
  const match = runsEnd.exec(text);
  return match === null ? text.length : match.index + 1;
}

/**
 * Returns the end of the next piece: the start of the run if it is ahead, else 400 characters on, never inside a surrogate
 * pair.
 */
function findNextCut(text: string, from: number, runStart: number): number {
  if (runStart > from) return runStart;
  const cut = from + maxRunLength;
  const code = text.charCodeAt(cut - 1);
  return code >= 0xd800 && code <= 0xdbff ? cut - 1 : cut;
}

/** Characters of a piece: a few milliseconds of counting. */
const pieceLength = 16_384;

/**
 * Ends of words and numbers before something that belongs to neither: the patterns of byte-pair vocabularies always split there,
 * whatever comes before and after. An apostrophe may begin an ending, as in don't.
 */
const wordEnd = /[\p{L}\p{N}](?=[^\p{L}\p{N}\p{M}'’])/gu;

/**
 * Splits a text into pieces of some 16,000 characters whose byte-pair counts add up to the text's. Yields empty pieces while it only
 * searches, so that a caller may pause there.
 */
export function* cutWords(text: string): Generator<string> {
  const search = cutRunsInSteps(text);
  let step = search.next();
  for (; step.done !== true; step = search.next()) yield "";
  for (const piece of step.value) {
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
