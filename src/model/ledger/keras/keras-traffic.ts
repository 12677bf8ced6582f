import { requireInteger, requireKnownFields, requireOneOf } from "../../../shared/options.ts";
import type { KerasNetwork } from "../../description/keras/network/keras-network.ts";
import type { Traffic, TrafficItem } from "../traffic/traffic.ts";
import { kerasOptimizers } from "./optimizers.ts";
import type { KerasOptimizer } from "./optimizers.ts";
import { workOf } from "./keras-work.ts";

/** How a network is run. */
export interface KerasTrafficOptions {
  /** Samples per batch. */
  readonly batch: number;
  readonly phase: "inference" | "training";
  /** Training only. Default "adam". */
  readonly optimizer?: KerasOptimizer | undefined;
}

/**
 * Counts the operations of a batch and the bytes it moves between memory and processor: weights once per batch (three times in
 * training: forward, backward, and written gradients), inputs and outputs of layers (three times in training), and the
 * optimizer's states, read and written. Operations are two per multiply-add of products and convolutions, three times that in
 * training (Kaplan et al. 2020: backward takes twice forward). `tokens` are samples. Errors: `invalid-option`.
 */
export function kerasTraffic(network: KerasNetwork, options: KerasTrafficOptions): Traffic {
  requireKnownFields("options", options, ["batch", "phase", "optimizer"]);
  const batch = requireInteger("batch", options.batch, 1, 2 ** 24);
  const phase = requireOneOf("phase", options.phase, ["inference", "training"]);
  const names = Object.keys(kerasOptimizers) as readonly KerasOptimizer[];
  const optimizer = requireOneOf("optimizer", options.optimizer ?? "adam", names);
  const training = phase === "training";
  const work = workOf(network);
  const weights = 4 * (network.parameters ?? 0);
  const trained = 4 * (network.trainableParameters ?? 0);
  const passes = training ? 3 : 1;
  const states = kerasOptimizers[optimizer].states * trained;
  const items: readonly TrafficItem[] = [
    {
      label: "weights",
      readBytes: (training ? 2 : 1) * weights,
      writtenBytes: training ? trained : 0,
      formula: training
        ? "4 x parameters, read forward and backward; gradients written"
        : "4 x parameters, read once",
    },
    {
      label: "activations",
      readBytes: 4 * passes * batch * work.readElements,
      writtenBytes: 4 * passes * batch * work.writtenElements,
      formula: "4 x batch x elements that each layer reads and writes",
    },
    ...(training
      ? [
          {
            label: "gradients and optimizer",
            readBytes: 2 * trained + states,
            writtenBytes: trained + states,
            formula: "weights, gradients and states read, weights and states written",
          },
        ]
      : []),
  ];
  return {
    phase,
    unit: "samples",
    tokens: batch,
    items,
    bytes: items.reduce((sum, item) => sum + item.readBytes + item.writtenBytes, 0),
    operations: 2 * passes * batch * work.multiplyAdds,
    atLeast: work.atLeast || network.parameters === undefined,
  };
}
