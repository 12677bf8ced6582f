import { LoadlineError } from "../../shared/errors.ts";

/** Options by the names that the library has for them, as they are typed. */
const typed: Readonly<Record<string, string>> = {
  budgetBytes: "--memory",
  hostBytes: "--host",
  device: "--device",
  devices: "--gpus",
  engine: "--engine",
  workload: "--workload",
  "workload.inputTokens": "--input",
  "workload.outputTokens": "--output",
  "workload.sequences": "--sequences",
  keyType: "--kv-type or --key-type",
  valueType: "--kv-type or --value-type",
  cacheType: "--kv-type",
  contextTokens: "--context",
  sequences: "--sequences",
  batch: "--batch",
  ubatch: "--ubatch",
  gpuLayers: "--gpu-layers",
  tensorSplit: "--tensor-split",
  overrideTensors: "--override-tensor",
  memoryBytes: "--memory",
  utilization: "--utilization",
  maxSequences: "--max-sequences",
  batchedTokens: "--batched-tokens",
  tensorParallel: "--tensor-parallel",
  pipelineParallel: "--pipeline-parallel",
  sequence: "--sequence",
  accumulationSteps: "--accumulation",
  "adapter.rank": "--rank",
  "sharding.ranks": "--ranks",
  "sharding.bucketBytes": "--bucket",
  offloadParameters: "--offload-parameters",
  outputs: "--outputs",
  flashAttention: "--flash-attention",
  optimizer: "--optimizer",
};

/** Runs a question about a model; what it refuses is said by the names that were typed. */
export async function inTypedNames<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof LoadlineError) || error.code !== "invalid-option") throw error;
    const at = error.message.indexOf(":");
    const name = at < 0 ? undefined : typed[error.message.slice(0, at)];
    if (name === undefined) throw error;
    throw new LoadlineError(error.code, `${name}${error.message.slice(at)}`, {
      cause: error,
      details: { option: name },
    });
  }
}
