import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyGemmaAttention } from "../../blocks/attention/gemma-attention.ts";
import { addHead } from "../../blocks/head.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyNamedNorm } from "../../blocks/stream/layer-norm.ts";
import { perLayerInputs, sliceOfLayer } from "../../blocks/stream/per-layer-inputs.ts";
import { layersOf, layerWeightOr, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  divide,
  getRows,
  matrixProduct,
  multiply,
  permute,
  repeat,
  reshape,
  scale,
  square,
  squareRoot,
  subtract,
  sumRows,
  transpose,
  unary,
  view,
} from "../../ggml/operations.ts";
import { externalTensor, result } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Parallel residual streams (AltUp). The first one runs through the layers. */
const streams = 4;
/** The first layers keep only the largest values of their gates. */
const sparseLayers = 10;

/** Root of the sum of squares of each row. */
function magnitudeOf(value: GraphTensor): GraphTensor {
  return squareRoot(sumRows(square(value)));
}

/** Scales a value to the magnitude `target`. */
function rescale(value: GraphTensor, target: GraphTensor): GraphTensor {
  const own = magnitudeOf(value);
  return divide(multiply(value, target), own);
}

/** Computes the weights of the streams (streams, tokens), from a value (width, tokens). */
function routeStreams(layer: LayerBuild, value: GraphTensor): GraphTensor {
  const inputs = scale(applyNamedNorm(layer, value, "altup_router_norm"));
  return unary(matrixProduct(layerWeightOr(layer, "altup_router.weight", layer.width, streams), inputs));
}

/** Predicts all streams (width, tokens, streams) from the weights of the first. */
function predict(layer: LayerBuild, stream: GraphTensor): GraphTensor {
  const modalities = routeStreams(layer, sliceOfLayer(stream));
  const matrix = layerWeightOr(layer, "altup_predict_coef.weight", streams, streams * streams);
  const factors = reshape(matrixProduct(matrix, modalities), streams, streams, layer.run.tokens);
  const turned = contiguous(permute(stream, [1, 2, 0, 3]));
  return add(contiguous(permute(matrixProduct(turned, factors), [0, 2, 1, 3])), stream);
}

/** Corrects the predicted streams by what the layer made of the first one. */
function correct(layer: LayerBuild, predictions: GraphTensor, activated: GraphTensor): GraphTensor {
  const { tokens } = layer.run;
  const modalities = routeStreams(layer, activated);
  const innovation = repeat(subtract(activated, sliceOfLayer(predictions)), layer.width, tokens, streams, 1);
  const matrix = layerWeightOr(layer, "altup_correct_coef.weight", streams, streams);
  const factors = contiguous(transpose(scale(matrixProduct(matrix, modalities))), 1, tokens, streams);
  return add(multiply(innovation, factors), predictions);
}

/** Cuts a gate to its largest values, by mean and deviation. */
function keepLargest(gate: GraphTensor): GraphTensor {
  const [, n1, n2, n3] = gate.shape;
  const mean = result("other", "f32", [1, n1, n2, n3], [gate]);
  const deviation = squareRoot(scale(sumRows(square(subtract(gate, mean)))));
  return unary(subtract(gate, add(mean, scale(deviation))));
}

/** Dense feed-forward part: (width, tokens) to (width, tokens). */
function applyGemmaDense(layer: LayerBuild, source: GraphTensor): GraphTensor {
  const inner = layer.feedForwardWidth ?? layer.width;
  const up = matrixProduct(layerWeightOr(layer, "ffn_up.weight", layer.width, inner), source);
  let gate = matrixProduct(layerWeightOr(layer, "ffn_gate.weight", layer.width, inner), source);
  if (layer.index < sparseLayers) gate = keepLargest(gate);
  const product = multiply(up, unary(gate));
  return matrixProduct(layerWeightOr(layer, "ffn_down.weight", inner, layer.width), product);
}

/** Low-rank side path (LAuReL) around attention: (width, tokens) to (width, tokens). */
function applyLaurel(layer: LayerBuild, value: GraphTensor): GraphTensor {
  const left = layerWeightOr(layer, "laurel_l.weight", layer.width, 64);
  const right = layerWeightOr(layer, "laurel_r.weight", left.shape[1], layer.width);
  return add(
    applyNamedNorm(layer, matrixProduct(right, matrixProduct(left, value)), "laurel_post_norm"),
    value,
  );
}

/** Returns all streams but the first. */
function restOf(value: GraphTensor): GraphTensor {
  return view(value, [value.shape[0], value.shape[1], streams - 1], [value.strides[1], value.strides[2]]);
}

/** Adds the layer's own input to all streams but the first. */
function addOwnInput(layer: LayerBuild, corrected: GraphTensor, perLayer: GraphTensor): GraphTensor {
  const { width } = layer;
  let first = multiply(sliceOfLayer(corrected), layerWeightOr(layer, "altup_correct_scale.weight", width));
  first = unary(matrixProduct(layerWeightOr(layer, "inp_gate.weight", width, perLayer.shape[0]), first));
  first = multiply(first, sliceOfLayer(perLayer));
  first = matrixProduct(layerWeightOr(layer, "proj.weight", perLayer.shape[0], width), first);
  first = applyNamedNorm(layer, first, "post_norm");
  const head = sliceOfLayer(corrected);
  return concat(head, add(restOf(corrected), first), 2);
}

/** Joins the streams (width, tokens, streams) into their mean (width, tokens). */
function joinStreams(build: Build, stream: GraphTensor): GraphTensor {
  const target = magnitudeOf(sliceOfLayer(stream));
  const matrix =
    weight(build, "altup_unembd_proj.weight") ?? externalTensor(build.width, build.width, streams - 1);
  const others = rescale(matrixProduct(matrix, restOf(stream)), target);
  let sum = sliceOfLayer(stream);
  for (let index = 0; index < streams - 1; index++) sum = add(sum, sliceOfLayer(others));
  return scale(sum);
}

/**
 * Builds the graph of Gemma 3n (llama.cpp v0.5.0, `gemma3n.cpp`): four residual streams, and an input for each layer.
 */
export function buildGemma3nGraph(build: Build): void {
  const { width, run } = build;
  const embedded = scale(embedTokens(build));
  const positions = positionInput(build);
  const inputs = attentionInputs(build);
  const perLayer = perLayerInputs(build, embedded);
  const projection = weight(build, "altup_proj.weight") ?? externalTensor(width, width, streams - 1);
  const target = magnitudeOf(embedded);
  const added = rescale(
    matrixProduct(projection, repeat(embedded, width, run.tokens, streams - 1, 1)),
    target,
  );
  let stream = concat(embedded, added, 2);
  for (const layer of layersOf(build)) {
    const predictions = predict(layer, stream);
    const active = sliceOfLayer(predictions);
    const normed = applyNamedNorm(layer, active, "attn_norm");
    const side = applyLaurel(layer, normed);
    const attended = applyGemmaAttention(layer, normed, positions, inputs);
    const middle = scale(add(add(applyNamedNorm(layer, attended, "post_attention_norm"), active), side));
    const inner = applyGemmaDense(layer, applyNamedNorm(layer, middle, "ffn_norm"));
    const activated = add(applyNamedNorm(layer, inner, "post_ffw_norm"), middle);
    const corrected = correct(layer, predictions, activated);
    stream = perLayer === undefined ? corrected : addOwnInput(layer, corrected, perLayer);
  }
  const outputIndices = outputIndexInput(build);
  addHead(build, getRows(joinStreams(build, stream), outputIndices), { logits: "cap" }, outputIndices);
}
