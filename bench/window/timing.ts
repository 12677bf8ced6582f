/** Milliseconds of a piece of work, with what it gave. */
export async function timed<Value>(
  work: () => Promise<Value> | Value,
): Promise<{ readonly value: Value; readonly ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}

/** The middle and the slow end of many timings, in milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Percentiles by nearest rank; of no timings all are zero. */
export function spread(timings: readonly number[]): Spread {
  const sorted = [...timings].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}
