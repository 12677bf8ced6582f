/** Exit codes of a process that a signal ended, as shells give them: 128 and the signal's number. */
const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof signalExitCodes;

/** Result of work that can be interrupted, and the exit code of the signal that stopped it. */
export interface Interrupted<Result> {
  readonly result: Result;
  /** 130 after Ctrl-C, 143 after SIGTERM, 0 if nothing stopped it. */
  readonly exitCode: number;
}

/**
 * Runs long work that Ctrl-C or SIGTERM can interrupt: the first signal requests a stop, so that the work can save its state;
 * a second one ends the process at once.
 */
export async function withInterrupt<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Interrupted<Result>> {
  const stop = new AbortController();
  let exitCode = 0;
  const listeners = (Object.keys(signalExitCodes) as Signal[]).map((signal) => {
    const listener = (): void => {
      exitCode = signalExitCodes[signal];
      stop.abort();
    };
    process.once(signal, listener);
    return { signal, listener };
  });
  try {
    return { result: await work(stop.signal), exitCode };
  } finally {
    for (const { signal, listener } of listeners) process.removeListener(signal, listener);
  }
}
