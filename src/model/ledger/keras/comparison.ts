import type {
  KerasCall,
  KerasLayer,
  KerasNetwork,
  KerasOperation,
} from "../../description/keras/network/keras-network.ts";
import { hasActivation } from "./layers/activations.ts";

type Reason = string | undefined;

const missing = "TensorFlow.js does not have this layer";

function convolution(
  settings: Extract<KerasOperation, { type: "conv" | "conv-transpose" | "depthwise" | "separable" }>,
  training: boolean,
): Reason {
  const dilated = settings.dilation.some((rate) => rate > 1);
  if (settings.groups > 1) return "TensorFlow.js does not support groups of channels";
  if (dilated && settings.strides.some((stride) => stride > 1))
    return "TensorFlow.js does not support strides with dilation";
  if (settings.padding === "causal") return "TensorFlow.js does not support causal padding";
  if (settings.type === "separable" && (settings.rank !== 2 || settings.channelsFirst)) return missing;
  if (settings.type === "depthwise" && settings.rank !== 2) return missing;
  if (settings.type === "depthwise" && dilated) return "TensorFlow.js ignores the dilation";
  if (settings.type === "conv-transpose" && (settings.rank === 1 || dilated)) return missing;
  if (!training) return undefined;
  if (settings.type === "conv-transpose" && settings.rank === 3)
    return "TensorFlow.js does not have its gradient";
  return dilated ? "TensorFlow.js does not have the gradient of dilated convolutions" : undefined;
}

function normalization(
  settings: Extract<KerasOperation, { type: "batch-norm" }>,
  rank: number,
  training: boolean,
): Reason {
  if (rank > 4) return "TensorFlow.js normalizes up to four dimensions";
  if (!training) return undefined;
  if (!settings.center || !settings.scale) return "TensorFlow.js cannot train it without scale and offset";
  const last = settings.axis === -1 || settings.axis === rank - 1;
  return last ? undefined : "TensorFlow.js cannot train it over an axis that is not the last";
}

function simple(settings: KerasOperation, rank: number, training: boolean): Reason {
  switch (settings.type) {
    case "unknown":
      return "the class is unknown";
    case "other":
      return "counted as one operation, because its computation is not simulated";
    case "attention":
    case "einsum":
    case "group-norm":
    case "normalization":
    case "resize":
      return missing;
    case "crop":
    case "pad":
      return settings.amounts.length === 2 ? undefined : missing;
    case "upsample":
      if (settings.factors.length !== 2) return missing;
      return training && !settings.nearest ? "its gradient was not compared" : undefined;
    case "global-pool":
      return settings.rank === 3 || settings.keep ? missing : undefined;
    case "noise":
      return settings.kind === "none" || (settings.kind === "spatial" && rank !== 3) ? missing : undefined;
    case "merge":
      return settings.mode === "subtract" ? missing : undefined;
    case "layer-norm":
      if (rank > 4) return "TensorFlow.js normalizes up to four dimensions";
      return training && !(settings.scale && settings.center)
        ? "TensorFlow.js cannot train it without scale"
        : undefined;
    default:
      return undefined;
  }
}

function reasonOf(settings: KerasOperation, rank: number, training: boolean): Reason {
  switch (settings.type) {
    case "conv":
    case "conv-transpose":
    case "depthwise":
    case "separable":
      return convolution(settings, training);
    case "batch-norm":
      return normalization(settings, rank, training);
    case "recurrent":
      return settings.stateful
        ? "persistent states were not compared"
        : settings.cells.some((cell) => cell.resetAfter)
          ? "TensorFlow.js does not support a GRU with reset_after"
          : undefined;
    case "conv-lstm":
      if (settings.rank !== 2) return missing;
      return settings.stateful || settings.channelsFirst ? "was not compared" : undefined;
    case "bidirectional":
      return reasonOf(settings.forward, rank, training) ?? reasonOf(settings.backward, rank, training);
    case "time-distributed":
      return reasonOf(settings.layer, rank - 1, training);
    default:
      return simple(settings, rank, training);
  }
}

function layerReason(layer: KerasLayer, rank: number, training: boolean): Reason {
  const reason = reasonOf(layer.operation, rank, training);
  if (reason !== undefined) return reason;
  if (training && layer.regularized) return "the operations of regularizers are not simulated";
  const unknown = layer.activations.find(
    (name) => name !== "prelu" && name !== "leaky_relu" && !hasActivation(name),
  );
  return unknown === undefined ? undefined : `TensorFlow.js does not have the activation ${unknown}`;
}

/** Returns why a merge cannot be trained: TensorFlow.js fails on the gradient of a maximum or minimum of unequal shapes. */
function unequalReason(call: KerasCall, layer: KerasLayer): Reason {
  const { operation } = layer;
  if (operation.type !== "merge" || (operation.mode !== "maximum" && operation.mode !== "minimum"))
    return undefined;
  const shapes = new Set(call.inputShapes.map((shape) => shape?.join()));
  return shapes.size > 1 ? "TensorFlow.js does not have its gradient for unequal shapes" : undefined;
}

/** Lists the layers that were not compared with a run of TensorFlow.js, with the reasons. Without any, figures are exact. */
export function notCompared(network: KerasNetwork, training: boolean): readonly string[] {
  const found = new Set<string>();
  for (const call of network.calls) {
    const layer = network.layers[call.layer];
    if (layer === undefined) continue;
    const { operation } = layer;
    if (operation.type === "network") {
      for (const inner of notCompared(operation.network, training)) found.add(inner);
      continue;
    }
    const rank = call.inputShapes[0]?.length ?? 0;
    const alone = operation.type === "merge" && call.inputs.length < 2 ? missing : undefined;
    const reason =
      alone ?? layerReason(layer, rank, training) ?? (training ? unequalReason(call, layer) : undefined);
    if (reason !== undefined) found.add(`${layer.className}: ${reason}`);
  }
  return [...found];
}
