import type { EpochResult, TrainingPlan, Program, Scores } from "../../lab/index.ts";

/** What a training run gave, as its page shows it. */
export interface TrainingRun {
  readonly program: Program;
  readonly plan: TrainingPlan | undefined;
  readonly epochs: readonly EpochResult[];
  /** On the test set. */
  readonly scores: Scores;
  /** Bytes that were written to, as measured. */
  readonly peakBytes: number;
  readonly stopped: boolean;
}
