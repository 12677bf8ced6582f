import type { Embedder } from "../recall/embedder.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import type { Store } from "../store/store.ts";
import type { TokenCounter } from "../tokens/counter.ts";

/** What a memory hands to all its lines: the world's edges, given once. */
export interface MemoryContext {
  readonly store: Store;
  readonly counter: TokenCounter;
  readonly model: string | undefined;
  readonly prices: CachePrices;
  /** Milliseconds since 1970 UTC. */
  readonly clock: () => number;
  readonly embedder: Embedder | undefined;
}
