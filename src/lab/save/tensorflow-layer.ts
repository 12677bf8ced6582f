import { LoadlineError } from "../../shared/errors.ts";
import type {
  Activation,
  Conv2dLayer,
  DenseLayer,
  EmbeddingLayer,
  Layer,
  ResidualLayer,
} from "../network/layer.ts";
import { convolutionGeometry, elementsOf, imageOf, layerShape } from "../network/shapes.ts";

/** A value that goes into a configuration: what JSON can hold. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[];

/** A weight of a layer under the name TensorFlow.js looks for, `layer/kernel`. */
export interface TensorflowWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A layer of TensorFlow.js: its class, its configuration in the words of Keras, and the layers whose outputs it takes. */
export interface TensorflowLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly inputs: readonly string[];
  readonly weights: readonly TensorflowWeight[];
}

/** Collects layers while a network is translated. */
export interface Draft {
  readonly layers: TensorflowLayer[];
  /** Numbers of our parameter of that name and shape. */
  readonly parameter: (name: string, shape: readonly number[]) => Float32Array;
}

/** Where in the network we are: whose output comes next, its shape for one example, and whether padding has to be left out. */
export interface Place {
  readonly node: string;
  readonly dimensions: readonly number[];
  /** The token ids whose 0 is padding, and how many different ones there are; undefined where nothing is padding. */
  readonly mask: { readonly node: string; readonly inputDim: number } | undefined;
}

/** Name of a layer of TensorFlow.js for a path of ours: no dots, which some of its stores do not take. */
export function nodeName(path: string): string {
  return path.replaceAll(".", "_");
}

/** Adds a layer; gives its name. */
export function addLayer(
  draft: Draft,
  className: string,
  name: string,
  inputs: readonly string[],
  config: TensorflowLayer["config"] = {},
  weights: readonly TensorflowWeight[] = [],
): string {
  const named = weights.map((weight) => ({ ...weight, name: `${name}/${weight.name}` }));
  draft.layers.push({ className, name, config, inputs, weights: named });
  return name;
}

/** Adds a Reshape of each example. */
export function addReshape(draft: Draft, name: string, input: string, dimensions: readonly number[]): string {
  return addLayer(draft, "Reshape", name, [input], { target_shape: dimensions });
}

function refuse(path: string, layer: Layer, what: string): never {
  throw new LoadlineError(
    "invalid-option",
    `${path} (${layer.type}): got ${what}, which TensorFlow.js has no layer for, allowed: flatten, dense, conv2d, maxPooling2d, ` +
      "globalAveragePooling, embedding without positions, layerNormalization, dropout, residual and the activations",
    { details: { layer: path, type: layer.type } },
  );
}

/** Parameters of ours as weights of TensorFlow.js, which call them alike. */
function weightsOf(
  draft: Draft,
  path: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): readonly TensorflowWeight[] {
  return Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    data: draft.parameter(`${path}.${name}`, shape),
  }));
}

function kernelAndBias(
  draft: Draft,
  path: string,
  kernel: readonly number[],
  useBias: boolean,
): readonly TensorflowWeight[] {
  const bias = kernel.slice(-1);
  return weightsOf(draft, path, useBias ? { kernel, bias } : { kernel });
}

/** The images that come in, as [height, width, channels]. */
function imagesOf(draft: Draft, path: string, place: Place): string {
  if (place.dimensions.length === 3) return place.node;
  return addReshape(draft, `${nodeName(path)}_reshape`, place.node, imageOf(place.dimensions));
}

function translateDense(draft: Draft, layer: DenseLayer, path: string, place: Place): string {
  const useBias = layer.useBias ?? true;
  const depth = place.dimensions.at(-1) ?? 1;
  const config = { units: layer.units, activation: layer.activation ?? "linear", use_bias: useBias };
  const weights = kernelAndBias(draft, path, [depth, layer.units], useBias);
  return addLayer(draft, "Dense", nodeName(path), [place.node], config, weights);
}

function translateConvolution(draft: Draft, layer: Conv2dLayer, path: string, place: Place): string {
  const { high, wide, channels, stride } = convolutionGeometry(layer, place.dimensions);
  const useBias = layer.useBias ?? true;
  const config = {
    filters: layer.filters,
    kernel_size: [high, wide],
    strides: [stride, stride],
    padding: layer.padding ?? "valid",
    data_format: "channels_last",
    dilation_rate: [1, 1],
    activation: layer.activation ?? "linear",
    use_bias: useBias,
  };
  const weights = kernelAndBias(draft, path, [high, wide, channels, layer.filters], useBias);
  return addLayer(draft, "Conv2D", nodeName(path), [imagesOf(draft, path, place)], config, weights);
}

function translatePool(
  draft: Draft,
  layer: Layer & { type: "maxPooling2d" },
  path: string,
  place: Place,
): string {
  const pool = layer.poolSize ?? 2;
  const stride = layer.strides ?? pool;
  const config = {
    pool_size: [pool, pool],
    strides: [stride, stride],
    padding: "valid",
    data_format: "channels_last",
  };
  return addLayer(draft, "MaxPooling2D", nodeName(path), [imagesOf(draft, path, place)], config);
}

