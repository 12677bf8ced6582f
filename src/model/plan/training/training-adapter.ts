import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import { minTrainingBytes, trainingLedger } from "../../ledger/training/training-ledger.ts";
import { checkTraining } from "../../ledger/training/training-options.ts";
import { listNeeds } from "../search/plan-adapter.ts";
import type { PlanAdapter } from "../search/plan-adapter.ts";
import { remember } from "../search/remember.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { trainingMeasures } from "./training-measures.ts";
import { microBatch, sequenceTokens, trainingOptionsOf } from "./training-state.ts";
import type { TrainingState } from "./training-state.ts";
import { trainingSeconds } from "./training-time.ts";

/**
 * Returns a lower bound of the layers' weights on a device: half a byte each in 4 bits, otherwise two, divided among ranks
 * that share them.
 */
function weightsAtLeast({ adapter, sharding }: TrainingState, parameters: number): number {
  if (sharding?.offloadParameters === true) return 0;
  const ranks = sharding?.kind === "zero-3" || sharding?.kind === "fsdp" ? sharding.ranks : 1;
  return ((adapter?.kind === "qlora" ? 0.5 : 2) * parameters) / ranks;
}

function startState({ description, training, devices }: PlanRequest): TrainingState {
  const checked = checkTraining({ batch: 1, sequence: 1, ...training });
  const { batch: _batch, sequence: _sequence, backend: _backend, ...settings } = checked;
  const sharding = devices > 1 ? { kind: "ddp" as const, ranks: devices } : undefined;
  return { description, sequenceShare: 1, ...settings, sharding };
}

/** Adapts training in PyTorch to the search. */
export function trainingAdapter(request: PlanRequest): PlanAdapter<TrainingState> {
  const seconds = new Map<string, number>();
  const keyOf = (state: TrainingState): string =>
    `${state.description.layers.length} ${state.sequenceShare} ${state.accumulationSteps} ${state.precision} ${state.optimizer} ${state.checkpointing} ${state.adapter?.kind ?? ""} ${state.sharding?.kind ?? ""} ${state.sharding?.offloadOptimizer === true} ${state.sharding?.offloadParameters === true}`;
  const groups = weightGroups(request.description);
  const layers = groups === undefined ? 0 : groups.dense.parameters + groups.experts.parameters;
  const minFits = new Map<string, boolean>();
  const maxSteps = Math.ceil(request.workload.sequences / request.devices);
  // Micro-steps differ only in their batch: where the smallest does not fit, none does
  const fits = (state: TrainingState): boolean => {
    if (state.accumulationSteps === 1 || state.accumulationSteps >= maxSteps) return true;
    const least = { ...state, accumulationSteps: maxSteps };
    const key = `${keyOf(least)} ${state.attention} ${state.fusedLoss} ${state.fusedOptimizer}`;
    return remember(
      minFits,
      key,
      () => minTrainingBytes(least.description, trainingOptionsOf(least, request)) <= request.budgetBytes,
    );
  };
  return {
    start: startState(request),
    measures: trainingMeasures(request),
    seconds: (state) => remember(seconds, keyOf(state), () => trainingSeconds(state, request)),
    mayFit: (state) => {
      if (weightsAtLeast(state, layers) > request.budgetBytes || !fits(state)) return false;
      return minTrainingBytes(state.description, trainingOptionsOf(state, request)) <= request.budgetBytes;
    },
    ledger: (state) => trainingLedger(state.description, trainingOptionsOf(state, request)),
    needs: (ledger) => listNeeds(ledger, { device: request.budgetBytes, host: request.hostBytes }),
    settings: (state) => ({
      engine: "pytorch",
      options: trainingOptionsOf(state, request),
      weightType: undefined,
      contextTokens: sequenceTokens(state, request.workload),
      sequences: microBatch(state, request) * state.accumulationSteps * request.devices,
    }),
  };
}
