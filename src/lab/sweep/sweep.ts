import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import type { BatchSource } from "../data/batch-source.ts";
import type { OptimizerName } from "../graph/optimizer.ts";
import type { Layer, Network } from "../network/layer.ts";
import { checkNetwork } from "../network/network-schema.ts";
import { compile } from "../compile.ts";
import { evaluate, fit } from "../train/fit.ts";
import { createTrainer } from "../train/trainer.ts";
import type { PlatformSignal } from "../../shared/platform.ts";

/** One run of a sweep. */
export interface SweepRow {
  /** Hidden layers. */
  readonly depth: number;
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly parameterCount: number;
  /** Size of the arena: `bytesFixed + batch * bytesPerSample`. */
  readonly peakBytes: number;
  readonly bytesFixed: number;
  readonly bytesPerSample: number;
  /** Of all epochs, without evaluation. */
  readonly seconds: number;
  /** On the test set. */
  readonly loss: number;
  readonly accuracy: number;
}

export interface SweepOptions {
  /** Numbers of hidden layers. */
  readonly depths: readonly number[];
  readonly batches: readonly number[];
  /** Default `adam` alone. */
  readonly optimizers?: readonly OptimizerName[];
  /** Width of the first hidden layer, and of all others. Default 128 and 64. */
  readonly widths?: readonly [number, number];
  /** Default 3. */
  readonly epochs?: number;
  readonly seed?: number;
  readonly threads?: number;
  /** Outputs of the last layer. */
  readonly classes: number;
  /** Called between steps with the share of all work that is done, from 0 to 1, and the run's settings. */
  readonly onProgress?: (done: number, settings: string) => Promise<void> | void;
  /** Stops the sweep; the rows of finished runs are returned. */
  readonly signal?: PlatformSignal;
}

/** Builds a network of a sweep: `depth` dense relu layers between flatten and a softmax. */
export function sweepNetwork(
  input: Network["input"],
  depth: number,
  widths: readonly [number, number],
  classes: number,
): Network {
  const hidden = Array.from({ length: depth }, (_, index): Layer => {
    return { type: "dense", units: index === 0 ? widths[0] : widths[1], activation: "relu" };
  });
  const last: Layer = { type: "dense", units: classes, activation: "softmax" };
  return checkNetwork({ input, layers: [{ type: "flatten" }, ...hidden, last] });
}

interface Job {
  readonly depth: number;
  readonly batch: number;
  readonly optimizer: OptimizerName;
}

/** Estimates how long a job takes, relative to the others: small batches update the parameters more often. */
function weightOf(job: Job): number {
  return (1 + job.depth * 0.1) * (1 + 12 / job.batch);
}

function jobsOf(options: SweepOptions): readonly Job[] {
  return options.depths.flatMap((depth) =>
    options.batches.flatMap((batch) =>
      (options.optimizers ?? ["adam"]).map((optimizer) => ({ depth, batch, optimizer })),
    ),
  );
}

async function runJob(
  job: Job,
  { source, test }: { readonly source: BatchSource; readonly test: BatchSource },
  options: SweepOptions,
  onPart: (part: number) => Promise<void> | void,
): Promise<SweepRow | undefined> {
  const { batch, depth, optimizer } = job;
  const { seed = 1, epochs = 3 } = options;
  const net = sweepNetwork(source.input, depth, options.widths ?? [128, 64], options.classes);
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const program = compile(net, { batch, optimizer, ...threads });
  const trainer = createTrainer(program, { seed });
  try {
    const result = await fit(trainer, source, {
      epochs,
      seed,
      onPause: (position) => onPart((position.epoch + position.done / source.count) / epochs),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.stopped) return undefined;
    const { loss, accuracy } = evaluate(trainer, test);
    const { parameterCount, peakBytes, bytesFixed, bytesPerSample } = program;
    const seconds = result.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return {
      ...job,
      parameterCount,
      peakBytes,
      bytesFixed,
      bytesPerSample,
      seconds,
      loss,
      accuracy: accuracy ?? Number.NaN,
    };
  } finally {
    await trainer.close();
  }
}

/**
 * Trains one network for each depth, batch and optimizer, all from the same seed, and measures each.
 * Errors: `invalid-option`; `budget-too-small` for an arena larger than the machine allows.
 */
export async function sweep(
  source: BatchSource,
  test: BatchSource,
  options: SweepOptions,
): Promise<readonly SweepRow[]> {
  requireKnownFields("options", options, [
    "depths",
    "batches",
    "optimizers",
    "widths",
    "epochs",
    "seed",
    "threads",
    "classes",
    "onProgress",
    "signal",
  ]);
  for (const depth of options.depths) requireInteger("depths", depth, 0, 100);
  const jobs = jobsOf(options);
  const total = jobs.reduce((sum, job) => sum + weightOf(job), 0);
  const rows: SweepRow[] = [];
  let before = 0;
  for (const job of jobs) {
    const what = `depth ${job.depth}, batch ${job.batch}, ${job.optimizer}`;
    const row = await runJob(job, { source, test }, options, (part) =>
      options.onProgress?.((before + part * weightOf(job)) / total, what),
    );
    if (row === undefined) break;
    rows.push(row);
    before += weightOf(job);
    await options.onProgress?.(before / total, what);
  }
  return rows;
}
