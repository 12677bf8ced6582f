import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import { leastTrainingBytes, trainingLedger } from "../../ledger/training/training-ledger.ts";
import type { Need, PlanningEngine } from "../lever.ts";
import { trainingLevers } from "./training-levers.ts";
import { trainingOptionsOf, type TrainingState, type TrainingTask } from "./training-state.ts";
import { trainingSeconds } from "./training-time.ts";

/** Every rank's device with the budget; the host's own where it is told. */
function trainingNeeds(ledger: ByteLedger, task: TrainingTask): readonly Need[] {
  return ledger.totals.flatMap(({ device, phase, bytes }): readonly Need[] => {
    const budgetBytes = device === "host" ? task.hostBytes : task.budgetBytes;
    return budgetBytes === undefined ? [] : [{ device, phase, bytes, budgetBytes }];
  });
}

/** Bytes of the layers' weights on a device at least: half a byte each in 4 bits, two otherwise, whole or shared out. */
function weightsAtLeast({ adapter, sharding }: TrainingState, parameters: number): number {
  if (sharding?.offloadParameters === true) return 0;
  const ranks = sharding?.kind === "zero-3" || sharding?.kind === "fsdp" ? sharding.ranks : 1;
  return ((adapter?.kind === "qlora" ? 0.5 : 2) * parameters) / ranks;
}

/** PyTorch's training as the search sees it. */
export function trainingEngine(start: TrainingState, task: TrainingTask): PlanningEngine<TrainingState> {
  const seconds = new Map<string, number>();
  const keyOf = (state: TrainingState): string =>
    `${state.description.layers.length} ${state.sequenceShare} ${state.accumulationSteps} ${state.precision} ${state.optimizer} ${state.checkpointing} ${state.adapter?.kind ?? ""} ${state.sharding?.kind ?? ""} ${state.sharding?.offloadOptimizer === true} ${state.sharding?.offloadParameters === true}`;
  const groups = weightGroups(start.description);
  const layers = groups === undefined ? 0 : groups.dense.parameters + groups.experts.parameters;
  const leanest = new Map<string, boolean>();
  const most = Math.ceil(task.workload.sequences / task.devices);
  // micro-steps differ by their batch alone: where the smallest does not fit, no other needs to be looked at
  const fits = (state: TrainingState): boolean => {
    if (state.accumulationSteps === 1 || state.accumulationSteps >= most) return true;
    const least = { ...state, accumulationSteps: most };
    const key = `${keyOf(least)} ${state.attention} ${state.fusedLoss} ${state.fusedOptimizer}`;
    const found =
      leanest.get(key) ??
      leastTrainingBytes(least.description, trainingOptionsOf(least, task)) <= task.budgetBytes;
    leanest.set(key, found);
    return found;
  };
  return {
    start,
    levers: trainingLevers(task),
    seconds: (state) => {
      const key = keyOf(state);
      const found = seconds.get(key) ?? trainingSeconds(state, task);
      seconds.set(key, found);
      return found;
    },
    mayFit: (state) => {
      if (weightsAtLeast(state, layers) > task.budgetBytes || !fits(state)) return false;
      return leastTrainingBytes(state.description, trainingOptionsOf(state, task)) <= task.budgetBytes;
    },
    ledger: (state) => trainingLedger(state.description, trainingOptionsOf(state, task)),
    needs: (ledger) => trainingNeeds(ledger, task),
  };
}
