import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import { batchDefaults, defaultRelease, deviceClass, vllmRelease } from "../../ledger/vllm/releases.ts";
import { stagesOf } from "../../ledger/vllm/stages.ts";
import { vllmLedger, vllmRefusal } from "../../ledger/vllm/vllm-ledger.ts";
import { listNeeds } from "../search/plan-adapter.ts";
import type { PlanAdapter } from "../search/plan-adapter.ts";
import { remember } from "../search/remember.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { servingSeconds } from "../cost/serving-time.ts";
import { vllmMeasures } from "./vllm-measures.ts";
import { requestTokens, vllmOptionsOf } from "./vllm-state.ts";
import type { VllmState } from "./vllm-state.ts";

/** Without CUDA graphs each step launches its kernels one by one: a fifth more, as a rule of thumb. */
const eagerFactor = 1.2;
/** Ranks exchange results after each layer: four fifths of their added speed remain, as a rule of thumb. */
const rankShare = 0.8;

function secondsOf(state: VllmState, request: PlanRequest): number {
  const groups = weightGroups(state.description);
  const all = groups === undefined ? 0 : groups.dense.bytes + groups.experts.bytes + groups.output.bytes;
  const ranks = state.tensorParallel === 1 ? 1 : state.tensorParallel * rankShare;
  const devices = state.tensorParallel * state.pipelineParallel;
  const seconds = servingSeconds(
    {
      description: state.description,
      workload: request.workload,
      sequences: state.sequences,
      contextShare: state.contextShare,
      ubatch: state.batchedTokens,
      cacheElementBytes: state.cacheType === "fp8" ? 1 : 2,
      hostWeights: all === 0 ? 0 : Math.min(1, (state.offloadBytes * devices) / all),
      hostCache: 0,
      ranks,
      hostComputes: false,
    },
    request.speed,
    request.hostSpeed,
  );
  return state.eager ? seconds * eagerFactor : seconds;
}

/** Key of what the seconds of a state depend on; a search needs them tens of thousands of times. */
function keyOf(state: VllmState): string {
  const { description, sequences, contextShare, maxSequences, batchedTokens, cacheType, eager } = state;
  const { tensorParallel, pipelineParallel, offloadBytes } = state;
  return `${description.weightBytes ?? ""} ${sequences} ${contextShare} ${maxSequences} ${batchedTokens} ${cacheType} ${eager} ${tensorParallel} ${pipelineParallel} ${offloadBytes}`;
}

/** Returns the bytes of weights on the fullest rank; 0 where they are not known. */
function fullestRank({ description, tensorParallel, pipelineParallel }: VllmState): number {
  const stages = stagesOf(description, tensorParallel, pipelineParallel);
  return stages.reduce((most, stage) => Math.max(most, stage.weightBytes ?? 0), 0);
}

/** Starts from what `vllm serve` sets on such a device, with at least the workload's sequences. */
function startState({ description, workload, budgetBytes, device, current }: PlanRequest): VllmState {
  const usual = batchDefaults(
    vllmRelease(defaultRelease),
    { memoryBytes: budgetBytes, deviceClass: deviceClass(device?.name) },
    workload.inputTokens + workload.outputTokens,
  );
  return {
    description,
    sequences: workload.sequences,
    contextShare: 1,
    maxSequences: Math.max(usual.maxSequences, workload.sequences),
    batchedTokens: Math.max(current.ubatch ?? usual.batchedTokens, workload.sequences),
    cacheType: "auto",
    eager: false,
    tensorParallel: 1,
    pipelineParallel: 1,
    offloadBytes: 0,
  };
}

/** Adapts vLLM to the search. */
export function vllmAdapter(request: PlanRequest): PlanAdapter<VllmState> {
  const seconds = new Map<string, number>();
  const refusals = new Map<string, boolean>();
  const isRefused = (state: VllmState): boolean => {
    const key = `${state.tensorParallel} ${state.cacheType}`;
    return remember(
      refusals,
      key,
      () => vllmRefusal(request.description, vllmOptionsOf(state, request)) !== undefined,
    );
  };
  // vLLM may use its share of each device
  const budget = Math.ceil(request.budgetBytes * request.utilization);
  return {
    start: startState(request),
    measures: vllmMeasures(request),
    seconds: (state) => remember(seconds, keyOf(state), () => secondsOf(state, request)),
    mayFit: (state) => fullestRank(state) - state.offloadBytes <= budget && !isRefused(state),
    ledger: (state) => vllmLedger(state.description, vllmOptionsOf(state, request)),
    needs: (ledger) => listNeeds(ledger, { device: budget, host: request.hostBytes }),
    settings: (state) => ({
      engine: "vllm",
      options: vllmOptionsOf(state, request),
      weightType: state.quantization,
      contextTokens: requestTokens(state, request.workload),
      sequences: state.sequences,
    }),
  };
}
