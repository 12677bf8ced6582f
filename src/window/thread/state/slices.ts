import type { Steps } from "../../../shared/steps.ts";

/** Longest time that work holds the event loop, in milliseconds. */
const maxSliceMs = 8;

/** The pause that ends last: one slice runs per turn of the event loop, however many works are under way. */
let lastPause: Promise<void> = Promise.resolve();

/** Cuts long work into slices, between which other work runs. */
export class Slices {
  #start = performance.now();

  /** Pauses if the current slice is long enough. Call it between pieces of work. */
  async next(): Promise<void> {
    if (this.isLong) await this.pause();
  }

  /** Resolves after everything else that is due has run. */
  async pause(): Promise<void> {
    const turn = lastPause.then(() => new Promise<void>((resolve) => void setTimeout(resolve, 0)));
    lastPause = turn;
    await turn;
    this.#start = performance.now();
  }

  /** Runs all steps, with pauses between them, and returns the result. */
  async run<Result>(steps: Steps<Result>): Promise<Result> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      // Most steps need no pause, and an await for each would cost more than they do.
      if (this.isLong) await this.pause();
    }
  }

  /** True if the current slice is long enough. */
  get isLong(): boolean {
    return performance.now() - this.#start >= maxSliceMs;
  }
}
