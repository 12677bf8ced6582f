import { computeCallCost } from "../prices/economics.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import { countPresent } from "./argument-values.ts";
import { sumSentTokens, countSharedMessages } from "./sent-message.ts";
import type { SentMessage } from "./sent-message.ts";

/** Figures of one strategy in one call. */
export interface CallFigures {
  readonly windowTokens: number;
  /** Read from the provider's cache: the leading messages equal to those of the call before. */
  readonly reusedTokens: number;
  /** Cost of the call's input, in tokens of fresh input. */
  readonly cost: number;
  readonly argumentsSeen: number;
  readonly argumentsPresent: number;
}

/** A strategy's figures over an entire conversation. */
export interface StrategyTotals {
  readonly cost: number;
  /** The same in US dollars, if the model's price is known. */
  readonly costUsd?: number | undefined;
  readonly peakWindowTokens: number;
  readonly overBudgetCalls: number;
  readonly argumentsSeen: number;
  readonly argumentsPresent: number;
}

/** Tallies one strategy from call to call. */
export class Tally {
  readonly #prices: CachePrices;
  readonly #frameTokens: number;
  #before: readonly SentMessage[] | undefined;

  constructor(prices: CachePrices, frameTokens: number) {
    this.#prices = prices;
    this.#frameTokens = frameTokens;
  }

  /** Returns true if the window starts with every message of the last one. */
  keepsPrefix(window: readonly SentMessage[]): boolean {
    return this.#before === undefined || countSharedMessages(this.#before, window) === this.#before.length;
  }

  /** Adds a call and returns its figures. */
  call(window: readonly SentMessage[], values: readonly string[], earlier: string): CallFigures {
    const shared = this.#before === undefined ? 0 : countSharedMessages(this.#before, window);
    const windowTokens = this.#frameTokens + sumSentTokens(window);
    const frame = this.#before === undefined ? 0 : this.#frameTokens;
    const reusedTokens = frame + sumSentTokens(window.slice(0, shared));
    this.#before = window;
    const found =
      values.length === 0
        ? { seen: 0, present: 0 }
        : countPresent(values, earlier, window.map((message) => message.text).join("\n"));
    return {
      windowTokens,
      reusedTokens,
      cost: computeCallCost({ windowTokens, reusedTokens }, this.#prices),
      argumentsSeen: found.seen,
      argumentsPresent: found.present,
    };
  }
}

/** Sums the figures of calls. */
export function sumCalls(calls: readonly CallFigures[], budgetTokens: number): StrategyTotals {
  return {
    cost: Math.round(calls.reduce((sum, call) => sum + call.cost, 0)),
    peakWindowTokens: calls.reduce((peak, call) => Math.max(peak, call.windowTokens), 0),
    overBudgetCalls: calls.filter((call) => call.windowTokens > budgetTokens).length,
    argumentsSeen: calls.reduce((sum, call) => sum + call.argumentsSeen, 0),
    argumentsPresent: calls.reduce((sum, call) => sum + call.argumentsPresent, 0),
  };
}
