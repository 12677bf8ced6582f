/** A need for `size` bytes from operation `first` to operation `last`, both included. */
export interface Lifetime {
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** Offset of each lifetime, and the height of the layout. */
export interface Layout {
  readonly offsets: readonly number[];
  readonly height: number;
}

function overlap(a: Lifetime, b: Lifetime): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Computes the largest need at any moment, below which no layout can go. */
export function highestLoad(lifetimes: readonly Lifetime[]): number {
  const moments = new Set(lifetimes.map((lifetime) => lifetime.first));
  let highest = 0;
  for (const moment of moments) {
    let load = 0;
    for (const lifetime of lifetimes)
      if (lifetime.first <= moment && moment <= lifetime.last) load += lifetime.size;
    highest = Math.max(highest, load);
  }
  return highest;
}

/** Puts lifetimes one by one, in the given order, into the lowest gap between those that overlap in time. */
function placeInOrder(lifetimes: readonly Lifetime[], order: readonly number[]): Layout {
  const offsets = Array.from<number>({ length: lifetimes.length }).fill(0);
  const placed: number[] = [];
  let height = 0;
  for (const index of order) {
    const lifetime = lifetimes[index];
    if (lifetime === undefined) continue;
    const others = placed
      .filter((other) => overlap(lifetime, lifetimes[other] ?? lifetime))
      .sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
    let offset = 0;
    for (const other of others) {
      const start = offsets[other] ?? 0;
      if (offset + lifetime.size <= start) break;
      offset = Math.max(offset, start + (lifetimes[other]?.size ?? 0));
    }
    offsets[index] = offset;
    height = Math.max(height, offset + lifetime.size);
    placed.push(index);
  }
  return { offsets, height };
}

/**
 * Finds offsets at which lifetimes that overlap in time do not overlap in memory. Tries several orders (large first, long-lived
 * first, by time) and returns the lowest layout; it is often as low as `highestLoad`, which no layout can beat.
 */
export function layOut(lifetimes: readonly Lifetime[]): Layout {
  const indexes = lifetimes.map((_, index) => index);
  const size = (i: number): number => lifetimes[i]?.size ?? 0;
  const life = (i: number): number => (lifetimes[i]?.last ?? 0) - (lifetimes[i]?.first ?? 0);
  const start = (i: number): number => lifetimes[i]?.first ?? 0;
  const orders = [
    indexes.toSorted((a, b) => size(b) - size(a) || life(b) - life(a) || a - b),
    indexes.toSorted((a, b) => life(b) - life(a) || size(b) - size(a) || a - b),
    indexes.toSorted((a, b) => life(b) * size(b) - life(a) * size(a) || a - b),
    indexes.toSorted((a, b) => start(a) - start(b) || size(b) - size(a) || a - b),
  ];
  const layouts = orders.map((order) => placeInOrder(lifetimes, order));
  return layouts.reduce((best, layout) => (layout.height < best.height ? layout : best));
}
