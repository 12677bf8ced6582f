import type { CheckedTraining } from "../training-options.ts";

/** Bytes of one parameter, before ranks share them. */
export interface ParameterBytes {
  readonly weight: number;
  readonly gradient: number;
  /** The f32 copy that DeepSpeed keeps of 16-bit weights. */
  readonly master: number;
  readonly optimizer: number;
  /** Temporaries of the optimizer's step: `foreach` computes Adam's denominator for all parameters at once. */
  readonly temporary: number;
}

/** State elements of each optimizer. Adafactor keeps a row and a column of each matrix, which are counted separately. */
const stateElements: Readonly<Record<CheckedTraining["optimizer"], number>> = {
  adamw: 2,
  "adamw-8bit": 2,
  sgd: 0,
  momentum: 1,
  lion: 1,
  adafactor: 0,
};
/** bitsandbytes: one byte, and an f32 scale per 256 elements. */
const eightBit = 1 + 4 / 256;

/**
 * Returns the bytes of a trained parameter (weight + gradient + master): fp32 and AMP 4 + 4, bf16 2 + 2, DeepSpeed's mixed
 * precision 2 + 2 + 4.
 */
export function parameterBytes(options: CheckedTraining): ParameterBytes {
  const { precision, optimizer, sharding, adapter } = options;
  const isZero = sharding?.kind.startsWith("zero") === true;
  const isMixedZero = isZero && precision !== "fp32";
  const isNarrow = adapter === undefined && (precision === "bf16" || isMixedZero);
  const each = isNarrow ? 2 : 4;
  const stateBytes = isMixedZero ? 4 : each;
  const elements = stateElements[optimizer];
  const usesForeach = optimizer === "adamw" && !options.fusedOptimizer;
  return {
    weight: each,
    gradient: each,
    master: isMixedZero && adapter === undefined ? 4 : 0,
    optimizer: elements * (optimizer === "adamw-8bit" ? eightBit : stateBytes),
    temporary: usesForeach ? stateBytes : 0,
  };
}

/** QLoRA: 4 bits, and scales of 64 weights that are quantized again (Dettmers 2023: 0.127 bits). */
const fourBit = 4.127 / 8;

/** Returns the bytes of a frozen parameter in the layers and outside them. */
export function frozenBytes(options: CheckedTraining): { readonly layers: number; readonly around: number } {
  const each = options.precision === "fp32" ? 4 : 2;
  return { layers: options.adapter?.kind === "qlora" ? fourBit : each, around: each };
}

/** Returns true where DeepSpeed moves each gradient to the host at once: ZeRO 2 and 3 with the optimizer there. */
export function offloadsGradients(options: CheckedTraining): boolean {
  const { sharding } = options;
  return sharding?.offloadOptimizer === true && sharding.kind !== "zero-1" && sharding.kind !== "ddp";
}

/**
 * Returns among how many ranks each state is divided: ZeRO 1 the optimizer's, ZeRO 2 gradients too, ZeRO 3 and FSDP weights
 * too.
 */
export function shareStates(options: CheckedTraining): {
  readonly ranks: number;
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
} {
  const { sharding } = options;
  const kind = sharding?.kind ?? "ddp";
  const ranks = kind === "ddp" ? 1 : (sharding?.ranks ?? 1);
  return {
    ranks,
    weights: kind === "zero-3" || kind === "fsdp" ? ranks : 1,
    gradients: kind === "ddp" || kind === "zero-1" ? 1 : ranks,
    optimizer: ranks,
  };
}
