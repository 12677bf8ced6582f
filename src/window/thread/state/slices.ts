/** Longest time that work holds the event loop, in milliseconds. */
const maxSliceMs = 8;

/** Cuts long work into slices, between which other work runs. */
export class Slices {
  #start = performance.now();

  /** Pauses if the current slice is long enough. Call it between pieces of work. */
  async next(): Promise<void> {
    if (performance.now() - this.#start < maxSliceMs) return;
    await this.pause();
  }

  /** Resolves after everything else that is due has run. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
    this.#start = performance.now();
  }
}
