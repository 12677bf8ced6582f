import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { makeCandidatePool, canIndex, makeThreadPool } from "./recall-pool.ts";
import type { RecallPool, ThreadIndex } from "./recall-pool.ts";
import { recallFromPool } from "./recall-from-pool.ts";
import type { Recalled } from "./recall-from-pool.ts";

/** A query to a thread, with every field. */
export interface RecallRequest {
  readonly query: string;
  readonly budgetTokens: number;
  readonly scope: "thread" | "owner";
  /** Text that led to the query, at a lower weight. */
  readonly context: string | undefined;
  /** Returns true for entries to leave out. */
  readonly skip: (thread: string, seq: number) => boolean;
  /** Leaves out passages below this share of the best score, 0 to 1. */
  readonly minShare: number;
}

/** Recalls from a thread or from all threads of its owner; keeps the index of a short thread between queries. */
export class ThreadRecall {
  readonly #keeper: ThreadKeeper;
  #index: ThreadIndex | undefined;

  constructor(keeper: ThreadKeeper) {
    this.#keeper = keeper;
  }

  async recall(request: RecallRequest): Promise<Recalled> {
    const { counter, embedder, clock } = this.#keeper.context;
    const { query: text, context, scope, budgetTokens, skip, minShare } = request;
    const query = { text, ...(context === undefined ? {} : { context }), now: clock() };
    const pool =
      scope === "thread" && canIndex(this.#keeper.state.entries.length)
        ? await this.#indexedPool()
        : await makeCandidatePool(this.#keeper.context.store, await this.#threads(scope), query);
    return recallFromPool(pool, query, { budgetTokens, counter, embedder, skip, minShare });
  }

  async #indexedPool(): Promise<RecallPool> {
    const { context, id, state } = this.#keeper;
    const made = await makeThreadPool(context.store, id, state.entries.length, this.#index);
    this.#index = made.held;
    return made.pool;
  }

  async #threads(scope: "thread" | "owner"): Promise<readonly string[]> {
    if (scope === "thread") return [this.#keeper.id];
    const { context, state } = this.#keeper;
    return (await context.store.listThreads(state.record.owner)).map((record) => record.thread);
  }
}