function translateEmbedding(draft: Draft, layer: EmbeddingLayer, path: string, place: Place): string {
  if (layer.positions === true) refuse(path, layer, "learned positions");
  const { inputDim, outputDim } = layer;
  const config = {
    input_dim: inputDim,
    output_dim: outputDim,
    // TensorFlow.js hands a mask on, but its averages do not look at it: where it matters it is written out (averageUnmasked).
    mask_zero: false,
    input_length: place.dimensions.at(0) ?? 1,
  };
  const weights = weightsOf(draft, path, { embeddings: [inputDim, outputDim] });
  return addLayer(draft, "Embedding", nodeName(path), [place.node], config, weights);
}

/**
 * Mean over the rows that are not padding, of layers that TensorFlow.js has. Two small tables give each id a score (padding -1e9,
 * all others 0) and a 1 or 0; the softmax of the scores is 1 / n for each of the n rows that count, the 1 or 0 makes a sample of
 * nothing but padding 0, as it is here, and a product adds the weighted rows up.
 */
function averageUnmasked(draft: Draft, path: string, place: Place, mask: NonNullable<Place["mask"]>): string {
  const name = nodeName(path);
  const [length = 1, channels = 1] = place.dimensions;
  const { inputDim } = mask;
  const lookUp = (what: string, padding: number, others: number): string => {
    const table = new Float32Array(inputDim).fill(others).fill(padding, 0, 1);
    const config = {
      input_dim: inputDim,
      output_dim: 1,
      mask_zero: false,
      input_length: length,
      trainable: false,
    };
    const weights = [{ name: "embeddings", shape: [inputDim, 1], data: table }];
    const found = addLayer(draft, "Embedding", `${name}_${what}`, [mask.node], config, weights);
    return addReshape(draft, `${name}_${what}_row`, found, [1, length]);
  };
  const scores = lookUp("scores", -1e9, 0);
  const shares = addLayer(draft, "Activation", `${name}_shares`, [scores], { activation: "softmax" });
  const counted = addLayer(draft, "Multiply", `${name}_counted`, [shares, lookUp("counts", 0, 1)]);
  const sum = addLayer(draft, "Dot", `${name}_sum`, [counted, place.node], {
    axes: [2, 1],
    normalize: false,
  });
  return addReshape(draft, name, sum, [channels]);
}

function translateAverage(draft: Draft, path: string, place: Place): string {
  if (place.mask !== undefined) return averageUnmasked(draft, path, place, place.mask);
  const className = place.dimensions.length === 2 ? "GlobalAveragePooling1D" : "GlobalAveragePooling2D";
  const config = className === "GlobalAveragePooling2D" ? { data_format: "channels_last" } : {};
  return addLayer(draft, className, nodeName(path), [place.node], config);
}

function translateResidual(draft: Draft, layer: ResidualLayer, path: string, place: Place): string {
  const inner = translateLayers(draft, layer.layers, path, place);
  return addLayer(draft, "Add", nodeName(path), [inner.node, place.node]);
}

/** Adds a function as a layer. */
export function addActivation(draft: Draft, name: string, input: string, activation: Activation): string {
  return addLayer(draft, "Activation", name, [input], { activation });
}

function translateNode(draft: Draft, layer: Layer, path: string, place: Place): string {
  const name = nodeName(path);
  switch (layer.type) {
    case "flatten":
      // Its Flatten does not take what is flat already.
      return addReshape(draft, name, place.node, [elementsOf(place.dimensions)]);
    case "dense":
      return translateDense(draft, layer, path, place);
    case "conv2d":
      return translateConvolution(draft, layer, path, place);
    case "maxPooling2d":
      return translatePool(draft, layer, path, place);
    case "globalAveragePooling":
      return translateAverage(draft, path, place);
    case "embedding":
      return translateEmbedding(draft, layer, path, place);
    case "layerNormalization": {
      const shape = place.dimensions.slice(-1);
      const config = { axis: -1, epsilon: layer.epsilon ?? 1e-3, center: true, scale: true };
      const weights = weightsOf(draft, path, { gamma: shape, beta: shape });
      return addLayer(draft, "LayerNormalization", name, [place.node], config, weights);
    }
    case "multiHeadAttention":
      return refuse(path, layer, "attention");
    case "dropout":
      return addLayer(draft, "Dropout", name, [place.node], { rate: layer.rate });
    case "residual":
      return translateResidual(draft, layer, path, place);
    default:
      return addActivation(draft, name, place.node, layer.type);
  }
}

/** What is padding after a layer: an embedding may say so, and what takes rows apart or together forgets it. */
function maskAfter(layer: Layer, place: Place): Place["mask"] {
  switch (layer.type) {
    case "embedding":
      return layer.maskZero === true ? { node: place.node, inputDim: layer.inputDim } : undefined;
    case "flatten":
    case "conv2d":
    case "maxPooling2d":
    case "globalAveragePooling":
      return undefined;
    default:
      return place.mask;
  }
}

/** Translates layers one after the other; gives where they end. Errors: `invalid-option`, naming the layer. */
export function translateLayers(draft: Draft, layers: readonly Layer[], path: string, from: Place): Place {
  let place = from;
  layers.forEach((layer, index) => {
    const each = `${path}.${index}`;
    const type = layer.type === "embedding" ? "int32" : "float32";
    place = {
      node: translateNode(draft, layer, each, place),
      dimensions: layerShape(each, layer, { dimensions: place.dimensions, type }).dimensions,
      mask: maskAfter(layer, place),
    };
  });
  return place;
}
