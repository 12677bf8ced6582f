import type { Window } from "../assemble/assemble-window.ts";
import { sumFrame } from "../assemble/assemble-window.ts";
import type { Conversation } from "../conversation/message/message.ts";
import type { Edit } from "../measures/edit.ts";
import type { Thread } from "../thread/thread.ts";
import { openMemory } from "../thread/open-memory.ts";
import type { WindowOptions } from "../thread/window-options.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import { computeUsd } from "../prices/model-budget.ts";
import type { ModelFacts } from "../prices/model-facts.ts";
import { countFrame } from "../tokens/count-frame.ts";
import type { TokenCounter } from "../tokens/counter.ts";
import { clearOldResults, trimToNewest, sendEverything } from "./baselines.ts";
import { findCalls, joinJsonText, prepareMessages } from "./replay-messages.ts";
import { sumSentTokens } from "./sent-message.ts";
import type { ReplayMessage, SentMessage } from "./sent-message.ts";
import { Tally, sumCalls } from "./tally.ts";
import type { CallFigures, StrategyTotals } from "./tally.ts";

/** The ways of filling a window that a replay compares. */
export const strategies = ["loadline", "unmanaged", "newestFirst", "clearOldResults"] as const;

/** One of the compared strategies. */
export type Strategy = (typeof strategies)[number];

/** One replayed call. */
export interface ReplayedCall {
  /** Index of the answer in the conversation. */
  readonly at: number;
  readonly figures: Readonly<Record<Strategy, CallFigures>>;
  readonly edits: readonly Edit[];
  /** True if protected entries alone exceed the budget; such calls are counted separately. */
  readonly tooSmall: boolean;
  /** Tokens by ledger kind of Loadline's window. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** A conversation replayed call by call, with the figures of each strategy. */
export interface Replay {
  readonly calls: readonly ReplayedCall[];
  readonly budgetTokens: number;
  readonly prices: string;
  /** The model whose dollars the costs are in; undefined if its price is not known. */
  readonly model?: ModelFacts | undefined;
  readonly messages: number;
  /** Tokens of the entire conversation with its frame. */
  readonly finalTokens: number;
  readonly totals: Readonly<Record<Strategy, StrategyTotals>>;
  /** Number of calls in which the prefix changed without a recorded edit. */
  readonly unplannedRewrites: number;
  /** Number of calls over the budget whose protected entries fit. */
  readonly overBudgetCalls: number;
  /** Number of calls whose protected entries alone exceed the budget. */
  readonly tooSmallCalls: number;
  /** Number of entries that were not returned byte for byte. */
  readonly lostEntries: number;
}

/** Options of `replay`. */
export interface ReplayOptions {
  readonly budgetTokens: number;
  readonly prices: CachePrices;
  readonly counter: TokenCounter;
  /** The model whose price turns costs into US dollars. */
  readonly model?: ModelFacts | undefined;
  /** Options of Loadline's windows. */
  readonly window?: Partial<WindowOptions>;
  /** Called after each call with the number done and the total; awaited. */
  readonly onProgress?: (done: number, of: number) => void | Promise<void>;
}

/** Time between calls if the conversation has no times, in milliseconds: well within every cache's lifetime. */
const stepMs = 1_000;

/**
 * Replays a conversation through Loadline and each baseline. Each assistant message was one call; its window is made from the messages
 * before it. Errors: `invalid-option`.
 */
export async function replay(conversation: Conversation, options: ReplayOptions): Promise<Replay> {
  const { budgetTokens, prices, counter } = options;
  const messages = prepareMessages(conversation, counter);
  const frameTokens = sumFrame(countFrame(conversation.frame, counter, conversation.messages[0]));
  let now = conversation.messages[0]?.time ?? 0;
  const memory = await openMemory({ counter, prices, clock: () => now });
  const thread = await memory.thread("replay");
  const comparison = new Comparison(conversation, messages, frameTokens, options);
  const places = findCalls(conversation);
  let appended = 0;
  const appendUpTo = async (end: number): Promise<void> => {
    if (end === appended) return;
    const after = appended === 0 ? {} : { after: `#${appended - 1}` };
    await thread.append({ ...conversation, messages: conversation.messages.slice(appended, end) }, after);
    appended = end;
  };
  for (const [index, at] of places.entries()) {
    now = Math.max(now + stepMs, conversation.messages[at]?.time ?? 0);
    await appendUpTo(at);
    comparison.add(at, await thread.window({ budgetTokens, overflow: "minimum", ...options.window }));
    await options.onProgress?.(index + 1, places.length);
  }
  await appendUpTo(messages.length);
  const lostEntries = await countLost(thread, conversation);
  await memory.close();
  const { calls, unplannedRewrites } = comparison;
  return {
    calls,
    budgetTokens,
    prices: prices.name,
    model: options.model,
    messages: messages.length,
    finalTokens: frameTokens + sumSentTokens(messages),
    totals: mapStrategies((strategy) => {
      const figures = calls.map((call) => call.figures[strategy]);
      const totals = sumCalls(figures, budgetTokens);
      return { ...totals, costUsd: computeUsd(totals.cost, options.model) };
    }),
    unplannedRewrites,
    overBudgetCalls: calls.filter(
      (call) => call.figures.loadline.windowTokens > budgetTokens && !call.tooSmall,
    ).length,
    tooSmallCalls: calls.filter((call) => call.tooSmall).length,
    lostEntries,
  };
}

function mapStrategies<Value>(value: (strategy: Strategy) => Value): Readonly<Record<Strategy, Value>> {
  return {
    loadline: value("loadline"),
    unmanaged: value("unmanaged"),
    newestFirst: value("newestFirst"),
    clearOldResults: value("clearOldResults"),
  };
}

/** Tallies all strategies from call to call. */
class Comparison {
  readonly calls: ReplayedCall[] = [];
  unplannedRewrites = 0;
  readonly #messages: readonly ReplayMessage[];
  readonly #frameTokens: number;
  readonly #budgetTokens: number;
  readonly #tallies: Readonly<Record<Strategy, Tally>>;
  readonly #earlier: string[];
  #read = 0;

