import { LoadlineError } from "../../shared/errors.ts";
import type { Conv2dLayer, DenseLayer, EmbeddingLayer, Layer, ResidualLayer } from "../network/layer.ts";
import { convolutionGeometry, elementsOf, imageOf, layerShape } from "../network/shapes.ts";
import { translateAverage } from "./tensorflow-average.ts";
import type { Draft, Place, TensorflowWeight } from "./tensorflow-draft.ts";
import { addActivation, addLayer, addReshape, nodeName } from "./tensorflow-draft.ts";

function refuse(path: string, layer: Layer, what: string): never {
  throw new LoadlineError(
    "invalid-option",
    `${path} (${layer.type}): got ${what}, which TensorFlow.js lacks, allowed: flatten, dense, conv2d, maxPooling2d, ` +
      "globalAveragePooling, embedding without positions, layerNormalization, dropout, residual and the activations",
    { details: { layer: path, type: layer.type } },
  );
}

/** Turns our parameters into weights of TensorFlow.js, which have the same names. */
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

/** Returns the node of the input images, reshaped to [height, width, channels] if needed. */
function imagesOf(draft: Draft, path: string, place: Place): string {
  if (place.dimensions.length === 3) return place.node;
  return addReshape(draft, `${nodeName(path)}_reshape`, place.node, imageOf(place.dimensions));
}

function translateDense(draft: Draft, layer: DenseLayer, path: string, place: Place): string {
  const useBias = layer.useBias ?? true;
  const depth = place.dimensions.at(-1) ?? 1;
  const config = { units: layer.units, activation: layer.activation ?? "linear", use_bias: useBias };
  const weights = kernelAndBias(draft, path, [depth, layer.units], useBias);
  return addLayer(draft, "Dense", { name: nodeName(path), inputs: [place.node], config, weights });
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
  return addLayer(draft, "Conv2D", {
    name: nodeName(path),
    inputs: [imagesOf(draft, path, place)],
    config,
    weights,
  });
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
  return addLayer(draft, "MaxPooling2D", {
    name: nodeName(path),
    inputs: [imagesOf(draft, path, place)],
    config,
  });
}

function translateEmbedding(draft: Draft, layer: EmbeddingLayer, path: string, place: Place): string {
  if (layer.positions === true) refuse(path, layer, "learned positions");
  const { inputDim, outputDim } = layer;
  const config = {
    input_dim: inputDim,
    output_dim: outputDim,
    // TensorFlow.js passes masks on, but its averages ignore them, so averageUnmasked builds the masked average.
    mask_zero: false,
    input_length: place.dimensions.at(0) ?? 1,
  };
  const weights = weightsOf(draft, path, { embeddings: [inputDim, outputDim] });
  return addLayer(draft, "Embedding", { name: nodeName(path), inputs: [place.node], config, weights });
}

function translateResidual(draft: Draft, layer: ResidualLayer, path: string, place: Place): string {
  const inner = translateLayers(draft, layer.layers, path, place);
  return addLayer(draft, "Add", { name: nodeName(path), inputs: [inner.node, place.node] });
}

function translateNode(draft: Draft, layer: Layer, path: string, place: Place): string {
  const name = nodeName(path);
  switch (layer.type) {
    case "flatten":
      // The Flatten of TensorFlow.js refuses an input that is flat already.
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
      return addLayer(draft, "LayerNormalization", { name, inputs: [place.node], config, weights });
    }
    case "multiHeadAttention":
      return refuse(path, layer, "attention");
    case "dropout":
      return addLayer(draft, "Dropout", { name, inputs: [place.node], config: { rate: layer.rate } });
    case "residual":
      return translateResidual(draft, layer, path, place);
    default:
      return addActivation(draft, name, place.node, layer.type);
  }
}

/** Returns the mask after a layer: an embedding may set one, and layers that change the rows drop it. */
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

/** Translates layers in sequence; returns the point where they end. Errors: `invalid-option`, naming the layer. */
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
