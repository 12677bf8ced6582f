import type {
  Activation,
  ActivationLayer,
  Conv2dLayer,
  DenseLayer,
  DropoutLayer,
  EmbeddingLayer,
  FlattenLayer,
  GlobalAveragePoolingLayer,
  Layer,
  LayerNormalizationLayer,
  MaxPooling2dLayer,
  MultiHeadAttentionLayer,
  Network,
  ResidualLayer,
} from "./layer.ts";
import { checkNetwork } from "./network-schema.ts";

/** Builds a network and checks that each layer fits the one before it. Errors: `invalid-option`. */
export function network(input: Network["input"], layers: readonly Layer[]): Network {
  return checkNetwork({ input, layers });
}

export function flatten(): FlattenLayer {
  return { type: "flatten" };
}

export function dense(units: number, options: Omit<DenseLayer, "type" | "units"> = {}): DenseLayer {
  return { type: "dense", units, ...options };
}

export function conv2d(
  filters: number,
  kernelSize: Conv2dLayer["kernelSize"],
  options: Omit<Conv2dLayer, "type" | "filters" | "kernelSize"> = {},
): Conv2dLayer {
  return { type: "conv2d", filters, kernelSize, ...options };
}

export function maxPooling2d(options: Omit<MaxPooling2dLayer, "type"> = {}): MaxPooling2dLayer {
  return { type: "maxPooling2d", ...options };
}

export function globalAveragePooling(): GlobalAveragePoolingLayer {
  return { type: "globalAveragePooling" };
}

export function embedding(
  inputDim: number,
  outputDim: number,
  options: Omit<EmbeddingLayer, "type" | "inputDim" | "outputDim"> = {},
): EmbeddingLayer {
  return { type: "embedding", inputDim, outputDim, ...options };
}

export function layerNormalization(
  options: Omit<LayerNormalizationLayer, "type"> = {},
): LayerNormalizationLayer {
  return { type: "layerNormalization", ...options };
}

export function multiHeadAttention(
  numHeads: number,
  options: Omit<MultiHeadAttentionLayer, "type" | "numHeads"> = {},
): MultiHeadAttentionLayer {
  return { type: "multiHeadAttention", numHeads, ...options };
}

export function dropout(rate: number): DropoutLayer {
  return { type: "dropout", rate };
}

export function residual(layers: readonly Layer[]): ResidualLayer {
  return { type: "residual", layers };
}

export function activation(type: Exclude<Activation, "linear">): ActivationLayer {
  return { type };
}
