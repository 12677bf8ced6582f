/** Runs work and returns its result and duration. */
export async function timeWork<Value>(
  work: () => Promise<Value> | Value,
): Promise<{ readonly value: Value; readonly ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}

/** Median and 99th percentile of timings, in milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Computes percentiles by nearest rank; all are zero without timings. */
export function spread(timings: readonly number[]): Spread {
  const sorted = [...timings].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}
