import type { CachePrices } from "./cache-prices.ts";

/**
 * Computes the cost of one call's input, in tokens of fresh input: read·reused + write·(window − reused). A reused prefix below the
 * provider's minimum is not cached, so it is billed as written.
 */
export function computeCallCost(
  call: { readonly windowTokens: number; readonly reusedTokens: number },
  prices: CachePrices,
): number {
  const reused = call.reusedTokens >= prices.minTokens ? call.reusedTokens : 0;
  return prices.read * reused + prices.write * (call.windowTokens - reused);
}

/** What decides whether an edit pays. */
export interface WeighedEdit {
  /** Tokens it frees. */
  readonly freedTokens: number;
  /** Cached tokens after it, which would be written again. */
  readonly rewrittenTokens: number;
  /** Number of calls still expected on the thread. */
  readonly expectedTurns: number;
}

/**
 * Computes the gain of an edit on a warm cache, in tokens of fresh input: N·r·f − (w − r)·s. It writes s tokens once instead of reading
 * them, and saves reading f tokens on each of N later calls. Example: 10,000 tokens freed, 30,000 rewritten, 20 calls left, r 0.1,
 * w 1.25: 20·0.1·10,000 − 1.15·30,000 = −14,500, so it does not pay.
 */
export function computeEditGain(edit: WeighedEdit, prices: CachePrices): number {
  const saved = edit.expectedTurns * prices.read * edit.freedTokens;
  return saved - Math.max(0, prices.write - prices.read) * edit.rewrittenTokens;
}
