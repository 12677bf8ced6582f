import type { BatchSource, LossName, Network, Schedule, Trainer } from "../../lab/index.ts";

/** Something to train, and what it is judged by. */
export interface TrainingTask {
  /** What it is, for the page's title. */
  readonly title: string;
  readonly network: Network;
  readonly loss: LossName;
  readonly source: BatchSource;
  /** Samples that are not learned from. */
  readonly test: BatchSource;
  /** Evaluates the test samples after each epoch, too. */
  readonly validates: boolean;
  readonly batch: number;
  readonly epochs: number;
  readonly learningRate: number | undefined;
  readonly schedule: Schedule;
  readonly warmupSteps: number;
  /** Strings that are saved with the weights: what is needed to use them, such as a vocabulary. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Lines that a person reads before the training and after it. */
  readonly before: readonly string[];
  /** What is written besides the weights. */
  readonly finish?: (trainer: Trainer) => Promise<void>;
  readonly after: (trainer: Trainer, scores: { readonly loss: number }) => readonly string[];
}
