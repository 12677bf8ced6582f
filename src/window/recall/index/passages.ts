import type { TextRange } from "../../../shared/json/text-range.ts";

/** Where a text may be cut, best first: between paragraphs, lines, sentences, words. */
const seams: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /[.!?。！？]\s*/g, /\s+/g];

/**
 * Cuts a text of `tokens` tokens into ranges of at most about `passageTokens`, so that one long tool result is
 * packed by its useful part and never blocks the rest. They cover the text without gap or overlap, in order; a
 * text that is short enough is one range. Tokens are taken as evenly spread over the characters.
 */
export function splitPassages(text: string, tokens: number, passageTokens: number): readonly TextRange[] {
  const count = Math.ceil(tokens / passageTokens);
  if (count <= 1 || text.length <= 1) return [{ start: 0, end: text.length }];
  const limit = Math.max(1, Math.floor((text.length * passageTokens) / tokens));
  const ranges: TextRange[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const end = start + seamWithin(text.slice(start, start + limit));
    ranges.push({ start, end });
    start = end;
  }
  ranges.push({ start, end: text.length });
  return ranges;
}

/** The last good seam in the second half of the stretch, else its end. Never parts a surrogate pair. */
function seamWithin(stretch: string): number {
  const half = stretch.length / 2;
  for (const seam of seams) {
    let last = 0;
    for (const match of stretch.matchAll(seam)) last = match.index + match[0].length;
    if (last > half) return last;
  }
  const lastUnit = stretch.charCodeAt(stretch.length - 1);
  const cutsPair = lastUnit >= 0xd800 && lastUnit <= 0xdbff && stretch.length > 1;
  return cutsPair ? stretch.length - 1 : stretch.length;
}
