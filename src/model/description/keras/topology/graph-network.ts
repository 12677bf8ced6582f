import type { ModelFile } from "../../../file/header/model-file.ts";
import type { KerasLayer, KerasNetwork } from "../network/keras-network.ts";

/**
 * Describes a graph of operations that was converted for `tf.loadGraphModel`. Its weights, with the graph's constants, are those
 * that the file lists; loading unpacks quantized ones to 4 bytes per element. The memory of its operations is unknown.
 */
export function describeGraph(file: Extract<ModelFile, { readonly format: "keras" }>): KerasNetwork {
  const nodes = file.topology["node"];
  const operations = Array.isArray(nodes) ? nodes.length : 0;
  const weights = file.weights.map(({ name, shape }) => ({ name, shape, trainable: false }));
  const parameters = weights.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0);
  const layer: KerasLayer = {
    name: "graph",
    className: "GraphModel",
    operation: { type: "unknown" },
    weights,
    parameters,
    trainableParameters: 0,
    activations: [],
    regularized: false,
  };
  return {
    name: "graph",
    kind: "graph",
    layers: [layer],
    calls: [{ layer: 0, inputs: [], inputShapes: [], outputShapes: [undefined] }],
    inputs: [],
    outputs: [],
    parameters,
    trainableParameters: 0,
    unknown: [
      `a graph of ${operations} operations: its weights are those that the file lists, the memory of its operations is unknown`,
    ],
  };
}
