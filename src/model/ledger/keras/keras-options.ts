import { requireInteger, requireKnownFields, requireOneOf } from "../../../shared/options.ts";
import type { KerasNetwork } from "../../description/keras/network/keras-network.ts";
import { kerasLosses } from "./losses.ts";
import type { KerasLoss } from "./losses.ts";
import { kerasOptimizers } from "./optimizers.ts";
import type { KerasOptimizer } from "./optimizers.ts";

/** How a network is run. */
export interface KerasOptions {
  /** Samples: all of `model.predict`, or those of one training step. */
  readonly batch: number;
  /** True for a step of `model.trainOnBatch`. Default false. */
  readonly train?: boolean | undefined;
  /** Training only. Default "adam". */
  readonly optimizer?: KerasOptimizer | undefined;
  /** Training only: the loss of every output. Default: by its last activation (softmax, sigmoid), otherwise mean squared error. */
  readonly loss?: KerasLoss | undefined;
  /** Batch of `model.predict`. Default 32, as in TensorFlow.js. */
  readonly predictBatch?: number | undefined;
}

/** Options with their defaults. */
export interface CheckedKeras {
  readonly batch: number;
  readonly train: boolean;
  readonly optimizer: KerasOptimizer;
  readonly losses: readonly KerasLoss[];
  readonly predictBatch: number;
}

const optimizers = Object.keys(kerasOptimizers) as readonly KerasOptimizer[];

/** Beyond this, byte counts of larger networks are no longer exact. */
const maxSamples = 2 ** 24;

/** Returns the usual loss for the last activation of an output. */
function usualLoss(network: KerasNetwork, output: number): KerasLoss {
  const edge = network.outputs[output];
  const operation = network.layers[network.calls[edge?.call ?? 0]?.layer ?? 0]?.operation;
  if (operation?.type === "network") return usualLoss(operation.network, edge?.output ?? 0);
  const name = operation !== undefined && "activation" in operation ? operation.activation : operation?.type;
  if (name === "softmax") return "categorical_crossentropy";
  return name === "sigmoid" ? "binary_crossentropy" : "mean_squared_error";
}

/** Checks options and fills in defaults. Errors: `invalid-option`. */
export function checkKeras(network: KerasNetwork, options: KerasOptions): CheckedKeras {
  requireKnownFields("options", options, ["batch", "train", "optimizer", "loss", "predictBatch"]);
  const loss = options.loss === undefined ? undefined : requireOneOf("loss", options.loss, kerasLosses);
  return {
    batch: requireInteger("batch", options.batch, 1, maxSamples),
    train: options.train === true,
    optimizer: requireOneOf("optimizer", options.optimizer ?? "adam", optimizers),
    losses: network.outputs.map((_, index) => loss ?? usualLoss(network, index)),
    predictBatch: requireInteger("predictBatch", options.predictBatch ?? 32, 1, maxSamples),
  };
}
