import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber, requireOneOf } from "../../../shared/options.ts";
import type { Spec } from "../../spec/spec.ts";

/** How vLLM is started, and what is asked of it. */
export interface VllmOptions {
  /** Memory of one device as the driver reports it, in bytes. Left out: the pool is as large as the requests need. */
  readonly memoryBytes?: number;
  /** `--gpu-memory-utilization`. Default 0.9. */
  readonly utilization?: number;
  /** `--max-model-len`. Default what the model was trained for. */
  readonly contextTokens?: number;
  /** Requests at a time that are to fit, each of `requestTokens`. Default 1 of the whole context. */
  readonly sequences?: number;
  readonly requestTokens?: number;
  /** `--max-num-seqs`. Default 1024 (vLLM's own on a card of 80 GB). */
  readonly maxSequences?: number;
  /** `--max-num-batched-tokens`. Default 8192. */
  readonly batchedTokens?: number;
  /** Tokens of a block. Default 16. */
  readonly blockTokens?: number;
  /** `--kv-cache-dtype`. Default "auto": as the weights. */
  readonly cacheType?: "auto" | "fp8" | "fp8_ds_mla";
  readonly tensorParallel?: number;
  readonly pipelineParallel?: number;
  /** `--enforce-eager`: no CUDA graphs. Default false. */
  readonly eager?: boolean;
  /** `--cpu-offload-gb` in bytes, of each device's weights. Default 0. */
  readonly offloadBytes?: number;
}

/** Options with every default filled in. */
export interface CheckedVllmOptions extends Required<Omit<VllmOptions, "memoryBytes">> {
  readonly memoryBytes: number | undefined;
}

const fields = [
  "memoryBytes",
  "utilization",
  "contextTokens",
  "sequences",
  "requestTokens",
  "maxSequences",
  "batchedTokens",
  "blockTokens",
  "cacheType",
  "tensorParallel",
  "pipelineParallel",
  "eager",
  "offloadBytes",
];
const mostTokens = 2 ** 31;
const mostBytes = 2 ** 50;

/** Heads, key and value heads and vocabulary that tensor parallelism cannot share out evenly. */
export function undivided(spec: Spec, ranks: number): string | undefined {
  for (const { attention } of spec.layers) {
    if (attention === undefined) continue;
    const { heads, keyValueHeads } = attention;
    if (heads % ranks !== 0) return `${heads} heads`;
    const shared = keyValueHeads >= ranks ? keyValueHeads % ranks : ranks % keyValueHeads;
    if (attention.latent === undefined && shared !== 0) return `${keyValueHeads} key and value heads`;
  }
  return undefined;
}

function checkedRanks(spec: Spec, options: VllmOptions): { tensor: number; pipeline: number } {
  const tensor = requireInteger("tensorParallel", options.tensorParallel ?? 1, 1, 1024);
  const pipeline = requireInteger("pipelineParallel", options.pipelineParallel ?? 1, 1, 1024);
  const left = undivided(spec, tensor);
  if (left !== undefined) {
    throw new LoadlineError(
      "invalid-option",
      `tensorParallel: got ${tensor} for ${left}, allowed: a number that divides them (vLLM refuses others)`,
      { details: { option: "tensorParallel", got: tensor } },
    );
  }
  if (spec.layers.length > 0 && pipeline > spec.layers.length) {
    throw new LoadlineError(
      "invalid-option",
      `pipelineParallel: got ${pipeline} for ${spec.layers.length} layers, allowed: up to one stage a layer`,
      { details: { option: "pipelineParallel", got: pipeline } },
    );
  }
  return { tensor, pipeline };
}

/** Checks options once. Throws `invalid-option` for what vLLM would refuse. */
export function checkVllmOptions(spec: Spec, options: VllmOptions): CheckedVllmOptions {
  requireKnownFields("options", options, fields);
  const { tensor, pipeline } = checkedRanks(spec, options);
  const contextTokens = options.contextTokens ?? spec.contextLength;
  if (contextTokens === undefined) {
    throw new LoadlineError(
      "invalid-option",
      "contextTokens: got none, and the model does not say its own; allowed: a whole number from 1",
      { details: { option: "contextTokens" } },
    );
  }
  const context = requireInteger("contextTokens", contextTokens, 1, mostTokens);
  const { memoryBytes } = options;
  return {
    memoryBytes:
      memoryBytes === undefined ? undefined : requireInteger("memoryBytes", memoryBytes, 1, mostBytes),
    utilization: requireNumber("utilization", options.utilization ?? 0.9, 0.01, 1),
    contextTokens: context,
    sequences: requireInteger("sequences", options.sequences ?? 1, 1, 1_000_000),
    requestTokens: requireInteger("requestTokens", options.requestTokens ?? context, 1, context),
    maxSequences: requireInteger("maxSequences", options.maxSequences ?? 1024, 1, 1_000_000),
    batchedTokens: requireInteger("batchedTokens", options.batchedTokens ?? 8192, 1, mostTokens),
    blockTokens: requireInteger("blockTokens", options.blockTokens ?? 16, 1, 4096),
    cacheType: requireOneOf("cacheType", options.cacheType ?? "auto", ["auto", "fp8", "fp8_ds_mla"]),
    tensorParallel: tensor,
    pipelineParallel: pipeline,
    eager: options.eager === true,
    offloadBytes: requireInteger("offloadBytes", options.offloadBytes ?? 0, 0, mostBytes),
  };
}
