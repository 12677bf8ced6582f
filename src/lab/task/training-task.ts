import type { BatchSource } from "../data/batch-source.ts";
import type { LossName } from "../graph/lower-loss.ts";
import type { Network } from "../network/layer.ts";
import type { Schedule } from "../train/fit.ts";

/** A network with its data and the settings that suit it. */
export interface TrainingTask {
  readonly title: string;
  readonly network: Network;
  readonly loss: LossName;
  readonly source: BatchSource;
  /** Samples that the network is tested on, and never learns from. */
  readonly test: BatchSource;
  /** Whether the test samples are also evaluated after each epoch. */
  readonly validates: boolean;
  readonly batch: number;
  readonly epochs: number;
  /** Undefined for the optimizer's own. */
  readonly learningRate: number | undefined;
  readonly schedule: Schedule;
  readonly warmupSteps: number;
  /** Strings that are saved with the weights because using them needs it, such as a vocabulary. */
  readonly metadata: Readonly<Record<string, string>>;
}
