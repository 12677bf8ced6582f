// The first bytes of the arena: what changes from step to step, and the words on which threads synchronize. Byte offsets, the
// same as in ../control.ts. Each word that several threads write has a cache line of its own.

export const SAMPLES: usize = 0;
export const ACCUMULATE: usize = 4;
export const SAMPLE_BASE: usize = 8;
export const LOSS_SCALE: usize = 12;
export const RATE: usize = 16;
export const EPSILON: usize = 20;
export const DECAY: usize = 24;
export const SECOND_BETA: usize = 28;
export const DROPOUT_KEY: usize = 32;
export const PROGRAM: usize = 36;
export const FIRST: usize = 40;
export const LAST: usize = 44;
export const THREADS: usize = 48;
export const STOP: usize = 52;
export const TRAINING: usize = 56;
export const ARRIVED: usize = 64;
export const ROUND: usize = 128;
export const SLEEPERS: usize = 192;
export const GO: usize = 256;
export const GO_SLEEPERS: usize = 320;

/** Reads of a word before a thread sleeps on it: some hundred microseconds, longer than it takes to read a batch. */
const PATIENCE: u32 = 200000;

/** Waits until the word at `address` is no longer `old`. */
function waitForChange(address: usize, old: i32, sleepers: usize): void {
  for (let look: u32 = 0; look < PATIENCE; look++) {
    if (atomic.load<i32>(address) != old) return;
  }
  atomic.add<i32>(sleepers, 1);
  while (atomic.load<i32>(address) == old) atomic.wait<i32>(address, old, -1);
  atomic.sub<i32>(sleepers, 1);
}

/** Adds one to the word at `address` and wakes whoever sleeps on it. */
function change(address: usize, sleepers: usize): void {
  atomic.add<i32>(address, 1);
  if (atomic.load<i32>(sleepers) > 0) atomic.notify(address, -1);
}

/** Barrier: returns once all threads have called it. */
export function meet(): void {
  const threads = i32.load(THREADS);
  if (threads <= 1) return;
  const round = atomic.load<i32>(ROUND);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    change(ROUND, SLEEPERS);
  } else {
    waitForChange(ROUND, round, SLEEPERS);
  }
}

/** Lets the other threads run the operations named in the control block. */
export function release(): void {
  if (i32.load(THREADS) > 1) change(GO, GO_SLEEPERS);
}

/** Waits for the release after `seen`, the last one known; returns its number. */
export function awaitRelease(seen: i32): i32 {
  waitForChange(GO, seen, GO_SLEEPERS);
  return atomic.load<i32>(GO);
}
