import { buildLedger } from "../../shared/ledger.ts";
import type { Ledger } from "../../shared/ledger.ts";
import type { Edit, Measure } from "../measures/edit.ts";
import { sumTokens } from "../measures/layout.ts";
import type { Item } from "../measures/layout.ts";
import { readFactor } from "../tokens/calibration.ts";
import type { Calibration } from "../tokens/calibration.ts";
import type { ProviderEdit } from "./provider-edits.ts";
import { countSharedWithSent, describeItem } from "./sent-prefix.ts";
import type { SentItem, SentPrefix } from "./sent-prefix.ts";
import type { FrameTokens } from "./window-ledger.ts";
import { buildWindowLedger } from "./window-ledger.ts";
import { computeUsd } from "../prices/model-budget.ts";
import type { ModelFacts } from "../prices/model-facts.ts";
import type { CachePrices } from "../prices/cache-prices.ts";

/** How a window uses a provider's cache, in tokens. */
export interface CacheUse {
  /** `cold` when the cache no longer holds the prefix. */
  readonly state: "warm" | "cold";
  /** Read from the cache: the prefix that equals the last call's byte for byte. */
  readonly reusedTokens: number;
  /** Sent before but after the first change, so written again. */
  readonly rewrittenTokens: number;
  /** Sent for the first time. */
  readonly newTokens: number;
  /**
   * What changed the prefix since the last call: an edit of Loadline, or the client, which sent older messages in another form, left
   * some out or changed system prompt or tools. Undefined if the prefix is unchanged.
   */
  readonly brokenBy: "client" | "edit" | undefined;
  /**
   * Part of the other tokens that would be read from the cache with the option `stabilize` of a sync: the client sent old messages in
   * another form that says the same. 0 with the option.
   */
  readonly stabilizableTokens: number;
  /** What those cost more than with the option, in tokens of fresh input: their number times (price written - price read). */
  readonly stabilizableCost: number;
  /** The same in US dollars; undefined if the model's price is not known. */
  readonly stabilizableUsd: number | undefined;
}

/** A block of earlier entries that the window repeats verbatim. */
export interface RecalledBlock {
  readonly seqs: readonly number[];
  readonly text: string;
  readonly tokens: number;
}

/**
 * What a window changes in a broken history so that its provider accepts it. `answered`: a call without a result got one that says so.
 * `left-out`: a result without its call is not sent.
 */
export interface WindowRepair {
  readonly kind: "answered" | "left-out";
  /** Handle of the entry. */
  readonly handle: string;
  /** Undefined where the format links results by name and place. */
  readonly callId: string | undefined;
}

/** An edit that was planned and not made: with it, the window would break a rule of its provider. */
export interface RefusedEdit {
  readonly measure: Measure;
  /** Id of the rule. */
  readonly rule: string;
  readonly detail: string;
}

/** One message of a window. */
export interface WindowMessage {
  /** `#` and the entry's number; undefined for a message of our own, and for one that only the newest request holds. */
  readonly handle: string | undefined;
  readonly kind: "whole" | "edited" | "stub" | "recalled" | "passed" | "answer";
  /** Its JSON text; for a whole or passed message the bytes that the client sent, newest form first. */
  readonly json: string;
  readonly tokens: number;
}

/** Everything sent to the model in one call, with its counts. */
export interface Window {
  /**
   * The messages, parsed and frozen, because windows share them. A number that a double cannot hold is its text: `json` has it as it was.
   */
  readonly messages: readonly unknown[];
  /** The messages as JSON text; unedited ones are the original bytes. */
  readonly json: string;
  /** The messages one by one, each with its kind and tokens. */
  readonly parts: readonly WindowMessage[];
  /** Tokens of everything sent, without the room for the answer. */
  readonly tokens: number;
  readonly budgetTokens: number;
  /** Where the budget is from: `given`, or the model's context window with the rule for the answer's room. */
  readonly budgetSource: string;
  /** True when what never leaves exceeds the budget alone and `overflow` is `minimum`. */
  readonly overBudget: boolean;
  /** Tokens by kind; the total includes the room for the answer. */
  readonly ledger: Ledger;
  /** Edits made by this call. */
  readonly edits: readonly Edit[];
  /** Edits that were planned and not made, because the window would then break a rule of its provider. */
  readonly refusedEdits: readonly RefusedEdit[];
  readonly recalled: RecalledBlock | undefined;
  /** Calls and results of a broken history that this window repairs: the history itself stays as it is. */
  readonly repairs: readonly WindowRepair[];
  /** Editors that the request sets on the provider's side, and what they do to this window; empty without any. */
  readonly providerEdits: readonly ProviderEdit[];
  readonly cache: CacheUse;
}

