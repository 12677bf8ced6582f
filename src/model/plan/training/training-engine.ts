import type { ByteLedger } from "../../ledger/byte-ledger.ts";
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

/** PyTorch's training as the search sees it. */
export function trainingEngine(start: TrainingState, task: TrainingTask): PlanningEngine<TrainingState> {
  const seconds = new Map<string, number>();
  const keyOf = ({ spec, ...rest }: TrainingState): string => `${spec.layers.length} ${JSON.stringify(rest)}`;
  return {
    start,
    levers: trainingLevers(task),
    seconds: (state) => {
      const key = keyOf(state);
      const found = seconds.get(key) ?? trainingSeconds(state, task);
      seconds.set(key, found);
      return found;
    },
    mayFit: (state) => leastTrainingBytes(state.spec, trainingOptionsOf(state, task)) <= task.budgetBytes,
    ledger: (state) => trainingLedger(state.spec, trainingOptionsOf(state, task)),
    needs: (ledger) => trainingNeeds(ledger, task),
  };
}
