import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";

/** Estimated tokens of a call's window, by ledger kind. */
export type KindTokens = Readonly<Record<string, number>>;

/** What was learned about a model: the real tokens per estimated token of each kind. */
export interface Calibration {
  readonly v: 1;
  readonly kinds: readonly string[];
  readonly factors: readonly number[];
  /** Uncertainty of the factors: a square matrix, row by row. */
  readonly covariance: readonly number[];
  readonly observations: number;
  /** Real tokens per estimated token of every kind, if reports that far off repeated; the factors are relative to it. */
  readonly scale?: number | undefined;
  /** Reports outside the bounds that agree with each other, not yet believed. */
  readonly doubted?: DoubtedReports | undefined;
}

/** Reports in a row that are too far off to be believed once. */
export interface DoubtedReports {
  /** Real tokens per estimated token of the last one. */
  readonly ratio: number;
  readonly reports: number;
}

/** A single report outside these bounds is a fault of the report, not of the vocabulary. */
const minFactor = 0.5;
const maxFactor = 3;
/** Such reports are believed when this many in a row agree within a quarter: a fault does not repeat itself like that. */
const minRepeats = 3;
const maxDisagreement = 1.25;
/** Even repeated, a report more than this many times off is of another window. */
const maxScale = 50;
/** Prior uncertainty of a factor around 1 (standard deviation 0.5). */
const priorVariance = 0.25;
/** Old reports count less: a provider may change its tokenizer. */
const forgetting = 0.98;
/** Noise of a report, as a share of the window (rounding, hidden text). */
const noiseShare = 0.005;

/** Nothing learned: every factor is 1. */
export const noCalibration: Calibration = { v: 1, kinds: [], factors: [], covariance: [], observations: 0 };

const saved = z.object({
  v: z.literal(1),
  kinds: z.array(z.string()),
  factors: z.array(z.number().min(minFactor).max(maxFactor)),
  covariance: z.array(z.number()),
  observations: z.number().int().min(0),
  scale: z
    .number()
    .min(1 / maxScale)
    .max(maxScale)
    .optional(),
  doubted: z.object({ ratio: z.number().positive(), reports: z.number().int().min(1) }).optional(),
});

/** Reads the saved form. Errors: `store-corrupt`. */
export function readCalibration(json: string): Calibration {
  const read = saved.safeParse(JSON.parse(json));
  if (!read.success || read.data.covariance.length !== read.data.kinds.length ** 2) {
    throw new LoadlineError(
      "store-corrupt",
      "calibration: the saved form is damaged; delete it to learn again",
    );
  }
  return read.data;
}

/** Returns the factor of a kind, 1 if nothing was learned. */
export function readFactor(calibration: Calibration, kind: string): number {
  return (calibration.scale ?? 1) * (calibration.factors[calibration.kinds.indexOf(kind)] ?? 1);
}

/** Returns the tokens of a window with the learned factors. */
export function calibrateTokens(calibration: Calibration, tokens: KindTokens): number {
  return Object.entries(tokens).reduce(
    (sum, [kind, count]) => sum + count * readFactor(calibration, kind),
    0,
  );
}

function addKinds(calibration: Calibration, kinds: readonly string[]): Calibration {
  const added = kinds.filter((kind) => !calibration.kinds.includes(kind));
  if (added.length === 0) return calibration;
  const size = calibration.kinds.length + added.length;
  const covariance = Array.from({ length: size * size }, () => 0);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const old = row < calibration.kinds.length && column < calibration.kinds.length;
      const known = old ? (calibration.covariance[row * calibration.kinds.length + column] ?? 0) : 0;
      covariance[row * size + column] = old ? known : row === column ? priorVariance : 0;
    }
  }
  return {
    ...calibration,
    kinds: [...calibration.kinds, ...added],
    factors: [...calibration.factors, ...added.map(() => 1)],
    covariance,
  };
}

/** Remembers a report outside the bounds; believes it when it repeats. Returns the same calibration for an impossible one. */
function doubtReport(calibration: Calibration, ratio: number): Calibration {
  if (!(ratio >= 1 / maxScale && ratio <= maxScale)) return calibration;
  const last = calibration.doubted;
  const agrees = last !== undefined && Math.max(ratio / last.ratio, last.ratio / ratio) <= maxDisagreement;
  const reports = agrees ? last.reports + 1 : 1;
  if (reports < minRepeats) return { ...calibration, doubted: { ratio, reports } };
  // Learned again: what the kinds had relative to a wrong scale says nothing.
  return { ...noCalibration, scale: ratio, observations: calibration.observations + 1 };
}

/**
 * Learns from one call by recursive least squares over the kinds (each call is one equation: sum of factor·estimate =
 * reported). A report less than half or more than three times the estimate is ignored until two more in a row agree with it;
 * then it becomes the scale of all kinds.
 */
export function learnCalibration(
  calibration: Calibration,
  tokens: KindTokens,
  reportedTokens: number,
): Calibration {
  const estimated = Object.values(tokens).reduce((sum, count) => sum + count, 0);
  const real = reportedTokens / estimated;
  const scale = calibration.scale ?? 1;
  const ratio = real / scale;
  if (!Number.isFinite(ratio) || ratio < minFactor || ratio > maxFactor)
    return doubtReport(calibration, real);
  return learnFactors({ ...calibration, doubted: undefined }, tokens, ratio);
}

function learnFactors(calibration: Calibration, tokens: KindTokens, ratio: number): Calibration {
  const estimated = Object.values(tokens).reduce((sum, count) => sum + count, 0);
  const state = addKinds(calibration, Object.keys(tokens));
  const size = state.kinds.length;
  // In shares of the window, so that the noise means the same for short and long windows.
  const input = state.kinds.map((kind) => (tokens[kind] ?? 0) / estimated);
  const spread = input.map((_, row) =>
    input.reduce((sum, x, column) => sum + (state.covariance[row * size + column] ?? 0) * x, 0),
  );
  const variance = input.reduce(
    (sum, x, index) => sum + x * (spread[index] ?? 0),
    forgetting * noiseShare ** 2,
  );
  const error = ratio - input.reduce((sum, x, index) => sum + x * (state.factors[index] ?? 1), 0);
  const gain = spread.map((value) => value / variance);
  const factors = state.factors.map((factor, index) =>
    Math.min(maxFactor, Math.max(minFactor, factor + (gain[index] ?? 0) * error)),
  );
  const covariance = state.covariance.map((value, at) => {
    const row = Math.floor(at / size);
    const next = (value - (gain[row] ?? 0) * (spread[at % size] ?? 0)) / forgetting;
    // Forgetting without reports would let the uncertainty of an unseen kind grow without bound.
    return row === at % size ? Math.min(next, priorVariance) : next;
  });
  return { ...state, factors, covariance, observations: state.observations + 1 };
}
