/** A training run as its settings describe it, with the field names of `TrainingOptions`. */
export interface TrainingSetup {
  /** Sequences of one device and micro-step. */
  readonly batch: number;
  /** Tokens of each sequence, which the data decides. */
  readonly sequence?: number;
  readonly accumulationSteps?: number;
  readonly precision?: "fp32" | "amp-fp16" | "amp-bf16" | "bf16";
  readonly optimizer?: "adamw" | "adamw-8bit" | "sgd" | "momentum" | "lion" | "adafactor";
  /** False: `foreach`, with temporaries; otherwise the fused kernel. */
  readonly fusedOptimizer?: boolean;
  readonly attention?: "eager" | "flash";
  readonly checkpointing?: "none" | "selective" | "full";
  readonly fusedLoss?: boolean;
  readonly optimizerInBackward?: boolean;
  readonly adapter?: {
    readonly kind: "lora" | "qlora";
    readonly rank: number;
    readonly targets?: "all" | "attention" | "feed-forward" | "queries-values";
  };
  readonly sharding?: {
    readonly kind: "ddp" | "zero-1" | "zero-2" | "zero-3" | "fsdp";
    readonly ranks: number;
    readonly reshardAfterForward?: boolean;
    readonly offloadOptimizer?: boolean;
    readonly offloadParameters?: boolean;
    readonly bucketBytes?: number;
    readonly overlapCommunication?: boolean;
  };
}

/** Returns true where DeepSpeed's ZeRO shards or offloads. */
export function isZero(setup: TrainingSetup): boolean {
  return setup.sharding?.kind.startsWith("zero") === true;
}
