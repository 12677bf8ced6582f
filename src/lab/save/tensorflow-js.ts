import { LoadlineError } from "../../shared/errors.ts";
import { requireKnownFields, requireOneOf } from "../../shared/options.ts";
import type { LossName } from "../graph/lower-loss.ts";
import { withoutLastActivation } from "../graph/lower-loss.ts";
import type { Network } from "../network/layer.ts";
import { checkNetwork } from "../network/network-schema.ts";
import { elementsOf } from "../network/shapes.ts";
import type { ConfigValue, Draft, TensorflowLayer, TensorflowWeight } from "./tensorflow-draft.ts";
import { addActivation, addLayer } from "./tensorflow-draft.ts";
import { translateLayers } from "./tensorflow-layer.ts";

/** A trained network to export as a model of TensorFlow.js. */
export interface LayersModelSource {
  readonly network: Network;
  /** Every parameter of the network, by its name here. */
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array;
  }[];
  /** The loss it was trained with. With a cross-entropy the model ends in the probabilities that `predict` returns. */
  readonly loss: LossName;
}

/** The two files of a model; the first refers to the second by its name. */
export interface LayersModelFiles {
  readonly "model.json": string;
  readonly "weights.bin": Uint8Array;
}

/** The version whose layers, names and formulas were compared with ours. */
const checkedVersion = "tfjs-layers 4.22.0";

/** Looks parameters up, and knows which are left. */
function openParameters(source: LayersModelSource): {
  readonly take: Draft["parameter"];
  readonly refuseRest: () => void;
} {
  const left = new Map(source.parameters.map((each) => [each.name, each]));
  const refuse = (message: string): never => {
    throw new LoadlineError("invalid-option", `parameters: ${message}`);
  };
  if (left.size !== source.parameters.length) refuse("got a name twice, allowed: each parameter once");
  const take: Draft["parameter"] = (name, shape) => {
    const found = left.get(name) ?? refuse(`${name} is missing: pass every parameter of the network`);
    const size = elementsOf(shape);
    if (found.shape.join() !== shape.join() || found.data.length !== size) {
      refuse(
        `got ${name} of the shape [${found.shape.join(", ")}] with ${found.data.length} numbers, ` +
          `allowed: [${shape.join(", ")}] with ${size}`,
      );
    }
    left.delete(name);
    return found.data;
  };
  const refuseRest = (): void => {
    const [first] = left.keys();
    if (first !== undefined) refuse(`${first} is not a parameter of the network`);
  };
  return { take, refuseRest };
}

/** Translates a network to layers of TensorFlow.js. */
function translate(
  { network, loss }: LayersModelSource,
  parameter: Draft["parameter"],
): readonly TensorflowLayer[] {
  const draft: Draft = { layers: [], parameter };
  const { shape, type = "float32" } = network.input;
  const input = addLayer(draft, "InputLayer", {
    name: "input",
    inputs: [],
    config: {
      batch_input_shape: [null, ...shape],
      dtype: type,
      sparse: false,
    },
  });
  const last = translateLayers(draft, network.layers, "layers", {
    node: input,
    dimensions: shape,
    mask: undefined,
  });
  const { layers, activation } = withoutLastActivation(network, loss);
  // If the network does not end in the activation that the loss includes, the model appends it.
  if (activation !== undefined && layers === network.layers) {
    addActivation(draft, "probabilities", last.node, activation);
  }
  return draft.layers;
}

/** Returns whether each layer only takes the output of the one before. */
function isSequence(layers: readonly TensorflowLayer[]): boolean {
  return layers.every(({ inputs }, index) => inputs.join() === (layers[index - 1]?.name ?? ""));
}

type Json = ConfigValue | readonly Json[] | { readonly [key: string]: Json };

function describeLayer({ className, name, config, inputs }: TensorflowLayer, sequence: boolean): Json {
  const described = { class_name: className, config: { name, trainable: true, ...config } };
  if (sequence) return described;
  const nodes = inputs.length === 0 ? [] : [inputs.map((each) => [each, 0, 0, {}])];
  return { ...described, name, inbound_nodes: nodes };
}

function describeTopology(layers: readonly TensorflowLayer[]): Json {
  const sequence = isSequence(layers);
  const described = layers.map((layer) => describeLayer(layer, sequence));
  const ends = sequence
    ? {}
    : { input_layers: [[layers[0]?.name ?? "", 0, 0]], output_layers: [[layers.at(-1)?.name ?? "", 0, 0]] };
  return {
    class_name: sequence ? "Sequential" : "Model",
    config: { name: "loadline", layers: described, ...ends },
    keras_version: checkedVersion,
    backend: "tensor_flow.js",
  };
}

function joinWeights(weights: readonly TensorflowWeight[]): Uint8Array {
  const bytes = new Uint8Array(weights.reduce((sum, { data }) => sum + data.byteLength, 0));
  let at = 0;
  for (const { data } of weights) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Exports a trained network as the two files that `tf.loadLayersModel` reads, in browsers and Node. Plain layers become a
 * `Sequential` model; residuals, and averages that skip padding, need a `Model` with named connections. The model returns what the
 * trainer's `predict` returns: [batch, …] in, probabilities out if the loss is a cross-entropy. An image [height, width] stays as it
 * is; a Reshape adds the channel. Format: https://www.tensorflow.org/js/guide/save_load
 * Errors: `invalid-option` for a layer that TensorFlow.js lacks (attention, learned positions), naming it, and for parameters that
 * do not match the network.
 */
export function exportLayersModel(source: LayersModelSource): LayersModelFiles {
  requireKnownFields("source", source, ["network", "parameters", "loss"]);
  checkNetwork(source.network);
  requireOneOf("loss", source.loss, [
    "meanSquaredError",
    "sparseCategoricalCrossentropy",
    "binaryCrossentropy",
  ]);
  const { take, refuseRest } = openParameters(source);
  const layers = translate(source, take);
  refuseRest();
  const weights = layers.flatMap((layer) => layer.weights);
  const model: Json = {
    format: "layers-model",
    generatedBy: "Loadline",
    convertedBy: null,
    modelTopology: describeTopology(layers),
    weightsManifest: [
      {
        paths: ["weights.bin"],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
      },
    ],
  };
  return { "model.json": `${JSON.stringify(model, undefined, 2)}\n`, "weights.bin": joinWeights(weights) };
}
