import type { Window } from "../assemble/assemble-window.ts";
import { frameTotal } from "../assemble/assemble-window.ts";
import type { Conversation } from "../conversation/message.ts";
import type { Edit } from "../measures/edit.ts";
import { openMemory } from "../memory/open-memory.ts";
import type { WindowOptions } from "../memory/window-options.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import { countFrame } from "../tokens/count-message.ts";
import type { TokenCounter } from "../tokens/counter.ts";
import { clearOldResults, newestFirst, unmanaged } from "./baselines.ts";
import { callPlaces, jsonText, replayMessages } from "./replay-messages.ts";
import type { ReplayMessage, SentMessage } from "./sent-message.ts";
import { Tally, totals } from "./tally.ts";
import type { CallFigures, StrategyTotals } from "./tally.ts";

/** The ways of filling a window that are compared. */
export const strategies = ["loadline", "unmanaged", "newestFirst", "clearOldResults"] as const;

/** One of them. */
export type Strategy = (typeof strategies)[number];

/** One call of the conversation. */
export interface ReplayedCall {
  /** Place of the answer in the conversation. */
  readonly at: number;
  readonly figures: Readonly<Record<Strategy, CallFigures>>;
  readonly edits: readonly Edit[];
  /** What must stay was over the budget alone: such calls are counted apart. */
  readonly tooSmall: boolean;
  /** Tokens by ledger kind of Loadline's window. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** A conversation replayed call by call, and what each strategy made of it. */
export interface Replay {
  readonly calls: readonly ReplayedCall[];
  readonly budgetTokens: number;
  readonly prices: string;
  readonly messages: number;
  /** Tokens of the whole conversation with its frame. */
  readonly finalTokens: number;
  readonly totals: Readonly<Record<Strategy, StrategyTotals>>;
  /** Calls in which the prefix changed without a recorded edit. */
  readonly unplannedRewrites: number;
  /** Calls over the budget although what must stay was not. */
  readonly overBudgetCalls: number;
  /** Calls in which what must stay was over the budget alone. */
  readonly tooSmallCalls: number;
  /** Entries that did not come back byte for byte. */
  readonly lostEntries: number;
}

/** How to replay. */
export interface ReplayOptions {
  readonly budgetTokens: number;
  readonly prices: CachePrices;
  readonly counter: TokenCounter;
  /** Options for Loadline's own windows. */
  readonly window?: Partial<WindowOptions>;
  /** Told after each call: how many are done, of how many. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Milliseconds between calls where the conversation says no times: well within every cache's lifetime. */
const stepMs = 1_000;

/**
 * Replays a conversation through Loadline and through each baseline. Each assistant message was one call; its window is made
 * from what came before it.
 */
export async function replay(conversation: Conversation, options: ReplayOptions): Promise<Replay> {
  const { budgetTokens, prices, counter } = options;
  const messages = replayMessages(conversation, counter);
  const frameTokens = frameTotal(countFrame(conversation.frame, counter));
  let now = conversation.messages[0]?.time ?? 0;
  const memory = await openMemory({ counter, prices, clock: () => now });
  const line = await memory.line("replay");
  const tallies = new Map(strategies.map((strategy) => [strategy, new Tally(prices, frameTokens)]));
  const places = callPlaces(conversation);
  const calls: ReplayedCall[] = [];
  let unplannedRewrites = 0;
  let appended = 0;
  const earlier: string[] = [conversation.frame.system ?? ""];
  for (const [index, at] of places.entries()) {
    now = Math.max(now + stepMs, conversation.messages[at]?.time ?? 0);
    await line.append(
      { ...conversation, messages: conversation.messages.slice(appended, at) },
      appended === 0 ? {} : { after: `#${appended - 1}` },
    );
    for (const message of messages.slice(appended, at)) earlier.push(message.text);
    appended = at;
    const window = await line.window({ budgetTokens, overflow: "least", ...options.window });
    const sent = sentOf(window, messages);
    if (window.edits.length === 0 && tallies.get("loadline")?.keptPrefix(sent) === false)
      unplannedRewrites += 1;
    const history = messages.slice(0, at);
    const said = earlier.join("\n");
    const values = messages[at]?.argumentValues ?? [];
    const windows: Record<Strategy, readonly SentMessage[]> = {
      loadline: sent,
      unmanaged: unmanaged(history),
      newestFirst: newestFirst(history, budgetTokens, frameTokens),
      clearOldResults: clearOldResults(history, budgetTokens, frameTokens),
    };
    calls.push({
      at,
      figures: Object.fromEntries(
        strategies.map((strategy) => [
          strategy,
          tallies.get(strategy)?.call(windows[strategy], values, said),
        ]),
      ) as Record<Strategy, CallFigures>,
      edits: window.edits,
      tooSmall: window.overBudget,
      kinds: Object.fromEntries(window.ledger.kinds.map((row) => [row.kind, row.size])),
    });
    options.onProgress?.(index + 1, places.length);
  }
  const rest = conversation.messages.slice(appended);
  if (rest.length > 0)
    await line.append(
      { ...conversation, messages: rest },
      appended === 0 ? {} : { after: `#${appended - 1}` },
    );
  let lostEntries = 0;
  for (const [seq, message] of conversation.messages.entries()) {
    const [entry] = await line.expand(`#${seq}`);
    if (entry?.json !== message.json) lostEntries += 1;
  }
  await memory.close();
  return {
    calls,
    budgetTokens,
    prices: prices.name,
    messages: messages.length,
    finalTokens: frameTokens + messages.reduce((sum, message) => sum + message.tokens, 0),
    totals: Object.fromEntries(
      strategies.map((strategy) => [
        strategy,
        totals(
          calls.map((call) => call.figures[strategy]),
          budgetTokens,
        ),
      ]),
    ) as Record<Strategy, StrategyTotals>,
    unplannedRewrites,
    overBudgetCalls: calls.filter(
      (call) => call.figures.loadline.windowTokens > budgetTokens && !call.tooSmall,
    ).length,
    tooSmallCalls: calls.filter((call) => call.tooSmall).length,
    lostEntries,
  };
}

/** Loadline's window in the form the tallies compare: text known for whole messages, read from the JSON of others. */
function sentOf(window: Window, messages: readonly ReplayMessage[]): readonly SentMessage[] {
  return window.parts.map((part) => {
    const whole = part.kind === "whole" ? messages[Number(part.handle?.slice(1))] : undefined;
    return { json: part.json, text: whole?.text ?? jsonText(part.json), tokens: part.tokens };
  });
}
