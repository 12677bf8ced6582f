/** A stretch of text: UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a text may be cut, best first: between paragraphs, lines, sentences, words. */
const seams: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /[.!?。！？]\s*/g, /\s+/g];

/**
 * Cuts a text of `tokens` tokens into spans of at most about `passageTokens`, so that one long tool result is
 * packed by its useful part and never blocks the rest. Spans cover the text without gap or overlap, in order; a
 * text that is short enough is one span. Tokens are taken as evenly spread over the characters.
 */
export function splitPassages(text: string, tokens: number, passageTokens: number): readonly Span[] {
  const spanCount = Math.ceil(tokens / passageTokens);
  if (spanCount <= 1 || text.length <= 1) return [{ start: 0, end: text.length }];
  const limit = Math.max(1, Math.floor((text.length * passageTokens) / tokens));
  const spans: Span[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const end = start + seamWithin(text.slice(start, start + limit));
    spans.push({ start, end });
    start = end;
  }
  spans.push({ start, end: text.length });
  return spans;
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
