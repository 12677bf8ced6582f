import type { CheckedTraining, TrainingOptions } from "../../ledger/training/training-options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import type { Speed } from "../serving-time.ts";
import type { Workload } from "../workloads.ts";

/** Settings of a training that are in use now; batch, sequence and ranks come from the workload and the devices. */
export type CurrentTraining = Omit<TrainingOptions, "batch" | "sequence" | "sharding">;

/** All that a training is started with in a plan. */
export interface TrainingState {
  readonly description: ModelDescription;
  /** Share of the workload's tokens that a sequence keeps. */
  readonly sequenceShare: number;
  readonly accumulationSteps: number;
  readonly precision: CheckedTraining["precision"];
  readonly optimizer: CheckedTraining["optimizer"];
  readonly fusedOptimizer: boolean;
  readonly attention: CheckedTraining["attention"];
  readonly checkpointing: CheckedTraining["checkpointing"];
  readonly fusedLoss: boolean;
  readonly optimizerInBackward: boolean;
  readonly adapter: CheckedTraining["adapter"];
  readonly sharding: CheckedTraining["sharding"];
}

/** What does not change from plan to plan. The workload's sequences are those of one step, over all devices. */
export interface TrainingTask {
  readonly description: ModelDescription;
  readonly workload: Workload;
  readonly budgetBytes: number;
  readonly hostBytes: number | undefined;
  readonly devices: number;
  readonly speed: Speed;
  readonly hostSpeed: Speed;
}

/** Sequences of one device and micro-step. */
export function microBatch(state: TrainingState, task: TrainingTask): number {
  return Math.max(1, Math.ceil(task.workload.sequences / task.devices / state.accumulationSteps));
}

/** Tokens of a sequence. */
export function sequenceTokens(state: TrainingState, workload: Workload): number {
  return Math.max(1, Math.ceil((workload.inputTokens + workload.outputTokens) * state.sequenceShare));
}

/** The ledger's options for a state. */
export function trainingOptionsOf(state: TrainingState, task: TrainingTask): TrainingOptions {
  const { adapter, sharding } = state;
  return {
    batch: microBatch(state, task),
    sequence: sequenceTokens(state, task.workload),
    accumulationSteps: state.accumulationSteps,
    precision: state.precision,
    optimizer: state.optimizer,
    fusedOptimizer: state.fusedOptimizer,
    attention: state.attention,
    checkpointing: state.checkpointing,
    fusedLoss: state.fusedLoss,
    optimizerInBackward: state.optimizerInBackward,
    ...(adapter === undefined ? {} : { adapter }),
    ...(sharding === undefined ? {} : { sharding }),
  };
}
