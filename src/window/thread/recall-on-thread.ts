import type { MemoryContext } from "./context.ts";
import type { LiveThread } from "./live-thread.ts";
import { candidatePool, fitsWhole, wholePool } from "./recall-pool.ts";
import type { RecallPool, WholeIndex } from "./recall-pool.ts";
import { recallFromPool } from "./recall-stage.ts";
import type { Recalled } from "./recall-stage.ts";

/** Recalls on a thread or on all threads of its owner; gives the index of the whole thread back, to be kept. */
export async function recallOnThread(
  context: MemoryContext,
  live: LiveThread,
  held: WholeIndex | undefined,
  asked: {
    readonly query: string;
    readonly budgetTokens: number;
    readonly scope: "thread" | "owner";
    readonly context: string | undefined;
  },
  how: { readonly skip: (thread: string, seq: number) => boolean; readonly minShare: number },
): Promise<{ readonly recalled: Recalled; readonly whole: WholeIndex | undefined }> {
  const { store, counter, embedder, clock } = context;
  const { thread, owner } = live.record;
  const query = { text: asked.query, context: asked.context, now: clock() };
  let pool: RecallPool;
  let whole = held;
  if (asked.scope === "thread" && fitsWhole(live.entries.length)) {
    const made = await wholePool(store, thread, live.entries.length, held);
    pool = made.pool;
    whole = made.held;
  } else {
    const threads =
      asked.scope === "thread" ? [thread] : (await store.listThreads(owner)).map((record) => record.thread);
    const terms = {
      text: asked.query,
      ...(asked.context === undefined ? {} : { context: asked.context }),
      now: query.now,
    };
    pool = await candidatePool(store, threads, terms);
  }
  const recalled = await recallFromPool(pool, query, {
    budgetTokens: asked.budgetTokens,
    counter,
    embedder,
    ...how,
  });
  return { recalled, whole };
}
