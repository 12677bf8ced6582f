import type { CachePrices } from "./cache-prices.ts";

/**
 * Price-weighted input of one call, in tokens of fresh input: read·reused + write·(window − reused). A reused prefix under
 * the provider's minimum is not cached, so it is billed as written.
 */
export function callCost(
  call: { readonly windowTokens: number; readonly reusedTokens: number },
  prices: CachePrices,
): number {
  const reused = call.reusedTokens >= prices.minTokens ? call.reusedTokens : 0;
  return prices.read * reused + prices.write * (call.windowTokens - reused);
}

/** An edit that is weighed. */
export interface WeighedEdit {
  /** Tokens it frees. */
  readonly freedTokens: number;
  /** Tokens behind it that are cached now and would be written anew. */
  readonly rewrittenTokens: number;
  /** How many more calls the thread is expected to make. */
  readonly expectedTurns: number;
}

/**
 * What an edit on a warm cache gains, in tokens of fresh input: N·r·f − (w − r)·s. It rewrites s tokens at the price of
 * writing instead of reading once, and saves the reading of f tokens on each of N later calls. Worked out: 10,000 tokens
 * freed, 30,000 rewritten, 20 calls to come, r 0.1, w 1.25: 20·0.1·10,000 − 1.15·30,000 = −14,500, so it does not pay.
 */
export function editGain(edit: WeighedEdit, prices: CachePrices): number {
  const saved = edit.expectedTurns * prices.read * edit.freedTokens;
  return saved - Math.max(0, prices.write - prices.read) * edit.rewrittenTokens;
}
