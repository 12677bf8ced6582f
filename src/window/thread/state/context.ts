import type { CachePrices } from "../../prices/cache-prices.ts";
import type { ModelFacts } from "../../prices/model-facts.ts";
import type { Embedder } from "../../recall/rank/embedder.ts";
import type { Store } from "../../store/store.ts";
import type { Calibration } from "../../tokens/calibration.ts";
import type { TokenCounter } from "../../tokens/counter.ts";
import type { RecentRequests } from "../sync/recent-requests.ts";
import type { EntryTexts } from "./entry-texts.ts";

/** What all threads of a memory share: store, counter, prices, clock, embedder, calibration. */
export interface MemoryContext {
  readonly store: Store;
  readonly counter: TokenCounter;
  /** Counts with the same counter, and caches short texts. */
  readonly countShort: (text: string) => number;
  /** Name of the model, under which calibration is kept. */
  readonly model: string;
  /** Context window and prices of the model, if they are known. */
  readonly modelFacts: ModelFacts | undefined;
  readonly prices: CachePrices;
  /** Milliseconds since 1970 UTC. */
  readonly clock: () => number;
  readonly embedder: Embedder | undefined;
  /** What was learned about the model's real token counts; replaced as a whole by each report. */
  readonly calibration: { current: Calibration };
  /** The requests that clients sent last. */
  readonly recent: RecentRequests;
}

/** The same for one thread, with its cache of texts. */
export interface ThreadContext extends MemoryContext {
  readonly texts: EntryTexts;
}
