import type { SweepRow } from "./sweep.ts";

/** Returns whether `a` is nowhere worse than `b` and somewhere better, in bytes, accuracy and, with time, seconds. */
function beats(a: SweepRow, b: SweepRow, withTime: boolean): boolean {
  const noWorse =
    a.peakBytes <= b.peakBytes && a.accuracy >= b.accuracy && (!withTime || a.seconds <= b.seconds);
  const better = a.peakBytes < b.peakBytes || a.accuracy > b.accuracy || (withTime && a.seconds < b.seconds);
  return noWorse && better;
}

/**
 * Returns the rows that no other row beats: a row that is lighter or more accurate (or, with time, faster) is worse elsewhere.
 * Lightest first.
 */
export function paretoFront(rows: readonly SweepRow[], withTime = false): readonly SweepRow[] {
  return rows
    .filter((row) => !rows.some((other) => beats(other, row, withTime)))
    .toSorted((a, b) => a.peakBytes - b.peakBytes || b.accuracy - a.accuracy);
}
