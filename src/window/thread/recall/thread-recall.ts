import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { candidatePool, fitsWhole, wholePool } from "./recall-pool.ts";
import type { RecallPool, WholeIndex } from "./recall-pool.ts";
import { recallFromPool } from "./recall-from-pool.ts";
import type { Recalled } from "./recall-from-pool.ts";

/** A question to a thread, every field given. */
export interface RecallRequest {
  readonly query: string;
  readonly budgetTokens: number;
  readonly scope: "thread" | "owner";
  /** Words that led to the question, at a lower weight. */
  readonly context: string | undefined;
  /** Entries that are not wanted. */
  readonly skip: (thread: string, seq: number) => boolean;
  /** Passages below this share of the best score, 0 to 1, are left out. */
  readonly minShare: number;
}

/** Recalls on a thread or on all threads of its owner; keeps the index of a short thread from one query to the next. */
export class ThreadRecall {
  readonly #keeper: ThreadKeeper;
  #whole: WholeIndex | undefined;

  constructor(keeper: ThreadKeeper) {
    this.#keeper = keeper;
  }

  async recall(request: RecallRequest): Promise<Recalled> {
    const { counter, embedder, clock } = this.#keeper.context;
    const { query: text, context, scope, budgetTokens, skip, minShare } = request;
    const query = { text, ...(context === undefined ? {} : { context }), now: clock() };
    const pool =
      scope === "thread" && fitsWhole(this.#keeper.state.entries.length)
        ? await this.#wholeThread()
        : await candidatePool(this.#keeper.context.store, await this.#threads(scope), query);
    return recallFromPool(pool, query, { budgetTokens, counter, embedder, skip, minShare });
  }

  async #wholeThread(): Promise<RecallPool> {
    const { context, id, state } = this.#keeper;
    const made = await wholePool(context.store, id, state.entries.length, this.#whole);
    this.#whole = made.held;
    return made.pool;
  }

  async #threads(scope: "thread" | "owner"): Promise<readonly string[]> {
    if (scope === "thread") return [this.#keeper.id];
    const { context, state } = this.#keeper;
    return (await context.store.listThreads(state.record.owner)).map((record) => record.thread);
  }
}
