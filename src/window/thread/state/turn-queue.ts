/** Runs one piece of work after the other: a thread's appends and windows must not run into each other. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    // A fault is the caller's; the next in the queue starts all the same.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
