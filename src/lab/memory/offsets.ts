/** Something that needs `size` units from one moment to another. */
export interface Span {
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** Where each span lies, and the height of the whole. */
export interface Layout {
  readonly offsets: readonly number[];
  readonly height: number;
}

function meet(a: Span, b: Span): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The least height any layout can have: the most that is needed at one moment. */
export function highestLoad(spans: readonly Span[]): number {
  const moments = new Set(spans.map((span) => span.first));
  let highest = 0;
  for (const moment of moments) {
    let load = 0;
    for (const span of spans) if (span.first <= moment && moment <= span.last) load += span.size;
    highest = Math.max(highest, load);
  }
  return highest;
}

/** Puts spans one by one, in the order given, into the lowest gap left by those that are there at the same time. */
function placeInOrder(spans: readonly Span[], order: readonly number[]): Layout {
  const offsets = Array.from<number>({ length: spans.length }).fill(0);
  const placed: number[] = [];
  let height = 0;
  for (const index of order) {
    const span = spans[index];
    if (span === undefined) continue;
    const others = placed
      .filter((other) => meet(span, spans[other] ?? span))
      .sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
    let offset = 0;
    for (const other of others) {
      const start = offsets[other] ?? 0;
      if (offset + span.size <= start) break;
      offset = Math.max(offset, start + (spans[other]?.size ?? 0));
    }
    offsets[index] = offset;
    height = Math.max(height, offset + span.size);
    placed.push(index);
  }
  return { offsets, height };
}

/**
 * Offsets at which no two spans that live at the same time overlap. Several orders are tried (large first, long-lived first, by
 * time) and the lowest layout is taken; it is often as low as `highestLoad`, which no layout can beat.
 */
export function layOut(spans: readonly Span[]): Layout {
  const indexes = spans.map((_, index) => index);
  const size = (i: number): number => spans[i]?.size ?? 0;
  const life = (i: number): number => (spans[i]?.last ?? 0) - (spans[i]?.first ?? 0);
  const start = (i: number): number => spans[i]?.first ?? 0;
  const orders = [
    indexes.toSorted((a, b) => size(b) - size(a) || life(b) - life(a) || a - b),
    indexes.toSorted((a, b) => life(b) - life(a) || size(b) - size(a) || a - b),
    indexes.toSorted((a, b) => life(b) * size(b) - life(a) * size(a) || a - b),
    indexes.toSorted((a, b) => start(a) - start(b) || size(b) - size(a) || a - b),
  ];
  const layouts = orders.map((order) => placeInOrder(spans, order));
  return layouts.reduce((best, layout) => (layout.height < best.height ? layout : best));
}