  constructor(
    conversation: Conversation,
    messages: readonly ReplayMessage[],
    frameTokens: number,
    options: ReplayOptions,
  ) {
    this.#messages = messages;
    this.#frameTokens = frameTokens;
    this.#budgetTokens = options.budgetTokens;
    this.#tallies = mapStrategies(() => new Tally(options.prices, frameTokens));
    this.#earlier = [conversation.frame.system ?? ""];
  }

  add(at: number, window: Window): void {
    for (const message of this.#messages.slice(this.#read, at)) this.#earlier.push(message.text);
    this.#read = at;
    const history = this.#messages.slice(0, at);
    const sent = convertWindow(window, this.#messages);
    if (window.edits.length === 0 && !this.#tallies.loadline.keepsPrefix(sent)) this.unplannedRewrites++;
    const windows: Record<Strategy, readonly SentMessage[]> = {
      loadline: sent,
      unmanaged: sendEverything(history),
      newestFirst: trimToNewest(history, this.#budgetTokens, this.#frameTokens),
      clearOldResults: clearOldResults(history, this.#budgetTokens, this.#frameTokens),
    };
    const values = this.#messages[at]?.argumentValues ?? [];
    const said = this.#earlier.join("\n");
    this.calls.push({
      at,
      figures: mapStrategies((strategy) => this.#tallies[strategy].call(windows[strategy], values, said)),
      edits: window.edits,
      tooSmall: window.overBudget,
      kinds: Object.fromEntries(window.ledger.kinds.map((row) => [row.kind, row.size])),
    });
  }
}

async function countLost(thread: Thread, conversation: Conversation): Promise<number> {
  let lost = 0;
  for (const [seq, message] of conversation.messages.entries()) {
    const [entry] = await thread.expand(`#${seq}`);
    if (entry?.json !== message.json) lost++;
  }
  return lost;
}

/** Converts Loadline's window for the tallies: whole messages have a known text, others are read from their JSON. */
function convertWindow(window: Window, messages: readonly ReplayMessage[]): readonly SentMessage[] {
  return window.parts.map((part) => {
    const whole = part.kind === "whole" ? messages[Number(part.handle?.slice(1))] : undefined;
    return { json: part.json, text: whole?.text ?? joinJsonText(part.json), tokens: part.tokens };
  });
}
