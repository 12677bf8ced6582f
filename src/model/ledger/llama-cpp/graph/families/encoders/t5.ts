import { attend, attendToCache } from "../../blocks/attention/attention.ts";
import type { Heads } from "../../blocks/attention/attention.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { addHead, keepOutput } from "../../blocks/head.ts";
import { embedTokens, outputIndexInput, takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { atLayer, expandInto, layerWeight, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  contiguous,
  getRows,
  glu,
  matrixProduct,
  permute,
  reshape,
  unary,
} from "../../ggml/operations.ts";
import { inputTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Multiplies with a matrix of the layer, if it has one. */
function project(layer: LayerBuild, name: string, source: GraphTensor): GraphTensor {
  const matrix = layerWeight(layer, `${name}.weight`);
  return matrix === undefined ? source : matrixProduct(matrix, source);
}

/**
 * Bias for each pair of tokens by their distance (`build_pos_bias`): (cells, tokens, heads). Layers without a table
 * read the first layer's.
 */
function distanceBias(layer: LayerBuild, first: LayerBuild, distances: GraphTensor): GraphTensor | undefined {
  const table = layerWeight(layer, "attn_rel_b.weight") ?? layerWeight(first, "attn_rel_b.weight");
  if (table === undefined) return undefined;
  const [cells, tokens] = distances.shape;
  const rows = getRows(table, reshape(distances, cells * tokens));
  return contiguous(permute(reshape(rows, rows.shape[0], cells, tokens), [2, 0, 1, 3]));
}

/** Projects queries of `source`, keys and values of `read` (default: the same stream): (width, heads, tokens) each. */
function headsOf(
  layer: LayerBuild,
  prefix: "attn" | "cross_attn",
  source: GraphTensor,
  read: GraphTensor = source,
): Required<Heads> & { readonly key: GraphTensor; readonly value: GraphTensor } {
  // The file describes the encoder's layers; the decoder's are as wide
  const sizes = layer.attention ?? layer.description.layers[0]?.attention;
  const { heads = 1, keyValueHeads = 1, keyWidth = 64, valueWidth = 64 } = sizes ?? {};
  const q = project(layer, `${prefix}_q`, source);
  const k = project(layer, `${prefix}_k`, read);
  const v = project(layer, `${prefix}_v`, read);
  return {
    query: reshape(q, keyWidth, heads, source.shape[1]),
    key: reshape(k, keyWidth, keyValueHeads, read.shape[1]),
    value: reshape(v, valueWidth, keyValueHeads, read.shape[1]),
  };
}

/** Feed-forward part with its norm, added to the stream (width, tokens). */
function addFeedForward(layer: LayerBuild, stream: GraphTensor): GraphTensor {
  const source = applyNorm(stream, "rms", layerWeight(layer, "ffn_norm.weight"));
  const up = project(layer, "ffn_up", source);
  const gate = layerWeight(layer, "ffn_gate.weight");
  const active = gate === undefined ? unary(up) : glu(matrixProduct(gate, source), up);
  return add(project(layer, "ffn_down", active), stream);
}

/** Computes attention without a cache, to every row that the mask allows. */
function attendToAll(
  build: Build,
  heads: ReturnType<typeof headsOf>,
  mask: GraphTensor,
  bias?: GraphTensor,
): GraphTensor {
  const { query, key, value } = heads;
  for (const part of [query, key, value]) expandInto(build, part);
  return attend(build, { query, key, value, mask }, { bias });
}

/**
 * Builds the graph of T5's encoder (llama.cpp v0.5.0, `t5.cpp`). It uses a relative-position bias on the scores, which
 * flash attention does not support.
 */
export function buildT5EncoderGraph(build: Build): void {
  let stream = embedTokens(build);
  const distances = inputTensor("i32", build.run.tokens, build.run.tokens);
  const { mask } = attentionInputs(build).full;
  const outputIndices = outputIndexInput(build);
  const first = atLayer(build, 0, build.layers, "enc.");
  for (let index = 0; index < build.layers; index++) {
    const layer = atLayer(build, index, build.layers, "enc.");
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, outputIndices);
    const source = applyNorm(stream, "rms", layerWeight(layer, "attn_norm.weight"));
    const heads = headsOf(layer, "attn", source);
    const merged = attendToAll(build, heads, mask, distanceBias(layer, first, distances));
    const attended = rows(project(layer, "attn_o", merged));
    stream = addFeedForward(layer, add(attended, rows(stream)));
  }
  const result = applyNorm(stream, "rms", weight(build, "enc.output_norm.weight"));
  keepOutput(build, result);
}

/**
 * Builds the graph of T5's decoder (llama.cpp v0.5.0, `t5.cpp`), which the engine reserves for both stacks. Layers
 * attend to their cache, then to the encoder's output, as long as the trained context.
 */
export function buildT5Graph(build: Build): void {
  const { run, description, width } = build;
  const trained = description.contextLength ?? run.cells;
  const layers = setting(build, "decoder_block_count") ?? build.layers;
  let stream = embedTokens(build);
  const encoded = inputTensor("f32", width, trained);
  const distances = inputTensor("i32", run.cells, run.tokens);
  const attention = attentionInputs(build);
  const crossMask = inputTensor(run.flashAttention ? "f16" : "f32", trained, run.tokens);
  const outputIndices = outputIndexInput(build);
  const first = atLayer(build, 0, layers, "dec.");
  for (let index = 0; index < layers; index++) {
    const layer = atLayer(build, index, layers, "dec.");
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, outputIndices);
    const source = applyNorm(stream, "rms", layerWeight(layer, "attn_norm.weight"));
    const heads = headsOf(layer, "attn", source);
    const bias = distanceBias(layer, first, distances);
    const merged = attendToCache(layer, attention, heads, { bias });
    const read = add(project(layer, "attn_o", merged), stream);
    const crossSource = applyNorm(read, "rms", layerWeight(layer, "cross_attn_norm.weight"));
    const crossHeads = headsOf(layer, "cross_attn", crossSource, encoded);
    const crossed = attendToAll(build, crossHeads, crossMask);
    const attended = rows(project(layer, "cross_attn_o", crossed));
    stream = addFeedForward(layer, add(attended, rows(read)));
  }
  addHead(build, stream, { lastNorm: "dec.output_norm" }, outputIndices);
}
