import type { CachePrices } from "../../prices/cache-prices.ts";
import type { Embedder } from "../../recall/rank/embedder.ts";
import type { Store } from "../../store/store.ts";
import type { Calibration } from "../../tokens/calibration.ts";
import type { TokenCounter } from "../../tokens/counter.ts";
import type { EntryTexts } from "./entry-texts.ts";

/** What a memory hands to all its threads: the world's edges, given once. */
export interface MemoryContext {
  readonly store: Store;
  readonly counter: TokenCounter;
  /** The same counter, which remembers short texts. */
  readonly countShort: (text: string) => number;
  /** Name of the model, under which calibration is kept. */
  readonly model: string;
  readonly prices: CachePrices;
  /** Milliseconds since 1970 UTC. */
  readonly clock: () => number;
  readonly embedder: Embedder | undefined;
  /** What was learned of the model's real counts; replaced as a whole when something new is learned. */
  readonly calibration: { current: Calibration };
}

/** The same for one thread, with the texts it has loaded. */
export interface ThreadContext extends MemoryContext {
  readonly texts: EntryTexts;
}
