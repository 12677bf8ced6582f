import { requireInteger, requireKnownFields, requireOneOf } from "../../shared/options.ts";
import type { BatchSource } from "../data/batch-source.ts";
import { shuffle } from "../random.ts";
import type { Sums, Trainer } from "./trainer.ts";
import type { PlatformSignal } from "../../shared/platform.ts";

/** Loss and accuracy over a set of samples. */
export interface Scores {
  /** Mean over the samples, and over the positions of a sequence. */
  readonly loss: number;
  /** Share of right answers from 0 to 1; undefined if the loss has none. */
  readonly accuracy: number | undefined;
}

/** Result of one pass over the data. Loss and accuracy are those of each sample at the time it was learned. */
export interface EpochResult extends Scores {
  /** From 1. */
  readonly epoch: number;
  /** Of this process: excludes the part of an epoch before it was resumed. */
  readonly seconds: number;
  readonly validation: Scores | undefined;
}

/** Progress of a run. Together with the parameters and the optimizer's state, it is all that a run needs to resume. */
export interface Position {
  /** Completed epochs. */
  readonly epoch: number;
  /** Samples done in the current epoch. */
  readonly done: number;
  /** Sums over those samples. */
  readonly loss: number;
  readonly right: number;
}

/** How the learning rate changes over a run: not at all, or down to 0 linearly or by half a cosine. */
export type Schedule = "constant" | "linear" | "cosine";

export interface FitOptions {
  /** Default 10. */
  readonly epochs?: number;
  /** Order of the samples. Default 1. */
  readonly seed?: number;
  /** Default `constant`. */
  readonly schedule?: Schedule;
  /** Steps at the start over which the rate grows linearly from 0. Default 0. */
  readonly warmupSteps?: number;
  /** Where to resume. Default: at the start. */
  readonly position?: Position;
  /** Samples to evaluate after each epoch. */
  readonly validation?: BatchSource;
  /** Called about thirty times per second, between steps, which wait for it. */
  readonly onPause?: (position: Position, samplesPerSecond: number) => Promise<void> | void;
  readonly onEpoch?: (result: EpochResult) => Promise<void> | void;
  /** Stops the run after the current step. */
  readonly signal?: PlatformSignal;
  /** Clock in milliseconds, for tests. Default `performance.now`. */
  readonly now?: () => number;
}

/** Result of a run. */
export interface FitResult {
  readonly epochs: readonly EpochResult[];
  /** Where it ended: at the end of the last epoch, or where it was stopped. */
  readonly position: Position;
  readonly stopped: boolean;
}

/** Yields to the event loop this often, for signals and the progress bar: too rarely to cost anything. */
const pauseEveryMs = 33;

function scoresOf(trainer: Trainer, sums: Sums): Scores {
  const { lossRows, hasAccuracy } = trainer.program.graph;
  const rows = Math.max(1, sums.samples) * lossRows;
  const answers = trainer.program.loss === "sparseCategoricalCrossentropy" ? rows : Math.max(1, sums.samples);
  return { loss: sums.loss / rows, accuracy: hasAccuracy ? sums.right / answers : undefined };
}

/** Computes loss and accuracy over all samples of a source. */
export function evaluate(trainer: Trainer, source: BatchSource): Scores {
  const order = Uint32Array.from({ length: source.count }, (_, index) => index);
  const sums = { loss: 0, right: 0, samples: 0 };
  trainer.evaluate(source, { order, from: 0, size: source.count, epoch: 0 }, sums);
  return scoresOf(trainer, sums);
}

/** Computes the share of the learning rate at a step (from 0) of a schedule. */
export function scheduleShare(schedule: Schedule, warmupSteps: number, step: number, steps: number): number {
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  if (schedule === "constant") return 1;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  return schedule === "linear" ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
}

interface Settings {
  readonly epochs: number;
  readonly seed: number;
  readonly schedule: Schedule;
  readonly warmupSteps: number;
  readonly onPause: FitOptions["onPause"];
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
}

