import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyLatentAttention } from "../../blocks/attention/latent-attention.ts";
import { applySparseAttention, sparseInputs } from "../../blocks/attention/sparse-attention.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { keepOutput, vocabularyProduct } from "../../blocks/head.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { layersOf, layerWeight, setting, weight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import {
  add,
  cast,
  concat,
  getRows,
  matrixProduct,
  multiply,
  repeat,
  reshape,
  rmsNorm,
  scale,
  unary,
  view,
} from "../../ggml/operations.ts";
import { weightTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Gives a tensor of one mixture by the ending of its name. */
type Stored = (ending: string, ...sizes: readonly number[]) => GraphTensor;

/** Products of all streams of a token with one matrix. */
function mixesOf(streams: GraphTensor, matrix: GraphTensor): GraphTensor {
  const [width, count, tokens] = streams.shape;
  return matrixProduct(matrix, rmsNorm(reshape(streams, width * count, tokens)));
}

/** Joins the streams (width, streams, tokens) into one, (width, tokens), weighted; the engine copies them in f32. */
function joinStreams(streams: GraphTensor, shares: GraphTensor): GraphTensor {
  const [width, count, tokens] = streams.shape;
  const copy = cast(streams, "f32");
  const part = (): GraphTensor =>
    multiply(view(copy, [width, tokens], [copy.strides[2]]), view(shares, [1, tokens], [shares.strides[1]]));
  let sum = part();
  for (let index = 1; index < count; index++) sum = add(sum, part());
  return cast(sum, "f32");
}

/** Input of a part (width, tokens), and the factors of its result (streams, tokens). */
function enterStreams(
  streams: GraphTensor,
  stored: Stored,
): { readonly value: GraphTensor; readonly post: GraphTensor } {
  const [width, count, tokens] = streams.shape;
  const mixes = mixesOf(streams, stored("fn", width * count, 2 * count));
  const [factors, base] = [stored("scale", 2), stored("base", 2 * count)];
  const gate = (): GraphTensor => {
    const own = view(mixes, [count, tokens], [mixes.strides[1]]);
    return unary(add(multiply(own, view(factors, [1], [])), view(base, [count], [])));
  };
  return { value: joinStreams(streams, scale(gate())), post: scale(scale(gate())) };
}

/** Adds a part's result (width, tokens) to each stream. */
function leaveStreams(value: GraphTensor, streams: GraphTensor, post: GraphTensor): GraphTensor {
  const [width, count, tokens] = streams.shape;
  const [own, shares, before] = [cast(value, "f32"), cast(post, "f32"), cast(streams, "f32")];
  const part = (): GraphTensor => {
    const stream = view(before, [width, tokens], [before.strides[2]]);
    const share = view(shares, [1, tokens], [shares.strides[1]]);
    return reshape(add(stream, multiply(own, share)), width, 1, tokens);
  };
  let all = part();
  for (let index = 1; index < count; index++) all = concat(all, part(), 1);
  return cast(all, "f32");
}

/**
 * Builds the graph of Hunyuan 4 (llama.cpp v0.5.0, `hy-v4.cpp`): several residual streams, and latent attention over
 * keys that an indexer chooses.
 */
export function buildHunyuan4Graph(build: Build): void {
  const { tokens, outputs } = build.run;
  const count = setting(build, "hyper_connection.count") ?? 4;
  const embedded = embedTokens(build);
  const positions = positionInput(build);
  const attention = attentionInputs(build, true);
  const sparse =
    (setting(build, "attention.indexer.top_k") ?? 0) > 0
      ? sparseInputs(build, attention, positions, false)
      : undefined;
  const outputIndices = outputIndexInput(build);
  const routing = { gating: "sigmoid", normalized: "as-set", activation: "gated" } as const;
  let streams = repeat(reshape(embedded, build.width, 1, tokens), build.width, count, tokens);
  let chosen: GraphTensor | undefined;
  for (const layer of layersOf(build)) {
    const weightOf =
      (name: string): Stored =>
      (ending, ...sizes) =>
        layerWeight(layer, `hc_${name}_${ending}.weight`) ?? weightTensor(sizes, layer.index);
    const outer = enterStreams(streams, weightOf("attn"));
    const source = applyLayerNorm(layer, outer.value, "attn_norm");
    let attended: GraphTensor;
    if (sparse === undefined) attended = applyLatentAttention(layer, source, { attention, positions });
    else ({ value: attended, chosen } = applySparseAttention(layer, source, sparse, chosen));
    streams = leaveStreams(attended, streams, outer.post);
    const inner = enterStreams(streams, weightOf("ffn"));
    const normed = applyLayerNorm(layer, inner.value, "ffn_norm");
    streams = leaveStreams(applyFeedForward(layer, normed, { routing }), streams, inner.post);
  }
  const rows = getRows(reshape(streams, build.width * count, tokens), outputIndices);
  const kept = reshape(rows, build.width, count, outputs);
  const weightOf: Stored = (ending, ...sizes) =>
    weight(build, `output_hc_${ending}.weight`) ?? weightTensor(sizes, "output");
  const mixes = mixesOf(kept, weightOf("fn", build.width * count, count));
  const shares = scale(unary(add(multiply(mixes, weightOf("scale", 1)), weightOf("base", count))));
  const result = applyNorm(joinStreams(kept, shares), "rms", weight(build, "output_norm.weight"));
  result.output = true;
  keepOutput(build, vocabularyProduct(build, result));
}
