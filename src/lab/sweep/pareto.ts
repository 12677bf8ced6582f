import type { SweepRow } from "./sweep.ts";

/** True where `a` is nowhere worse than `b` and somewhere better, in bytes, seconds and accuracy. */
function beats(a: SweepRow, b: SweepRow, withTime: boolean): boolean {
  const noWorse =
    a.peakBytes <= b.peakBytes && a.accuracy >= b.accuracy && (!withTime || a.seconds <= b.seconds);
  const better = a.peakBytes < b.peakBytes || a.accuracy > b.accuracy || (withTime && a.seconds < b.seconds);
  return noWorse && better;
}

/**
 * The rows that no other row beats: to be lighter or more accurate (or, with time, quicker) than one of them, something else must
 * be given up. Lightest first.
 */
export function paretoFront(rows: readonly SweepRow[], withTime = false): readonly SweepRow[] {
  return rows
    .filter((row) => !rows.some((other) => beats(other, row, withTime)))
    .toSorted((a, b) => a.peakBytes - b.peakBytes || b.accuracy - a.accuracy);
}
