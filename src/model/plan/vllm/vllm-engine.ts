import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import { vllmLedger } from "../../ledger/vllm/vllm-ledger.ts";
import type { Need, PlanningEngine } from "../lever.ts";
import { servingSeconds } from "../serving-time.ts";
import { vllmLevers } from "./vllm-levers.ts";
import { vllmOptionsOf, type VllmState, type VllmTask } from "./vllm-state.ts";

/** Without CUDA graphs each step starts its kernels one by one: a fifth is added, as a rule of thumb. */
const eagerFactor = 1.2;
/** Ranks exchange their parts after each layer: no more than four fifths of their speeds add up. */
const rankShare = 0.8;

function secondsOf(state: VllmState, task: VllmTask): number {
  const groups = weightGroups(state.spec);
  const all = groups === undefined ? 0 : groups.dense.bytes + groups.experts.bytes + groups.output.bytes;
  const ranks = state.tensorParallel === 1 ? 1 : state.tensorParallel * rankShare;
  const devices = state.tensorParallel * state.pipelineParallel;
  const seconds = servingSeconds(
    {
      spec: state.spec,
      workload: task.workload,
      sequences: state.sequences,
      contextShare: state.contextShare,
      ubatch: state.batchedTokens,
      cacheElementBytes: state.cacheType === "fp8" ? 1 : 2,
      hostWeights: all === 0 ? 0 : Math.min(1, (state.offloadBytes * devices) / all),
      hostCache: 0,
      ranks,
      hostComputes: false,
    },
    task.speed,
    task.hostSpeed,
  );
  return state.eager ? seconds * eagerFactor : seconds;
}

/** Devices of a ledger with the part of their memory that vLLM is let have; the host's own budget where it is told. */
export function vllmNeeds(ledger: ByteLedger, task: VllmTask): readonly Need[] {
  const each = Math.ceil(task.budgetBytes * task.utilization);
  return ledger.totals.flatMap(({ device, phase, bytes }): readonly Need[] => {
    const budgetBytes = device === "host" ? task.hostBytes : each;
    return budgetBytes === undefined ? [] : [{ device, phase, bytes, budgetBytes }];
  });
}

/** What the seconds of a state depend on; a search asks for them tens of thousands of times. */
function keyOf(state: VllmState): string {
  const { spec, sequences, contextShare, maxSequences, batchedTokens, cacheType, eager } = state;
  const { tensorParallel, pipelineParallel, offloadBytes } = state;
  return `${spec.weightBytes ?? ""} ${sequences} ${contextShare} ${maxSequences} ${batchedTokens} ${cacheType} ${eager} ${tensorParallel} ${pipelineParallel} ${offloadBytes}`;
}

/** Bytes of the layers' weights, which every placement shares out over all ranks. */
function layerWeights(spec: VllmState["spec"]): number {
  const groups = weightGroups(spec);
  return groups === undefined ? 0 : groups.dense.bytes + groups.experts.bytes;
}

/** vLLM as the search sees it. */
export function vllmEngine(start: VllmState, task: VllmTask): PlanningEngine<VllmState> {
  const seconds = new Map<string, number>();
  const weights = new Map<VllmState["spec"], number>();
  const budget = Math.ceil(task.budgetBytes * task.utilization);
  return {
    start,
    levers: vllmLevers(task),
    seconds: (state) => {
      const key = keyOf(state);
      const found = seconds.get(key) ?? secondsOf(state, task);
      seconds.set(key, found);
      return found;
    },
    // the fullest rank holds no less than its share of the layers
    mayFit: (state) => {
      const all = weights.get(state.spec) ?? layerWeights(state.spec);
      weights.set(state.spec, all);
      return all / (state.tensorParallel * state.pipelineParallel) - state.offloadBytes <= budget;
    },
    ledger: (state) => vllmLedger(state.spec, vllmOptionsOf(state, task)),
    needs: (ledger) => vllmNeeds(ledger, task),
  };
}
