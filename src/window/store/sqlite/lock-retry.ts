/** Returns a random delay before the lock is tried again, 1 to 3 ms: short enough to get in during another process's gap. */
export function pickLockRetryMs(): number {
  return 1 + Math.random() * 2;
}

/** Returns a random delay before opening is tried again, 5 to 15 ms: each try blocks the event loop for up to 20 ms. */
export function pickOpenRetryMs(): number {
  return 5 + Math.random() * 10;
}

/** Waits without blocking the event loop. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
