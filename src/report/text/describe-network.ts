import type { Layer, Network } from "../../lab/index.ts";

function side(size: number | readonly [number, number]): string {
  return typeof size === "number" ? `${size}×${size}` : size.join("×");
}

function describeLayer(layer: Layer): string {
  switch (layer.type) {
    case "dense":
      return ["dense", layer.units, layer.activation ?? ""].join(" ").trim();
    case "conv2d":
      return ["conv2d", layer.filters, `of ${side(layer.kernelSize)}`, layer.activation ?? ""]
        .join(" ")
        .trim();
    case "maxPooling2d":
      return `max pooling ${side(layer.poolSize ?? 2)}`;
    case "globalAveragePooling":
      return "global average pooling";
    case "embedding":
      return `embedding ${layer.inputDim}×${layer.outputDim}${layer.positions === true ? " with positions" : ""}`;
    case "layerNormalization":
      return "layer normalization";
    case "multiHeadAttention":
      return `${layer.causal === true ? "causal " : ""}attention of ${layer.numHeads} heads`;
    case "dropout":
      return `dropout ${layer.rate}`;
    case "residual":
      return `residual (${layer.layers.map(describeLayer).join(", ")})`;
    default:
      return layer.type;
  }
}

/** Describes a network in one line; counts equal layers in a row. */
export function describeNetwork(network: Network): string {
  const words = network.layers.map(describeLayer);
  const runs: { word: string; times: number }[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.word === word) last.times++;
    else runs.push({ word, times: 1 });
  }
  return runs.map(({ word, times }) => (times === 1 ? word : `${times} × ${word}`)).join(", ");
}