/** Sums the tokens of a frame. */
export function sumFrame(frame: FrameTokens): number {
  return frame.system + frame.tools + frame.overhead;
}

/** Builds the ledger in real tokens, by the learned factor of each kind. */
export function calibrateLedger(
  items: readonly Item[],
  frame: FrameTokens,
  answerTokens: number,
  calibration: Calibration,
): Ledger {
  const ledger = buildWindowLedger(items, frame, answerTokens);
  if (calibration.observations === 0) return ledger;
  const scaled = ledger.kinds.flatMap(({ kind, size, items: count }) => {
    const total = kind === "answer" ? size : Math.ceil(size * readFactor(calibration, kind));
    return Array.from({ length: count }, (_, index) => ({ kind, size: index === 0 ? total : 0 }));
  });
  return buildLedger("tokens", scaled);
}

/** Two windows in a row, as a provider's cache sees them. */
export interface WindowPair {
  /** The window sent before; undefined for a first one. */
  readonly before: SentPrefix | undefined;
  readonly after: readonly Item[];
  readonly frameTokens: number;
  readonly frameKey: string;
  readonly state: "warm" | "cold";
  /** Tokens that the client's other forms of old messages broke out of the prefix. */
  readonly stabilizableTokens: number;
  readonly prices: CachePrices;
  /** The model whose price gives dollars; undefined if it is not known. */
  readonly model: ModelFacts | undefined;
}

/** Computes how a window uses the cache after the one sent before. Frame tokens are reused when the frame is unchanged. */
export function computeCacheUse(pair: WindowPair): CacheUse {
  const { before, after, frameTokens, frameKey, state } = pair;
  const total = sumTokens(after) + frameTokens;
  if (before === undefined)
    return {
      state,
      reusedTokens: 0,
      rewrittenTokens: 0,
      newTokens: total,
      brokenBy: undefined,
      ...priceStabilizable(0, pair),
    };
  const sameFrame = before.frameKey === frameKey;
  const reusable = sameFrame && state === "warm";
  const shared = countSharedWithSent(before.items, after);
  const reusedTokens = reusable ? frameTokens + sumTokens(after.slice(0, shared)) : 0;
  const unshared = after.slice(reusable ? shared : 0);
  const sources = new Set<string>();
  if (unshared.length > 0) for (const { source } of before.items) if (source !== "") sources.add(source);
  const again = unshared.filter((item) => item.type === "entry" && sources.has(describeItem(item).source));
  const rewrittenTokens = sumTokens(again) + (reusable ? 0 : frameTokens);
  return {
    state,
    reusedTokens,
    rewrittenTokens,
    newTokens: total - reusedTokens - rewrittenTokens,
    brokenBy: sameFrame ? findBreak(before.items[shared], after[shared]) : "client",
    ...priceStabilizable(reusable ? pair.stabilizableTokens : 0, pair),
  };
}

/** Prices tokens that would be read from the cache instead of written to it. */
function priceStabilizable(
  stabilizableTokens: number,
  { prices, model }: WindowPair,
): Pick<CacheUse, "stabilizableTokens" | "stabilizableCost" | "stabilizableUsd"> {
  const stabilizableCost = stabilizableTokens * Math.max(0, prices.write - prices.read);
  return { stabilizableTokens, stabilizableCost, stabilizableUsd: computeUsd(stabilizableCost, model) };
}

/** Finds who changed the first message that differs: the client, if the message that we sent before is no longer there as it was. */
function findBreak(before: SentItem | undefined, after: Item | undefined): CacheUse["brokenBy"] {
  if (before === undefined) return undefined;
  if (before.source === "" || after === undefined || describeItem(after).source === "") return "edit";
  return before.source === describeItem(after).source ? "edit" : "client";
}
