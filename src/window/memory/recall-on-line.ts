import type { MemoryContext } from "./context.ts";
import type { LiveLine } from "./live-line.ts";
import { candidatePool, fitsWhole, wholePool } from "./recall-pool.ts";
import type { RecallPool, WholeIndex } from "./recall-pool.ts";
import { recallFromPool } from "./recall-stage.ts";
import type { Recalled } from "./recall-stage.ts";

/** Recalls on a line or on all lines of its owner; gives the index of the whole line back, to be kept. */
export async function recallOnLine(
  context: MemoryContext,
  live: LiveLine,
  held: WholeIndex | undefined,
  asked: {
    readonly query: string;
    readonly budgetTokens: number;
    readonly scope: "line" | "owner";
    readonly context: string | undefined;
  },
  how: { readonly skip: (line: string, seq: number) => boolean; readonly minShare: number },
): Promise<{ readonly recalled: Recalled; readonly whole: WholeIndex | undefined }> {
  const { store, counter, embedder, clock } = context;
  const { line, owner } = live.record;
  const query = { text: asked.query, context: asked.context, now: clock() };
  let pool: RecallPool;
  let whole = held;
  if (asked.scope === "line" && fitsWhole(live.entries.length)) {
    const made = await wholePool(store, line, live.entries.length, held);
    pool = made.pool;
    whole = made.held;
  } else {
    const lines =
      asked.scope === "line" ? [line] : (await store.listLines(owner)).map((record) => record.line);
    const terms = {
      text: asked.query,
      ...(asked.context === undefined ? {} : { context: asked.context }),
      now: query.now,
    };
    pool = await candidatePool(store, lines, terms);
  }
  const recalled = await recallFromPool(pool, query, {
    budgetTokens: asked.budgetTokens,
    counter,
    embedder,
    ...how,
  });
  return { recalled, whole };
}
