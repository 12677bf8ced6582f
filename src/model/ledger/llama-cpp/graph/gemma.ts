import { attentionInputs, attentionOutput, cachedAttention, type AttentionInputs } from "./attention.ts";
import { expandInto, layerWeight, layerWeightOr, weight, type Build } from "./build.ts";
import { expertFeedForward } from "./experts.ts";
import { feedForward } from "./feed-forward.ts";
import { embeddingInput, outputPlaces, positionInput } from "./inputs.ts";
import { norm } from "./norm.ts";
import {
  add,
  contiguous,
  getRows,
  matrixProduct,
  multiply,
  permute,
  reshape,
  rmsNorm,
  rope,
  scale,
  unary,
  view,
} from "./operations.ts";
import { ropeFactors } from "./projections.ts";
import { externalTensor, inputTensor, type GraphTensor } from "./tensor.ts";
import { headPart } from "./head.ts";

/** A norm of a layer by its name. */
export function named(build: Build, layer: number, value: GraphTensor, name: string): GraphTensor {
  return norm(value, "rms", layerWeight(build, layer, `${name}.weight`));
}

/** One layer's slice of a value that holds all layers' one after another. */
export function slice(value: GraphTensor): GraphTensor {
  return view(value, [value.shape[0], value.shape[1]], [value.strides[1]]);
}

/** Inputs that each layer has for itself, looked up by token and mixed with a projection of the embedding. */
export function perLayerInputs(build: Build, embedded: GraphTensor): GraphTensor | undefined {
  const table = weight(build, "per_layer_token_embd.weight");
  if (table === undefined) return undefined;
  const { tokens } = build.run;
  const each = table.shape[0] / build.layers;
  const looked = scale(reshape(getRows(table, inputTensor("i32", tokens)), each, build.layers, tokens));
  expandInto(build, looked);
  const projection =
    weight(build, "per_layer_model_proj.weight") ?? externalTensor(build.width, table.shape[0]);
  let projected = reshape(scale(matrixProduct(projection, embedded)), each, build.layers, tokens);
  projected = norm(projected, "rms", weight(build, "per_layer_proj_norm.weight"));
  return contiguous(permute(scale(add(projected, looked)), [0, 2, 1, 3]));
}

/** Attention of Gemma 3n and 4: values are normalized too; the last layers have queries only. */
export function gemmaAttention(
  build: Build,
  layer: number,
  source: GraphTensor,
  positions: GraphTensor,
  inputs: AttentionInputs,
): GraphTensor {
  const attention = build.description.layers[layer]?.attention;
  if (attention === undefined) return source;
  const { heads, keyValueHeads, keyWidth, valueWidth, sharesCacheOf } = attention;
  const { tokens } = build.run;
  const factors = attention.window === undefined ? ropeFactors(build, layer) : undefined;
  const product = (name: string, width: number, count: number): GraphTensor => {
    const matrix = layerWeightOr(build, layer, `${name}.weight`, build.width, width * count);
    return reshape(matrixProduct(matrix, source), width, count, tokens);
  };
  let query = product("attn_q", keyWidth, heads);
  let key: GraphTensor | undefined;
  let value: GraphTensor | undefined;
  if (sharesCacheOf === undefined) {
    key = product("attn_k", keyWidth, keyValueHeads);
    const own = layerWeight(build, layer, "attn_v.weight");
    value = rmsNorm(own === undefined ? key : product("attn_v", valueWidth, keyValueHeads));
    key = rope(named(build, layer, key, "attn_k_norm"), positions, factors);
  }
  query = rope(named(build, layer, query, "attn_q_norm"), positions, factors);
  return attentionOutput(build, layer, cachedAttention(build, layer, inputs, { query, key, value }));
}

function mixedExperts(build: Build, layer: number, middle: GraphTensor): GraphTensor {
  const dense = named(
    build,
    layer,
    feedForward(build, layer, named(build, layer, middle, "ffn_norm")),
    "post_ffw_norm_1",
  );
  const source = named(build, layer, middle, "pre_ffw_norm_2");
  const router = layerWeightOr(build, layer, "ffn_gate_inp.weight", build.width, 1);
  const scaling = layerWeightOr(build, layer, "ffn_gate_inp.scale", build.width);
  const logits = matrixProduct(router, multiply(scale(rmsNorm(middle)), scaling));
  const routed = expertFeedForward(build, layer, source, { gating: "softmax", normalized: true, logits });
  return add(dense, named(build, layer, routed, "post_ffw_norm_2"));
}

/** The graph of Gemma 4 (llama.cpp v0.5.0, `gemma4.cpp`). */
export function gemma4Graph(build: Build): void {
  let stream = scale(embeddingInput(build));
  const positions = positionInput(build);
  const inputs = attentionInputs(build);
  const places = outputPlaces(build);
  const perLayer = perLayerInputs(build, stream);
  for (let layer = 0; layer < build.layers; layer++) {
    const normed = named(build, layer, stream, "attn_norm");
    const attended = gemmaAttention(build, layer, normed, positions, inputs);
    const middle = add(named(build, layer, attended, "post_attention_norm"), stream);
    const inner =
      layerWeight(build, layer, "ffn_gate_inp.weight") === undefined
        ? feedForward(build, layer, named(build, layer, middle, "ffn_norm"))
        : mixedExperts(build, layer, middle);
    stream = add(named(build, layer, inner, "post_ffw_norm"), middle);
    if (perLayer !== undefined) {
      const gate = unary(
        matrixProduct(layerWeightOr(build, layer, "inp_gate.weight", build.width, perLayer.shape[0]), stream),
      );
      const projection = layerWeightOr(build, layer, "proj.weight", perLayer.shape[0], build.width);
      const own = matrixProduct(projection, multiply(gate, slice(perLayer)));
      stream = add(stream, named(build, layer, own, "post_norm"));
    }
    const factor = layerWeight(build, layer, "layer_output_scale.weight");
    if (factor !== undefined) stream = multiply(stream, factor);
  }
  headPart(build, stream, { lateRows: "normed" }, places);
}
