import type { ContinuedThread, ThreadKeeper } from "../state/thread-keeper.ts";
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

/** Recalls from a thread with those it continues, or from all threads of its owner; keeps the index of a short thread between queries. */
export class ThreadRecall {
  readonly #keeper: ThreadKeeper;
  #index: ThreadIndex | undefined;
  /** Threads that it continues; they never change. */
  #continued: readonly ContinuedThread[] | undefined;

  constructor(keeper: ThreadKeeper) {
    this.#keeper = keeper;
  }

  /** Returns true if the thread continues another one, whose entries are recalled too. Errors: store errors. */
  async isContinuing(): Promise<boolean> {
    this.#continued ??= await this.#keeper.listContinued();
    return this.#continued.length > 0;
  }

  async recall(request: RecallRequest): Promise<Recalled> {
    const { counter, embedder, clock } = this.#keeper.context;
    const { query: text, context, scope, budgetTokens, minShare } = request;
    const { id, state } = this.#keeper;
    // The entries are read from the store.
    await this.#keeper.settle();
    const threads = await this.#threads(scope);
    const pasts = new Map((this.#continued ?? []).map((past) => [past.thread, past.end]));
    const end = state.view?.end ?? state.entries.length;
    // What follows the history that the client holds is a branch that it left.
    const skip = (thread: string, seq: number): boolean =>
      (thread === id && seq >= end) ||
      (scope === "thread" && seq >= (pasts.get(thread) ?? end)) ||
      request.skip(thread, seq);
    const query = { text, ...(context === undefined ? {} : { context }), now: clock() };
    const pool =
      threads.length === 1 && threads[0] === id && canIndex(state.entries.length)
        ? await this.#indexedPool()
        : await makeCandidatePool(this.#keeper.context.store, threads, query);
    return recallFromPool(pool, query, { budgetTokens, counter, embedder, skip, minShare, thread: id });
  }

  async #indexedPool(): Promise<RecallPool> {
    const { context, id, state } = this.#keeper;
    const made = await makeThreadPool(context.store, id, state.entries.length, this.#index);
    this.#index = made.held;
    return made.pool;
  }

  async #threads(scope: "thread" | "owner"): Promise<readonly string[]> {
    if (scope === "thread")
      return [
        this.#keeper.id,
        ...(this.#continued ??= await this.#keeper.listContinued()).map(({ thread }) => thread),
      ];
    const { context, state } = this.#keeper;
    return (await context.store.listThreads(state.record.owner)).map((record) => record.thread);
  }
}
