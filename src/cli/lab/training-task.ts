import type { Scores, Trainer, TrainingTask } from "../../lab/index.ts";

/** A task with what its command prints and writes in addition to the weights. */
export interface CommandTask extends TrainingTask {
  /** Lines to print before the run. */
  readonly before?: readonly string[];
  /** Lines to print after it. */
  readonly after?: (scores: Scores) => readonly string[];
  /** Writes more than the weights. */
  readonly finish?: (trainer: Trainer) => Promise<void>;
}
