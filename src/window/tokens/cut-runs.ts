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
  if (text.length <= maxRunLength) return [text];
  const pieces: string[] = [];
  let from = 0;
  for (const match of text.matchAll(longRun)) {
    const end = match.index + match[0].length;
    while (end - from > maxRunLength) {
      const cut = findNextCut(text, from, match.index);
      pieces.push(text.slice(from, cut));
      from = cut;
    }
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
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
