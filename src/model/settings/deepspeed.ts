import { LoadlineError } from "../../shared/errors.ts";
import type { SettingsBlock } from "./settings-block.ts";
import type { TrainingSetup } from "./training-setup.ts";

/** A DeepSpeed configuration, as its JSON file holds it. */
export type DeepSpeedConfig = Readonly<Record<string, unknown>>;

/**
 * Names that DeepSpeed 0.19 reads, of those written here. It ignores names that it does not know: a typing error would
 * silently fall back to the default.
 */
const knownNames: Readonly<Record<string, readonly string[]>> = {
  "": [
    "train_micro_batch_size_per_gpu",
    "gradient_accumulation_steps",
    "gradient_clipping",
    "bf16",
    "fp16",
    "zero_optimization",
    "activation_checkpointing",
    "optimizer",
    "zero_force_ds_cpu_optimizer",
  ],
  bf16: ["enabled"],
  fp16: ["enabled", "loss_scale", "initial_scale_power", "loss_scale_window", "hysteresis", "min_loss_scale"],
  zero_optimization: [
    "stage",
    "overlap_comm",
    "contiguous_gradients",
    "reduce_scatter",
    "reduce_bucket_size",
    "allgather_bucket_size",
    "offload_optimizer",
    "offload_param",
    "stage3_prefetch_bucket_size",
    "stage3_param_persistence_threshold",
    "stage3_max_live_parameters",
    "stage3_max_reuse_distance",
    "stage3_gather_16bit_weights_on_model_save",
  ],
  offload_optimizer: ["device", "pin_memory"],
  offload_param: ["device", "pin_memory"],
  activation_checkpointing: ["partition_activations", "cpu_checkpointing", "contiguous_memory_optimization"],
  optimizer: ["type", "params"],
};

/** Lists the names of a configuration that DeepSpeed would ignore, with their path. */
export function unknownDeepSpeedNames(config: DeepSpeedConfig, part = ""): readonly string[] {
  const known = knownNames[part];
  if (known === undefined) return [];
  return Object.entries(config).flatMap(([name, value]) => {
    const path = part === "" ? name : `${part}.${name}`;
    if (!known.includes(name)) return [path];
    const isPart = typeof value === "object" && value !== null && !Array.isArray(value);
    return isPart ? unknownDeepSpeedNames(value as DeepSpeedConfig, name) : [];
  });
}

const stages: Readonly<Record<string, number>> = { "zero-1": 1, "zero-2": 2, "zero-3": 3 };
/** Elements of a bucket: DeepSpeed's default. */
const bucketElements = 500_000_000;

function zeroPart(setup: TrainingSetup, stage: number): DeepSpeedConfig {
  const sharding = setup.sharding;
  const bucket = sharding?.bucketBytes === undefined ? bucketElements : Math.floor(sharding.bucketBytes / 2);
  const cpu = { device: "cpu", pin_memory: true };
  return {
    stage,
    overlap_comm: sharding?.overlapCommunication ?? true,
    contiguous_gradients: true,
    reduce_bucket_size: bucket,
    ...(stage < 3
      ? { allgather_bucket_size: bucket }
      : { stage3_prefetch_bucket_size: Math.floor(bucket * 0.9) }),
    ...(sharding?.offloadOptimizer === true ? { offload_optimizer: cpu } : {}),
    ...(sharding?.offloadParameters === true && stage === 3 ? { offload_param: cpu } : {}),
  };
}

/** Returns true where the host has to run PyTorch's optimizer: DeepSpeed has its own only for Adam and Lion. */
function keepsOptimizer(setup: TrainingSetup): boolean {
  const { optimizer, sharding } = setup;
  return sharding?.offloadOptimizer === true && (optimizer === "sgd" || optimizer === "momentum");
}

/**
 * Returns DeepSpeed's configuration for a training run that ZeRO shards. Errors: `invalid-option` for other sharding;
 * `internal` for a name that DeepSpeed does not read.
 */
export function deepSpeedSettings(setup: TrainingSetup): SettingsBlock {
  const stage = stages[setup.sharding?.kind ?? ""];
  if (stage === undefined) {
    throw new LoadlineError("invalid-option", "sharding: DeepSpeed settings need zero-1, zero-2 or zero-3", {
      details: { option: "sharding" },
    });
  }
  if (setup.sharding?.offloadParameters === true && stage < 3) {
    throw new LoadlineError("invalid-option", `offloadParameters requires zero-3 (sharding: zero-${stage})`, {
      details: { option: "offloadParameters" },
    });
  }
  const config: DeepSpeedConfig = {
    train_micro_batch_size_per_gpu: setup.batch,
    gradient_accumulation_steps: setup.accumulationSteps ?? 1,
    gradient_clipping: 1,
    ...(setup.precision === "amp-fp16" ? { fp16: { enabled: true } } : {}),
    ...(setup.precision === "fp32" || setup.precision === "amp-fp16" ? {} : { bf16: { enabled: true } }),
    zero_optimization: zeroPart(setup, stage),
    ...(keepsOptimizer(setup) ? { zero_force_ds_cpu_optimizer: false } : {}),
  };
  const unknown = unknownDeepSpeedNames(config);
  if (unknown.length > 0)
    throw new LoadlineError("internal", `DeepSpeed does not know ${unknown.join(", ")}`);
  return {
    target: "DeepSpeed (0.19), deepspeed.json",
    kind: "json",
    text: JSON.stringify(config, undefined, 2),
    notes: [
      "batch and accumulation must equal those of TrainingArguments",
      ...(setup.sharding?.offloadOptimizer === true && !keepsOptimizer(setup)
        ? [`DeepSpeed runs its own ${setup.optimizer === "lion" ? "Lion" : "Adam"} on the processor`]
        : []),
    ],
  };
}
