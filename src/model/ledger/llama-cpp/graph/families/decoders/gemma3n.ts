import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { gemmaAttention } from "../../blocks/attention/gemma-attention.ts";
import { headPart } from "../../blocks/head.ts";
import { embeddingInput, outputPlaces, positionInput } from "../../blocks/stream/inputs.ts";
import { named } from "../../blocks/stream/layer-norm.ts";
import { slice, perLayerInputs } from "../../blocks/stream/per-layer-inputs.ts";
import { layerWeightOr, weight, type Build } from "../../ggml/build.ts";
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
import { externalTensor, result, type GraphTensor } from "../../ggml/tensor.ts";

/** Streams beside each other, of which the first runs through the layers. */
const streams = 4;
/** First layers whose feed-forward gates are cut to their largest values. */
const sparseLayers = 10;

function magnitude(value: GraphTensor): GraphTensor {
  return squareRoot(sumRows(square(value)));
}

/** Other streams from the first one, scaled to its magnitude. */
function rescaled(value: GraphTensor, target: GraphTensor): GraphTensor {
  const own = magnitude(value);
  return divide(multiply(value, target), own);
}

function routerOutput(build: Build, layer: number, value: GraphTensor): GraphTensor {
  const inputs = scale(named(build, layer, value, "altup_router_norm"));
  return unary(
    matrixProduct(layerWeightOr(build, layer, "altup_router.weight", build.width, streams), inputs),
  );
}

function predict(build: Build, layer: number, stream: GraphTensor): GraphTensor {
  const modalities = routerOutput(build, layer, slice(stream));
  const matrix = layerWeightOr(build, layer, "altup_predict_coef.weight", streams, streams * streams);
  const factors = reshape(matrixProduct(matrix, modalities), streams, streams, build.run.tokens);
  const turned = contiguous(permute(stream, [1, 2, 0, 3]));
  return add(contiguous(permute(matrixProduct(turned, factors), [0, 2, 1, 3])), stream);
}

function correct(build: Build, layer: number, predictions: GraphTensor, activated: GraphTensor): GraphTensor {
  const { tokens } = build.run;
  const modalities = routerOutput(build, layer, activated);
  const innovation = repeat(subtract(activated, slice(predictions)), build.width, tokens, streams, 1);
  const matrix = layerWeightOr(build, layer, "altup_correct_coef.weight", streams, streams);
  const factors = contiguous(transpose(scale(matrixProduct(matrix, modalities))), 1, tokens, streams);
  return add(multiply(innovation, factors), predictions);
}

function sparse(gate: GraphTensor): GraphTensor {
  const [, n1, n2, n3] = gate.shape;
  const mean = result("other", "f32", [1, n1, n2, n3], [gate]);
  const deviation = squareRoot(scale(sumRows(square(subtract(gate, mean)))));
  return unary(subtract(gate, add(mean, scale(deviation))));
}

function feedForward(build: Build, layer: number, source: GraphTensor): GraphTensor {
  const inner = build.description.layers[layer]?.feedForwardWidth ?? build.width;
  const up = matrixProduct(layerWeightOr(build, layer, "ffn_up.weight", build.width, inner), source);
  let gate = matrixProduct(layerWeightOr(build, layer, "ffn_gate.weight", build.width, inner), source);
  if (layer < sparseLayers) gate = sparse(gate);
  const product = multiply(up, unary(gate));
  return matrixProduct(layerWeightOr(build, layer, "ffn_down.weight", inner, build.width), product);
}

function laurel(build: Build, layer: number, value: GraphTensor): GraphTensor {
  const left = layerWeightOr(build, layer, "laurel_l.weight", build.width, 64);
  const right = layerWeightOr(build, layer, "laurel_r.weight", left.shape[1], build.width);
  return add(
    named(build, layer, matrixProduct(right, matrixProduct(left, value)), "laurel_post_norm"),
    value,
  );
}

function restOf(value: GraphTensor): GraphTensor {
  return view(value, [value.shape[0], value.shape[1], streams - 1], [value.strides[1], value.strides[2]]);
}

function withOwnInput(
  build: Build,
  layer: number,
  corrected: GraphTensor,
  perLayer: GraphTensor,
): GraphTensor {
  const { width } = build;
  let first = multiply(slice(corrected), layerWeightOr(build, layer, "altup_correct_scale.weight", width));
  first = unary(
    matrixProduct(layerWeightOr(build, layer, "inp_gate.weight", width, perLayer.shape[0]), first),
  );
  first = multiply(first, slice(perLayer));
  first = matrixProduct(layerWeightOr(build, layer, "proj.weight", perLayer.shape[0], width), first);
  first = named(build, layer, first, "post_norm");
  const head = slice(corrected);
  return concat(head, add(restOf(corrected), first), 2);
}

function joined(build: Build, stream: GraphTensor): GraphTensor {
  const target = magnitude(slice(stream));
  const matrix =
    weight(build, "altup_unembd_proj.weight") ?? externalTensor(build.width, build.width, streams - 1);
  const others = rescaled(matrixProduct(matrix, restOf(stream)), target);
  let sum = slice(stream);
  for (let index = 0; index < streams - 1; index++) sum = add(sum, slice(others));
  return scale(sum);
}

/** The graph of Gemma 3n (llama.cpp v0.5.0, `gemma3n.cpp`). */
export function gemma3nGraph(build: Build): void {
  const { width, layers, run } = build;
  const embedded = scale(embeddingInput(build));
  const positions = positionInput(build);
  const inputs = attentionInputs(build);
  const perLayer = perLayerInputs(build, embedded);
  const projection = weight(build, "altup_proj.weight") ?? externalTensor(width, width, streams - 1);
  const target = magnitude(embedded);
  const added = rescaled(
    matrixProduct(projection, repeat(embedded, width, run.tokens, streams - 1, 1)),
    target,
  );
  let stream = concat(embedded, added, 2);
  for (let layer = 0; layer < layers; layer++) {
    const predictions = predict(build, layer, stream);
    const active = slice(predictions);
    const normed = named(build, layer, active, "attn_norm");
    const side = laurel(build, layer, normed);
    const attended = gemmaAttention(build, layer, normed, positions, inputs);
    const middle = scale(add(add(named(build, layer, attended, "post_attention_norm"), active), side));
    const inner = feedForward(build, layer, named(build, layer, middle, "ffn_norm"));
    const activated = add(named(build, layer, inner, "post_ffw_norm"), middle);
    const corrected = correct(build, layer, predictions, activated);
    stream = perLayer === undefined ? corrected : withOwnInput(build, layer, corrected, perLayer);
  }
  const places = outputPlaces(build);
  headPart(build, getRows(joined(build, stream), places), { logits: "cap" }, places);
}
