import type { KerasNetwork } from "../description/keras/network/keras-network.ts";
import type { ModelDescription } from "../description/model-description.ts";

/** A language model in brief, without its layers and tensors. */
export interface ModelSummary {
  readonly kind: "model";
  readonly name: string;
  readonly format: ModelDescription["format"];
  readonly architecture: string;
  /** False where the family is not known; its layers are then read by the common rule. */
  readonly known: boolean;
  readonly layers: number;
  /** Layers with a sliding window, and layers with a recurrent state. */
  readonly windowLayers: number;
  readonly recurrentLayers: number;
  readonly experts: { readonly count: number; readonly used: number } | undefined;
  readonly parameters: number | undefined;
  readonly weightBytes: number | undefined;
  readonly weightType: string | undefined;
  /** Tokens the model was trained for. */
  readonly contextLength: number | undefined;
  /** Facts that the file does not state, in words. */
  readonly unknown: readonly string[];
}

/** A network of Keras or TensorFlow.js in brief. */
export interface NetworkSummary {
  readonly kind: "network";
  /** The file's name; the network's own is `networkName`. */
  readonly name: string;
  readonly networkName: string;
  readonly topology: KerasNetwork["kind"];
  readonly layers: number;
  readonly parameters: number | undefined;
  readonly trainableParameters: number | undefined;
  /** Shapes of the inputs without the batch; null for an unknown shape or size. */
  readonly inputs: readonly (readonly (number | null)[] | null)[];
  /** True where dimensions are left open; `network.openSize` gives their size. */
  readonly hasOpenSizes: boolean;
  readonly unknown: readonly string[];
}

/** Summarizes a model's description. */
export function summarizeModel(description: ModelDescription): ModelSummary {
  const main = description.layers.filter((layer) => layer.prediction !== true);
  const experts = main.find((layer) => layer.experts !== undefined)?.experts;
  return {
    kind: "model",
    name: description.name,
    format: description.format,
    architecture: description.architecture,
    known: description.known,
    layers: main.length,
    windowLayers: main.filter((layer) => layer.attention?.window !== undefined).length,
    recurrentLayers: main.filter((layer) => layer.recurrent !== undefined).length,
    experts: experts === undefined ? undefined : { count: experts.count, used: experts.used },
    parameters: description.parameters,
    weightBytes: description.weightBytes,
    weightType: description.weightType,
    contextLength: description.contextLength,
    unknown: description.unknown,
  };
}

/** Summarizes a network; `name` is its file's. */
export function summarizeNetwork(network: KerasNetwork, name: string): NetworkSummary {
  return {
    kind: "network",
    name,
    networkName: network.name,
    topology: network.kind,
    layers: network.layers.filter((layer) => layer.operation.type !== "input").length,
    parameters: network.parameters,
    trainableParameters: network.trainableParameters,
    inputs: network.inputs.map((edge) => {
      const shape = network.calls[edge.call]?.outputShapes[edge.output];
      return shape === undefined ? null : shape.slice(1).map((size) => size ?? null);
    }),
    hasOpenSizes: network.calls.some((call) =>
      call.outputShapes.some((shape) => shape?.slice(1).includes(undefined)),
    ),
    unknown: network.unknown,
  };
}
