/** Runs pieces of work one after the other: a thread's appends and windows must not overlap. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** True if no work runs or waits. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    const runCounted = (): Promise<Result> =>
      work().finally(() => {
        this.#waiting--;
      });
    const turn = this.#last.then(runCounted, runCounted);
    // An error belongs to the caller; the next piece starts anyway.
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all work so far has ended. */
  async idle(): Promise<void> {
    let last: Promise<unknown> | undefined;
    while (last !== this.#last) {
      last = this.#last;
      await last;
    }
  }
}
