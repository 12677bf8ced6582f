/** Byte offsets in the control block at the start of the arena, the same as in `assembly/control.ts`. */
export const control = {
  samples: 0,
  accumulate: 4,
  sampleBase: 8,
  lossScale: 12,
  rate: 16,
  epsilon: 20,
  decay: 24,
  secondBeta: 28,
  dropoutKey: 32,
  program: 36,
  first: 40,
  last: 44,
  threads: 48,
  stop: 52,
  training: 56,
  /** Number of threads that have started; the kernels do not read it. */
  started: 60,
} as const;

/** Bytes of the control block: its words, and five cache lines on which threads synchronize. */
export const controlBytes = 384;
