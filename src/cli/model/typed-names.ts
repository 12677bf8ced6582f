import { LoadlineError } from "../../shared/errors.ts";
import type { Given } from "./size-arguments.ts";

/** Flags by the library's name of an option. Of several flags, the error names the one that was typed, else the first. */
const flags: Readonly<Record<string, readonly string[]>> = {
  budgetBytes: ["memory"],
  hostBytes: ["host"],
  device: ["device"],
  devices: ["gpus"],
  engine: ["engine", "train"],
  workload: ["workload"],
  "workload.inputTokens": ["input", "sequence"],
  "workload.outputTokens": ["output"],
  "workload.sequences": ["batch", "sequences"],
  keyType: ["key-type", "kv-type"],
  valueType: ["value-type", "kv-type"],
  cacheType: ["kv-type"],
  contextTokens: ["context"],
  sequences: ["sequences"],
  batch: ["batch"],
  ubatch: ["ubatch"],
  unified: ["unified"],
  fullWindows: ["full-windows"],
  gpuLayers: ["gpu-layers"],
  tensorSplit: ["tensor-split"],
  overrides: ["override-tensor"],
  projector: ["mmproj"],
  adapter: ["lora"],
  draft: ["draft"],
  promptCacheBytes: ["cache-ram"],
  checkpoints: ["ctx-checkpoints"],
  memoryBytes: ["memory"],
  utilization: ["utilization"],
  release: ["vllm-release"],
  maxSequences: ["max-sequences"],
  batchedTokens: ["batched-tokens"],
  blockTokens: ["block-size"],
  tensorParallel: ["tensor-parallel"],
  pipelineParallel: ["pipeline-parallel"],
  sequence: ["sequence"],
  openSize: ["sequence"],
  precision: ["precision"],
  attention: ["attention"],
  checkpointing: ["checkpointing"],
  accumulationSteps: ["accumulation"],
  "adapter.kind": ["adapter"],
  "adapter.rank": ["rank"],
  "adapter.targets": ["targets"],
  sharding: ["sharding"],
  "sharding.kind": ["sharding"],
  "sharding.ranks": ["ranks"],
  "sharding.bucketBytes": ["bucket"],
  offloadParameters: ["offload-parameters"],
  outputs: ["outputs"],
  flashAttention: ["flash-attention"],
  optimizer: ["optimizer"],
  training: ["train"],
  token: ["token"],
};

/** Returns the flag of a library's option as the user typed it. */
function findTypedFlag(option: unknown, given: Given): string | undefined {
  const names = typeof option === "string" && Object.hasOwn(flags, option) ? flags[option] : undefined;
  return names?.find((name) => given[name] !== undefined) ?? names?.[0];
}

/** Calls the library. An error about an option names the flag that was typed, in the message and in `details.option`. */
export async function inTypedNames<Result>(given: Given, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof LoadlineError) || error.code !== "invalid-option") throw error;
    const option = error.details["option"];
    const flag = findTypedFlag(option, given);
    if (flag === undefined || typeof option !== "string") throw error;
    const message = error.message.startsWith(option)
      ? `--${flag}${error.message.slice(option.length)}`
      : `--${flag}: ${error.message}`;
    throw new LoadlineError(error.code, message, {
      cause: error,
      details: { ...error.details, option: `--${flag}` },
    });
  }
}
