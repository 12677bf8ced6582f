import { calibrateLedger, sumFrame } from "../../assemble/assemble-window.ts";
import { buildWindowLedger } from "../../assemble/window-ledger.ts";
import type { FrameTokens } from "../../assemble/window-ledger.ts";
import { sumTokens } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import { calibrateTokens } from "../../tokens/calibration.ts";
import type { Calibration } from "../../tokens/calibration.ts";
import type { CheckedWindowOptions } from "../window-options.ts";

/**
 * A call's budget in counter tokens. The caller's budget is in real tokens, as the provider counts; entries were counted once, by our
 * counter. Converting the budget once is cheaper than converting every count.
 */
export interface CounterBudget {
  /** The load line in counter tokens. */
  readonly counterBudgetTokens: number;
  /** Room for the answer in counter tokens. */
  readonly counterAnswerTokens: number;
  /** Calibration factor of this window: real tokens per counter token; 1 before the first report. */
  readonly realPerCounterToken: number;
}

/** Converts a call's budget to counter tokens, rounded so that it never exceeds the real one. */
export function convertBudget(options: CheckedWindowOptions, realPerCounterToken: number): CounterBudget {
  return {
    counterBudgetTokens: Math.floor(options.realBudgetTokens / realPerCounterToken),
    counterAnswerTokens: Math.ceil(options.realAnswerTokens / realPerCounterToken),
    realPerCounterToken,
  };
}

/** Computes the calibration factor of a window: the mean of the factors of its kinds, weighted by their sizes. */
export function estimateRealPerCounterToken(
  calibration: Calibration,
  items: readonly Item[],
  frame: FrameTokens,
): number {
  if (calibration.observations === 0) return 1;
  const ledger = buildWindowLedger(items, frame, 0);
  if (ledger.total === 0) return 1;
  const tokens = Object.fromEntries(ledger.kinds.map((row) => [row.kind, row.size]));
  return calibrateTokens(calibration, tokens) / ledger.total;
}

/** Estimates the real tokens of a window by all that was learned, including the room for the answer. */
export function estimateRealTokens(
  calibration: Calibration,
  items: readonly Item[],
  frame: FrameTokens,
  realAnswerTokens: number,
): number {
  if (calibration.observations === 0) return sumTokens(items) + sumFrame(frame) + realAnswerTokens;
  return calibrateLedger(items, frame, realAnswerTokens, calibration).total;
}
