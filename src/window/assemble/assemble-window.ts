import { buildLedger } from "../../shared/ledger.ts";
import type { Ledger } from "../../shared/ledger.ts";
import type { Edit } from "../measures/edit.ts";
import { itemTokens, sharedItems } from "../measures/layout.ts";
import type { Item } from "../measures/layout.ts";
import { factorOf } from "../tokens/calibration.ts";
import type { Calibration } from "../tokens/calibration.ts";
import type { FrameTokens } from "./window-ledger.ts";
import { windowLedger } from "./window-ledger.ts";

/** What a provider's cache makes of a window, in tokens. */
export interface CacheUse {
  /** `cold` when nothing of the prefix is held any more. */
  readonly state: "warm" | "cold";
  /** Read from the cache: the prefix that is byte for byte that of the last call. */
  readonly reusedTokens: number;
  /** Sent before, but behind the first change, so written anew. */
  readonly rewrittenTokens: number;
  /** Sent for the first time. */
  readonly newTokens: number;
}

/** A block of earlier entries that stands in the window again, verbatim. */
export interface RecalledBlock {
  readonly seqs: readonly number[];
  readonly text: string;
  readonly tokens: number;
}

/** One message of a window. */
export interface WindowMessage {
  /** `#` and the entry's number; undefined for a message of our own. */
  readonly handle: string | undefined;
  readonly kind: "whole" | "edited" | "stub" | "recalled";
  /** Its JSON text: for a whole one the bytes that came in. */
  readonly json: string;
  readonly tokens: number;
}

/** What is sent to the model in one call, and all that is known of it. */
export interface Window {
  /** The messages, parsed; frozen, because windows share them. */
  readonly messages: readonly unknown[];
  /** The same as JSON text: unedited messages are the bytes that came in. */
  readonly json: string;
  /** The same one by one, with what each is. */
  readonly parts: readonly WindowMessage[];
  /** Everything that is sent, without the room for the answer. */
  readonly tokens: number;
  readonly budgetTokens: number;
  /** True when what must stay is over the budget alone and `overflow: "minimum"` was asked for. */
  readonly overBudget: boolean;
  /** What fills it, by kind; its total has the room for the answer in it. */
  readonly ledger: Ledger;
  /** Edits made by this call. */
  readonly edits: readonly Edit[];
  readonly recalled: RecalledBlock | undefined;
  readonly cache: CacheUse;
}

/** Tokens of the frame together. */
export function frameTotal(frame: FrameTokens): number {
  return frame.system + frame.tools + frame.overhead;
}

/** The ledger with the factors that calibration learned for each kind. */
export function calibratedLedger(
  items: readonly Item[],
  frame: FrameTokens,
  answerTokens: number,
  calibration: Calibration,
): Ledger {
  const ledger = windowLedger(items, frame, answerTokens);
  if (calibration.observations === 0) return ledger;
  const scaled = ledger.kinds.flatMap(({ kind, size, items: count }) => {
    const total = kind === "answer" ? size : Math.ceil(size * factorOf(calibration, kind));
    return Array.from({ length: count }, (_, index) => ({ kind, size: index === 0 ? total : 0 }));
  });
  return buildLedger("tokens", scaled);
}

/** Two windows in a row, as a provider's cache sees them. */
export interface WindowPair {
  /** Items of the window sent before; undefined for a first one. */
  readonly before: readonly Item[] | undefined;
  readonly after: readonly Item[];
  readonly frameTokens: number;
  /** True when the frame is that of the window before. */
  readonly sameFrame: boolean;
  readonly state: "warm" | "cold";
}

/** What the cache makes of a window after the one sent before. Frame tokens are reused when the frame is the same. */
export function cacheUse({ before, after, frameTokens, sameFrame, state }: WindowPair): CacheUse {
  const total = itemTokens(after) + frameTokens;
  if (before === undefined) return { state, reusedTokens: 0, rewrittenTokens: 0, newTokens: total };
  const reusable = sameFrame && state === "warm";
  const shared = sharedItems(before, after);
  const reusedTokens = reusable ? frameTokens + itemTokens(after.slice(0, shared)) : 0;
  const sentBefore = new Set(before.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  const again = after
    .slice(reusable ? shared : 0)
    .filter((item) => item.type === "entry" && sentBefore.has(item.seq));
  const rewrittenTokens = itemTokens(again) + (reusable ? 0 : frameTokens);
  return { state, reusedTokens, rewrittenTokens, newTokens: total - reusedTokens - rewrittenTokens };
}
