import type { ByteLedger } from "../ledger/byte-ledger.ts";
import type { KerasPeak } from "../ledger/keras/keras-ledger.ts";
import type { KerasOptions } from "../ledger/keras/keras-options.ts";
import type { LlamaCppOptions } from "../ledger/llama-cpp/options.ts";
import type { TrainingOptions } from "../ledger/training/training-options.ts";
import type { Roofline, Traffic } from "../ledger/traffic/traffic.ts";
import type { VllmPool } from "../ledger/vllm/vllm-ledger.ts";
import type { VllmOptions } from "../ledger/vllm/vllm-options.ts";
import type { Device } from "../plan/devices/device.ts";
import type { ModelSummary, NetworkSummary } from "./model-summary.ts";

/** What one step moves and computes, and the least time it takes on a device. */
export interface Pace {
  readonly device: Device;
  readonly traffic: Traffic;
  readonly roofline: Roofline;
}

interface Counted {
  readonly ledger: ByteLedger;
  /** A decode step and the prompt before it, or one step of training; empty without a device. */
  readonly paces: readonly Pace[];
}

/** A model served by llama.cpp. */
export interface LlamaCppSize extends Counted {
  readonly engine: "llama.cpp";
  readonly model: ModelSummary;
  readonly options: LlamaCppOptions;
}

/** A model served by vLLM. */
export interface VllmSize extends Counted {
  readonly engine: "vllm";
  readonly model: ModelSummary;
  readonly options: VllmOptions;
  readonly pool: VllmPool;
}

/** A step of training in PyTorch. */
export interface TrainingSize extends Counted {
  readonly engine: "pytorch";
  readonly model: ModelSummary;
  readonly options: TrainingOptions;
}

/** A network of Keras in TensorFlow.js: predictions, or a step of training. */
export interface NetworkSize extends Counted {
  readonly engine: "tensorflow.js";
  readonly model: NetworkSummary;
  readonly options: KerasOptions;
  /** The fullest moment of each phase, with and without views of buffers. */
  readonly peaks: readonly KerasPeak[];
}

/**
 * What a model holds, as plain data that survives JSON. `options` are those that were counted, with the defaults of `sizeModel`.
 */
export type ModelSize = LlamaCppSize | VllmSize | TrainingSize | NetworkSize;
