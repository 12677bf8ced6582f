import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireOneOf } from "../../../shared/options.ts";

export const precisions = ["fp32", "amp-fp16", "amp-bf16", "bf16"] as const;
export const optimizers = ["adamw", "adamw-8bit", "sgd", "momentum", "lion", "adafactor"] as const;
export const attentions = ["eager", "flash"] as const;
export const checkpointings = ["none", "selective", "full"] as const;
export const adapterTargets = ["all", "attention", "feed-forward", "queries-values"] as const;
export const shardings = ["ddp", "zero-1", "zero-2", "zero-3", "fsdp"] as const;

/** Trained weights in addition to frozen ones; `qlora` holds the frozen ones in 4 bits. */
export interface AdapterOptions {
  readonly kind: "lora" | "qlora";
  readonly rank: number;
  /** Linear layers with an adapter; `queries-values` is PEFT's default for Llama. Default all. */
  readonly targets?: (typeof adapterTargets)[number];
}

/** How ranks divide what they hold; with `ddp` (DistributedDataParallel) each holds everything. */
export interface ShardingOptions {
  readonly kind: (typeof shardings)[number];
  readonly ranks: number;
  /** FSDP: false keeps gathered weights from the forward to the backward pass. Default true. */
  readonly reshardAfterForward?: boolean;
  readonly offloadOptimizer?: boolean;
  readonly offloadParameters?: boolean;
  /** Bytes of one communication bucket (DeepSpeed). Default 1e9: 5e8 elements of two bytes. */
  readonly bucketBytes?: number;
  /** DeepSpeed: `overlap_comm`, which holds 4.5 times the buckets. Default true. */
  readonly overlapCommunication?: boolean;
}

/** One training step in PyTorch (eager mode, the layers of Hugging Face transformers). */
export interface TrainingOptions {
  /** Sequences of one device and micro-step. */
  readonly batch: number;
  /** Tokens of each sequence. */
  readonly sequence: number;
  /** Micro-steps before the optimizer's step. Default 1. */
  readonly accumulationSteps?: number;
  /**
   * `fp32`; `amp-…`: fp32 weights with matrix products in 16 bits (`torch.autocast`, or the equivalent of DeepSpeed and FSDP);
   * `bf16`: weights, gradients and states in bf16. Default amp-bf16; bf16 with an adapter.
   */
  readonly precision?: (typeof precisions)[number];
  /** Default adamw. */
  readonly optimizer?: (typeof optimizers)[number];
  /** True: the fused optimizer kernel, without temporaries; false: `foreach`, PyTorch's default. Default false. */
  readonly fusedOptimizer?: boolean;
  /**
   * `flash`: FlashAttention, or `scaled_dot_product_attention` where it needs no mask (with one it repeats keys and values for
   * every head). Default flash.
   */
  readonly attention?: (typeof attentions)[number];
  /**
   * What is recomputed in the backward pass: nothing, attention from queries, keys and values on (Korthikanti's selective
   * recomputation with `torch.utils.checkpoint`), or full layers. Default none.
   */
  readonly checkpointing?: (typeof checkpointings)[number];
  /** True: output layer and loss are one kernel that never holds all logits (Liger). Default false. */
  readonly fusedLoss?: boolean;
  /** True: each gradient is consumed as soon as it is computed. Not with accumulation. Default false. */
  readonly optimizerInBackward?: boolean;
  readonly adapter?: AdapterOptions;
  readonly sharding?: ShardingOptions;
  /** Where it runs: kernels of the processor keep other tensors than those of a graphics card. Default cuda. */
  readonly backend?: "cuda" | "cpu";
}

/** Checked options, with every default filled in. */
export interface CheckedTraining extends Required<Omit<TrainingOptions, "adapter" | "sharding">> {
  readonly adapter: AdapterOptions | undefined;
  readonly sharding: ShardingOptions | undefined;
}

const fields = [
  "batch",
  "sequence",
  "accumulationSteps",
  "precision",
  "optimizer",
  "fusedOptimizer",
  "attention",
  "checkpointing",
  "fusedLoss",
  "optimizerInBackward",
  "adapter",
  "sharding",
  "backend",
];
const shardingFields = [
  "kind",
  "ranks",
  "reshardAfterForward",
  "offloadOptimizer",
  "offloadParameters",
  "bucketBytes",
  "overlapCommunication",
];

function refuse(option: string, message: string): LoadlineError {
  return new LoadlineError("invalid-option", `${option}: ${message}`, { details: { option } });
}

function checkSharding(sharding: ShardingOptions | undefined): ShardingOptions | undefined {
  if (sharding === undefined) return undefined;
  requireKnownFields("sharding", sharding, shardingFields);
  const kind = requireOneOf("sharding.kind", sharding.kind, shardings);
  requireInteger("sharding.ranks", sharding.ranks, 1, 65_536);
  if (sharding.bucketBytes !== undefined)
    requireInteger("sharding.bucketBytes", sharding.bucketBytes, 1, 2 ** 40);
  if (sharding.offloadParameters === true && kind !== "zero-3" && kind !== "fsdp")
    throw refuse("offloadParameters", `got ${kind}, allowed: zero-3 or fsdp`);
  return sharding;
}

function checkAdapter(adapter: AdapterOptions | undefined): AdapterOptions | undefined {
  if (adapter === undefined) return undefined;
  requireKnownFields("adapter", adapter, ["kind", "rank", "targets"]);
  requireOneOf("adapter.kind", adapter.kind, ["lora", "qlora"]);
  requireInteger("adapter.rank", adapter.rank, 1, 65_536);
  requireOneOf("adapter.targets", adapter.targets ?? "all", adapterTargets);
  return adapter;
}

/** Checks the options once. Errors: `invalid-option`. */
export function checkTraining(options: TrainingOptions): CheckedTraining {
  requireKnownFields("options", options, fields);
  const adapter = checkAdapter(options.adapter);
  const sharding = checkSharding(options.sharding);
  const accumulationSteps = requireInteger("accumulationSteps", options.accumulationSteps ?? 1, 1, 1_000_000);
  if (options.optimizerInBackward === true && accumulationSteps > 1)
    throw refuse(
      "accumulationSteps",
      `got ${accumulationSteps} with the optimizer in the backward pass, allowed: 1 (gradients are freed before they can accumulate)`,
    );
  const usual = adapter === undefined ? "amp-bf16" : "bf16";
  return {
    batch: requireInteger("batch", options.batch, 1, 2 ** 24),
    sequence: requireInteger("sequence", options.sequence, 1, 2 ** 24),
    accumulationSteps,
    precision: requireOneOf("precision", options.precision ?? usual, precisions),
    optimizer: requireOneOf("optimizer", options.optimizer ?? "adamw", optimizers),
    fusedOptimizer: options.fusedOptimizer === true,
    attention: requireOneOf("attention", options.attention ?? "flash", attentions),
    checkpointing: requireOneOf("checkpointing", options.checkpointing ?? "none", checkpointings),
    fusedLoss: options.fusedLoss === true,
    optimizerInBackward: options.optimizerInBackward === true,
    adapter,
    sharding,
    backend: requireOneOf("backend", options.backend ?? "cuda", ["cuda", "cpu"]),
  };
}
