import { isLoadlineError } from "../../../shared/errors.ts";
import { TurnQueue } from "./turn-queue.ts";

/**
 * A turn of a thread whose result is known while it is still being stored. Work on the result runs inside it, on the state as it will
 * be; everything else waits until the turn is closed.
 */
export class OpenTurn {
  readonly #inner = new TurnQueue();
  #isOpen = true;
  #isAwaited = false;
  #failure: { readonly error: unknown } | undefined;
  /** Settles with the commit. */
  readonly #committed: Promise<void>;

  constructor(commit: (turn: OpenTurn) => Promise<void>) {
    this.#committed = commit(this).catch((error: unknown) => {
      this.#failure = { error };
      throw error;
    });
    // Whoever waits for it gets the error; without anyone, the next call on the thread does.
    this.#committed.catch(() => undefined);
  }

  /** Resolves when everything is durable; rejects if it could not be stored. The caller then knows of the failure. */
  get committed(): Promise<void> {
    this.#isAwaited = true;
    return this.#committed;
  }

  /** Resolves when the turn has ended, with its failure if nobody waited for it. */
  async end(): Promise<{ readonly error: unknown } | undefined> {
    await this.#committed.catch(() => undefined);
    return this.#isAwaited ? undefined : this.#failure;
  }

  /**
   * Runs work inside the turn while it is open, else by `later`, as also after another process wrote in between. Errors: that of the
   * commit if it failed.
   */
  async run<Result>(
    work: () => Promise<Result>,
    later: (work: () => Promise<Result>) => Promise<Result>,
  ): Promise<Result> {
    if (this.#isOpen) {
      try {
        return await this.#inner.run(work);
      } catch (error) {
        if (!isLoadlineError(error, "head-moved")) throw error;
      }
    }
    return later(async () => {
      await this.committed;
      return work();
    });
  }

  /** Takes no more work, and resolves when what was begun has ended. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#inner.idle();
  }

  /** Resolves when no work is going on. */
  idle(): Promise<void> {
    return this.#inner.idle();
  }
}