function readSettings(options: FitOptions): Settings {
  requireKnownFields("options", options, [
    "epochs",
    "seed",
    "schedule",
    "warmupSteps",
    "position",
    "validation",
    "onPause",
    "onEpoch",
    "signal",
    "now",
  ]);
  return {
    epochs: requireInteger("epochs", options.epochs ?? 10, 0, 1_000_000),
    seed: requireInteger("seed", options.seed ?? 1, 0, 0xffffffff),
    schedule: requireOneOf("schedule", options.schedule ?? "constant", ["constant", "linear", "cosine"]),
    warmupSteps: requireInteger("warmupSteps", options.warmupSteps ?? 0, 0),
    onPause: options.onPause,
    signal: options.signal,
    now: options.now ?? (() => performance.now()),
  };
}

/** What has happened since the event loop last had a turn; kept across epochs, which may be shorter than a pause is apart. */
interface SincePause {
  startedAt: number;
  samples: number;
}

interface Epoch {
  readonly order: Uint32Array;
  readonly from: Position;
  readonly sincePause: SincePause;
}

/** Runs one epoch from a position to its end, or until it is stopped. */
async function runEpoch(
  trainer: Trainer,
  source: BatchSource,
  { order, from, sincePause }: Epoch,
  settings: Settings,
): Promise<Position> {
  const { now } = settings;
  const baseRate = trainer.program.optimizer?.learningRate ?? 0;
  const batch = { order, from: 0, size: trainer.program.batch, epoch: from.epoch };
  const total = Math.ceil(source.count / batch.size) * settings.epochs;
  const sums = { loss: from.loss, right: from.right, samples: from.done };
  const position = (): Position => ({
    epoch: from.epoch,
    done: sums.samples,
    loss: sums.loss,
    right: sums.right,
  });
  shuffle(order, settings.seed, from.epoch);
  while (sums.samples < source.count) {
    if (settings.signal?.aborted === true) return position();
    trainer.setLearningRate(
      baseRate * scheduleShare(settings.schedule, settings.warmupSteps, trainer.steps(), total),
    );
    batch.from = sums.samples;
    batch.size = Math.min(batch.size, source.count - sums.samples);
    trainer.step(source, batch, sums);
    sincePause.samples += batch.size;
    const elapsed = now() - sincePause.startedAt;
    if (elapsed < pauseEveryMs) continue;
    await settings.onPause?.(position(), (sincePause.samples / elapsed) * 1000);
    await new Promise((resolve) => setImmediate(resolve));
    sincePause.startedAt = now();
    sincePause.samples = 0;
  }
  return position();
}

/**
 * Trains for a number of epochs, in an order of the samples that only depends on the seed. The same program, seed, data and position
 * give the same bits, even if the run was stopped and resumed in between. Errors: `invalid-option`; `invalid-data`.
 */
export async function fit(
  trainer: Trainer,
  source: BatchSource,
  options: FitOptions = {},
): Promise<FitResult> {
  const settings = readSettings(options);
  const order = new Uint32Array(source.count);
  const epochs: EpochResult[] = [];
  const sincePause = { startedAt: settings.now(), samples: 0 };
  let position: Position = options.position ?? { epoch: 0, done: 0, loss: 0, right: 0 };
  while (position.epoch < settings.epochs) {
    const started = settings.now();
    const end = await runEpoch(trainer, source, { order, from: position, sincePause }, settings);
    if (end.done < source.count) return { epochs, position: end, stopped: true };
    const seconds = (settings.now() - started) / 1000;
    const sums = { loss: end.loss, right: end.right, samples: end.done };
    const result = {
      epoch: end.epoch + 1,
      seconds,
      ...scoresOf(trainer, sums),
      validation: options.validation === undefined ? undefined : evaluate(trainer, options.validation),
    };
    epochs.push(result);
    position = { epoch: end.epoch + 1, done: 0, loss: 0, right: 0 };
    await options.onEpoch?.(result);
  }
  return { epochs, position, stopped: false };
}
