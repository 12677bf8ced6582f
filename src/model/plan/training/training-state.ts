import type { CheckedTraining, TrainingOptions } from "../../ledger/training/training-options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import type { Workload } from "../request/workloads.ts";

/** Everything a training run is started with in a plan. */
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

/** Returns the sequences of one device and micro-step. */
export function microBatch(state: TrainingState, request: PlanRequest): number {
  return Math.max(1, Math.ceil(request.workload.sequences / request.devices / state.accumulationSteps));
}

/** Returns the tokens of a sequence. */
export function sequenceTokens(state: TrainingState, workload: Workload): number {
  return Math.max(1, Math.ceil((workload.inputTokens + workload.outputTokens) * state.sequenceShare));
}

/** Returns the ledger's options for a state. */
export function trainingOptionsOf(state: TrainingState, request: PlanRequest): TrainingOptions {
  const { adapter, sharding } = state;
  return {
    batch: microBatch(state, request),
    sequence: sequenceTokens(state, request.workload),
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
