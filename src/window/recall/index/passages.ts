import type { TextRange } from "../../../shared/json/text-range.ts";

/** Where a text may be cut, best first: between paragraphs, lines, sentences, words. */
const seams: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /[.!?。！？]\s*/g, /\s+/g];

/**
 * Cuts a text of `tokens` tokens into ranges of at most about `passageTokens`, so that recall can pack the useful part of a
 * long tool result. The ranges cover the text in order, without gap or overlap; a text that is short enough is one range.
 * Assumes that tokens are evenly spread over the characters.
 */
export function splitPassages(text: string, tokens: number, passageTokens: number): readonly TextRange[] {
  const count = Math.ceil(tokens / passageTokens);
  if (count <= 1 || text.length <= 1) return [{ start: 0, end: text.length }];
  const limit = Math.max(1, Math.floor((text.length * passageTokens) / tokens));
  const ranges: TextRange[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const end = start + findSeam(text.slice(start, start + limit));
    ranges.push({ start, end });
    start = end;
  }
  ranges.push({ start, end: text.length });
  return ranges;
}

/** Returns the last good seam in the second half of a text, or else its end. Never splits a surrogate pair. */
function findSeam(text: string): number {
  const half = text.length / 2;
  for (const seam of seams) {
    let last = 0;
    for (const match of text.matchAll(seam)) last = match.index + match[0].length;
    if (last > half) return last;
  }
  const lastUnit = text.charCodeAt(text.length - 1);
  const cutsPair = lastUnit >= 0xd800 && lastUnit <= 0xdbff && text.length > 1;
  return cutsPair ? text.length - 1 : text.length;
}
