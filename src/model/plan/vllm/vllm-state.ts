import type { VllmOptions } from "../../ledger/vllm/vllm-options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import type { Workload } from "../request/workloads.ts";

/** Everything vLLM is started with in a plan. */
export interface VllmState {
  readonly description: ModelDescription;
  /** Another precision of the weights, as `--quantization` names it. */
  readonly quantization?: string | undefined;
  readonly sequences: number;
  readonly contextShare: number;
  readonly maxSequences: number;
  readonly batchedTokens: number;
  readonly cacheType: "auto" | "fp8";
  readonly eager: boolean;
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  readonly offloadBytes: number;
}

/** Returns the tokens of one request. */
export function requestTokens(state: VllmState, workload: Workload): number {
  return Math.ceil((workload.inputTokens + workload.outputTokens) * state.contextShare);
}

/** Returns the engine's options for a state; the pool is sized by what the requests need. */
export function vllmOptionsOf(state: VllmState, request: PlanRequest): VllmOptions {
  const tokens = requestTokens(state, request.workload);
  return {
    utilization: request.utilization,
    contextTokens: tokens,
    requestTokens: tokens,
    sequences: state.sequences,
    // vLLM refuses more sequences than tokens in a step
    maxSequences: Math.min(state.maxSequences, state.batchedTokens),
    batchedTokens: state.batchedTokens,
    cacheType: state.cacheType,
    tensorParallel: state.tensorParallel,
    pipelineParallel: state.pipelineParallel,
    eager: state.eager,
    offloadBytes: state.offloadBytes,
  };
}
