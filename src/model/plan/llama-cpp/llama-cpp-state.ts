import type { ModelDescription } from "../../description/model-description.ts";
import type { LlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import type { Workload } from "../request/workloads.ts";
import type { PlanRequest } from "../request/plan-options.ts";

/** Which layers, or which of their experts, are on the host. */
export type Offload =
  | { readonly kind: "none" }
  /** The last `layers` of all layers and the output layer are on the cards. */
  | { readonly kind: "layers"; readonly layers: number }
  /** Experts of the first `layers` layers are on the host. */
  | { readonly kind: "experts"; readonly layers: number };

/** Everything llama.cpp is started with in a plan. */
export interface LlamaCppState {
  readonly description: ModelDescription;
  readonly keyType: string;
  readonly valueType: string;
  readonly flashAttention: boolean;
  readonly fullWindows: boolean;
  readonly unified: boolean;
  readonly sequences: number;
  readonly contextShare: number;
  readonly ubatch: number;
  readonly batch: number;
  readonly wantedRows: boolean;
  readonly offload: Offload;
  readonly cacheOnHost: boolean;
}

/** Returns the tokens of context for all sequences: each its share of input and output, padded to 256. */
export function contextTokens(state: LlamaCppState, workload: Workload): number {
  const each = Math.ceil((workload.inputTokens + workload.outputTokens) * state.contextShare);
  const padded = Math.ceil(each / 256) * 256;
  return padded * state.sequences;
}

/** Returns the pattern of tensors for `-ot` that keeps the experts of the first layers on the host. */
export function expertPattern(layers: number): string {
  const list = Array.from({ length: layers }, (_, index) => index).join("|");
  return `blk\\.(${list})\\.ffn_(gate|up|down|gate_up)_(ch|)exps`;
}

/** Returns the engine's options for a state. */
export function optionsOf(state: LlamaCppState, request: PlanRequest): LlamaCppOptions {
  const { offload } = state;
  return {
    contextTokens: contextTokens(state, request.workload),
    sequences: state.sequences,
    batch: state.batch,
    ubatch: state.ubatch,
    keyType: state.keyType,
    valueType: state.valueType,
    flashAttention: state.flashAttention,
    unified: state.unified,
    fullWindows: state.fullWindows,
    ...(state.wantedRows ? { outputs: Math.min(state.batch, state.sequences) } : {}),
    devices: request.devices,
    gpuLayers: offload.kind === "layers" ? offload.layers : "all",
    ...(offload.kind === "experts" && offload.layers > 0
      ? { overrides: [{ pattern: expertPattern(offload.layers), device: "host" }] }
      : {}),
    offloadCache: !state.cacheOnHost,
  };
}
