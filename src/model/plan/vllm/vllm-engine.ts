import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import { stagesOf } from "../../ledger/vllm/stages.ts";
import { vllmLedger, vllmRefusal } from "../../ledger/vllm/vllm-ledger.ts";
import type { Need, PlanningEngine } from "../lever.ts";
import { servingSeconds } from "../serving-time.ts";
import { vllmLevers } from "./vllm-levers.ts";
import { vllmOptionsOf, type VllmState, type VllmTask } from "./vllm-state.ts";

/** Without CUDA graphs each step starts its kernels one by one: a fifth is added, as a rule of thumb. */
const eagerFactor = 1.2;
/** Ranks exchange their parts after each layer: no more than four fifths of their speeds add up. */
const rankShare = 0.8;

function secondsOf(state: VllmState, task: VllmTask): number {
  const groups = weightGroups(state.description);
  const all = groups === undefined ? 0 : groups.dense.bytes + groups.experts.bytes + groups.output.bytes;
  const ranks = state.tensorParallel === 1 ? 1 : state.tensorParallel * rankShare;
  const devices = state.tensorParallel * state.pipelineParallel;
  const seconds = servingSeconds(
    {
      description: state.description,
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
  const { description, sequences, contextShare, maxSequences, batchedTokens, cacheType, eager } = state;
  const { tensorParallel, pipelineParallel, offloadBytes } = state;
  return `${description.weightBytes ?? ""} ${sequences} ${contextShare} ${maxSequences} ${batchedTokens} ${cacheType} ${eager} ${tensorParallel} ${pipelineParallel} ${offloadBytes}`;
}

/** Bytes of weights on the fullest rank, 0 where they are not known. */
function fullestRank({ description, tensorParallel, pipelineParallel }: VllmState): number {
  const stages = stagesOf(description, tensorParallel, pipelineParallel);
  return stages.reduce((most, stage) => Math.max(most, stage.weightBytes ?? 0), 0);
}

/** vLLM as the search sees it. */
export function vllmEngine(start: VllmState, task: VllmTask): PlanningEngine<VllmState> {
  const seconds = new Map<string, number>();
  const refusals = new Map<string, boolean>();
  const isRefused = (state: VllmState): boolean => {
    const key = `${state.tensorParallel} ${state.cacheType}`;
    const found =
      refusals.get(key) ?? vllmRefusal(start.description, vllmOptionsOf(state, task)) !== undefined;
    refusals.set(key, found);
    return found;
  };
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
    mayFit: (state) => fullestRank(state) - state.offloadBytes <= budget && !isRefused(state),
    ledger: (state) => vllmLedger(state.description, vllmOptionsOf(state, task)),
    needs: (ledger) => vllmNeeds(ledger, task),
  };
}
