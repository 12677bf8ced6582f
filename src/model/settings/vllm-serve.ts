import { defaultRelease, vllmRelease } from "../ledger/vllm/releases.ts";
import type { VllmOptions } from "../ledger/vllm/vllm-options.ts";
import type { ModelLoad } from "./model-load.ts";
import { commandText } from "./settings-block.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { GiB } from "../../shared/units.ts";

/** What vLLM is started with in addition to the engine's options. */
export interface VllmServeOptions {
  /** A repository of the hub, a folder, or a placeholder for them. */
  readonly model: string | ModelLoad;
  readonly options: VllmOptions;
  /** Precision of the weights: "fp8" is made while loading, "awq" needs a checkpoint of its own. */
  readonly quantization?: string | undefined;
}

/**
 * Returns the command that starts vLLM with these options. Heads are known to divide by the ranks (the ledger refuses others),
 * and memory is the share of what the driver reports.
 */
export function vllmServeSettings(serve: VllmServeOptions): SettingsBlock {
  const { options, quantization } = serve;
  const load = typeof serve.model === "string" ? { words: [serve.model], notes: [] } : serve.model;
  const release = options.release ?? defaultRelease;
  const flags: readonly (readonly string[])[] = [
    ...(options.contextTokens === undefined ? [] : [["--max-model-len", String(options.contextTokens)]]),
    ...(options.maxSequences === undefined ? [] : [["--max-num-seqs", String(options.maxSequences)]]),
    ...(options.batchedTokens === undefined
      ? []
      : [["--max-num-batched-tokens", String(options.batchedTokens)]]),
    ["--gpu-memory-utilization", String(options.utilization ?? vllmRelease(release).utilization)],
    ...(options.blockTokens === undefined ? [] : [["--block-size", String(options.blockTokens)]]),
    ...(options.cacheType === undefined || options.cacheType === "auto"
      ? []
      : [["--kv-cache-dtype", options.cacheType]]),
    ...(quantization === undefined ? [] : [["--quantization", quantization]]),
    ...((options.tensorParallel ?? 1) > 1
      ? [["--tensor-parallel-size", String(options.tensorParallel)]]
      : []),
    ...((options.pipelineParallel ?? 1) > 1
      ? [["--pipeline-parallel-size", String(options.pipelineParallel)]]
      : []),
    ...(options.eager === true ? [["--enforce-eager"]] : []),
    ...((options.offloadBytes ?? 0) > 0
      ? [["--cpu-offload-gb", String(Math.ceil((options.offloadBytes ?? 0) / GiB))]]
      : []),
  ];
  return {
    target: `vllm serve (vLLM ${release})`,
    kind: "command",
    text: commandText(["vllm", "serve", ...load.words], flags),
    notes: [
      ...load.notes,
      "the pool takes the rest of vLLM's share; the ledger says what the requests need of it",
      ...(quantization === "awq" ? ["awq needs a checkpoint that was quantized with AWQ"] : []),
    ],
  };
}
