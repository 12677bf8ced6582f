import { callCost } from "../prices/economics.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import { countPresent } from "./argument-values.ts";
import { sentTokens, sharedMessages } from "./sent-message.ts";
import type { SentMessage } from "./sent-message.ts";

/** What a strategy sent in one call, and what it cost. */
export interface CallFigures {
  readonly windowTokens: number;
  /** Read from the provider's cache: the messages at the start that are the same as in the call before. */
  readonly reusedTokens: number;
  /** Tokens of fresh input that the call's input cost as much as. */
  readonly cost: number;
  readonly argumentsAsked: number;
  readonly argumentsPresent: number;
}

/** A strategy's figures over a whole conversation. */
export interface StrategyTotals {
  readonly cost: number;
  readonly peakWindowTokens: number;
  readonly overBudgetCalls: number;
  readonly argumentsAsked: number;
  readonly argumentsPresent: number;
}

/** Follows one strategy from call to call. */
export class Tally {
  readonly #prices: CachePrices;
  readonly #frameTokens: number;
  #before: readonly SentMessage[] | undefined;

  constructor(prices: CachePrices, frameTokens: number) {
    this.#prices = prices;
    this.#frameTokens = frameTokens;
  }

  /** Whether the window kept every message of the last one at its place. */
  keptPrefix(window: readonly SentMessage[]): boolean {
    return this.#before === undefined || sharedMessages(this.#before, window) === this.#before.length;
  }

  call(window: readonly SentMessage[], values: readonly string[], earlier: string): CallFigures {
    const shared = this.#before === undefined ? 0 : sharedMessages(this.#before, window);
    const windowTokens = this.#frameTokens + sentTokens(window);
    const frame = this.#before === undefined ? 0 : this.#frameTokens;
    const reusedTokens = frame + sentTokens(window.slice(0, shared));
    this.#before = window;
    const found =
      values.length === 0
        ? { asked: 0, present: 0 }
        : countPresent(values, earlier, window.map((message) => message.text).join("\n"));
    return {
      windowTokens,
      reusedTokens,
      cost: callCost({ windowTokens, reusedTokens }, this.#prices),
      argumentsAsked: found.asked,
      argumentsPresent: found.present,
    };
  }
}

/** Adds up calls. */
export function totals(calls: readonly CallFigures[], budgetTokens: number): StrategyTotals {
  return {
    cost: Math.round(calls.reduce((sum, call) => sum + call.cost, 0)),
    peakWindowTokens: calls.reduce((most, call) => Math.max(most, call.windowTokens), 0),
    overBudgetCalls: calls.filter((call) => call.windowTokens > budgetTokens).length,
    argumentsAsked: calls.reduce((sum, call) => sum + call.argumentsAsked, 0),
    argumentsPresent: calls.reduce((sum, call) => sum + call.argumentsPresent, 0),
  };
}
