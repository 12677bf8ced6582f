import { expandInto, layerWeight, layerWeightOr, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  fill,
  matrixProduct,
  operation,
  permute,
  reshape,
  rmsNorm,
  rope,
  scale,
  setRows,
  view,
} from "../../ggml/operations.ts";
import { result } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { attend, cacheTensor, ofCacheType, rotateRows, storeKeys } from "./attention.ts";
import type { CacheInputs } from "./cache-inputs.ts";
import { compress } from "./compressor.ts";
import type { CompressorInputs } from "./compressor.ts";

/** Inputs of all layers: the cache of the window, the compressed caches by ratio, and that of the indexer. */
export interface DeepSeek4Inputs {
  readonly positions: GraphTensor;
  readonly window: CacheInputs;
  readonly sparse: CompressorInputs;
  readonly dense: CompressorInputs;
  readonly indexer: CompressorInputs;
}

/**
 * Indices of the compressed rows that each token reads, by the indexer's scores (`build_lid_top_k`, fused): (count,
 * tokens per stream, 1, streams).
 */
function chooseRows(
  layer: LayerBuild,
  source: GraphTensor,
  low: GraphTensor,
  inputs: DeepSeek4Inputs,
): GraphTensor {
  const { tokens, streams, keyType } = layer.run;
  const heads = setting(layer, "attention.indexer.head_count") ?? 1;
  const width = setting(layer, "attention.indexer.key_length") ?? 128;
  const { indexer } = inputs;
  const matrix = layerWeightOr(layer, "indexer.attn_q_b.weight", low.shape[0], heads * width);
  let query = rope(reshape(matrixProduct(matrix, low), width, heads, tokens), inputs.positions);
  if (indexer.rotation !== undefined) query = rotateRows(query, indexer.rotation);
  let weights = scale(matrixProduct(layerWeightOr(layer, "indexer.proj.weight", layer.width, heads), source));
  const keys = view(
    cacheTensor(keyType, width, 1, indexer.cells, streams),
    [width, 1, indexer.cells, streams],
    [],
  );
  const each = tokens / streams;
  query = view(
    query,
    [width, heads, each, streams],
    [query.strides[1], query.strides[2], query.strides[3] / streams],
  );
  weights = view(
    weights,
    [heads, each, 1, streams],
    [weights.strides[1], weights.strides[2] / streams, weights.strides[3] / streams],
  );
  const scores = operation("f32", [indexer.cells, each, 1, streams], query, keys, weights, indexer.mask);
  const count = Math.min(indexer.cells, setting(layer, "attention.indexer.top_k") ?? indexer.cells);
  return contiguous(operation("i32", [count, each, 1, streams], scores));
}

/** Mask of a compressed cache that hides all rows except the chosen ones (`build_top_k_mask`). */
function maskUnchosen(build: Build, mask: GraphTensor, chosen: GraphTensor): GraphTensor {
  const [cells, each, , streams] = mask.shape;
  const hidden = fill(mask);
  const single = view(
    hidden,
    [1, cells, each, streams],
    [hidden.strides[0], hidden.strides[1], hidden.strides[2]],
  );
  const [count] = chosen.shape;
  const indices = view(
    chosen,
    [count, each, streams, 1],
    [chosen.strides[1], chosen.strides[2], streams * chosen.strides[3]],
  );
  const zeros = fill(result("none", build.run.flashAttention ? "f16" : "f32", [1, count, each, streams], []));
  const opened = setRows(single, zeros, indices);
  const whole = view(
    opened,
    [cells, each, 1, streams],
    [opened.strides[2], opened.strides[3], opened.strides[3]],
  );
  return add(whole, mask);
}

/**
 * Queries (width, heads, tokens), the one key of all heads (width, 1, tokens), and the low-rank query (rank, tokens).
 */
interface Heads {
  readonly query: GraphTensor;
  readonly key: GraphTensor;
  readonly low: GraphTensor;
}

/** Computes queries and keys from the normalized stream (width, tokens). */
function headsOf(layer: LayerBuild, source: GraphTensor, positions: GraphTensor, width: number): Heads {
  const { tokens } = layer.run;
  const heads = layer.attention?.heads ?? 1;
  const rank = setting(layer, "attention.q_lora_rank") ?? layer.width;
  const down = layerWeightOr(layer, "attn_q_a.weight", layer.width, rank);
  const low = applyNorm(matrixProduct(down, source), "rms", layerWeight(layer, "attn_q_a_norm.weight"));
  const up = layerWeightOr(layer, "attn_q_b.weight", rank, heads * width);
  const query = rope(rmsNorm(reshape(matrixProduct(up, low), width, heads, tokens)), positions);
  const product = matrixProduct(layerWeightOr(layer, "attn_kv.weight", layer.width, width), source);
  const normed = applyNorm(product, "rms", layerWeight(layer, "attn_kv_a_norm.weight"));
  return { query, key: rope(reshape(normed, width, 1, tokens), positions), low };
}

/** The compressed rows of a layer, and those that an indexer chose. */
interface CompressedRows {
  readonly inputs: CompressorInputs;
  readonly chosen: GraphTensor | undefined;
}

/** Computes attention over the window, and over the compressed rows if the layer has them: (width × heads, tokens). */
function attendToRows(
  layer: LayerBuild,
  heads: Heads,
  window: CacheInputs,
  compressed: CompressedRows | undefined,
): GraphTensor {
  const { streams, keyType } = layer.run;
  let { query, key } = heads;
  if (window.keyRotation !== undefined) {
    query = rotateRows(query, window.keyRotation);
    key = rotateRows(key, window.keyRotation);
  }
  expandInto(layer, query);
  expandInto(layer, key);
  const [width] = key.shape;
  const store = cacheTensor(keyType, width, 1, window.cells, streams);
  storeKeys(layer, store, key, window.keyIndices);
  let keys = view(store, [width, 1, window.cells, streams], []);
  let { mask } = window;
  if (compressed !== undefined) {
    const rows = view(
      cacheTensor(keyType, width, 1, compressed.inputs.cells, streams),
      [width, 1, compressed.inputs.cells, streams],
      [],
    );
    keys = ofCacheType(concat(keys, rows, 2), keyType);
    const all = compressed.inputs.mask;
    const own = compressed.chosen === undefined ? all : maskUnchosen(layer, all, compressed.chosen);
    mask = concat(mask, own, 0);
  }
  const sinks = layerWeight(layer, "attn_sinks.weight");
  const merged = attend(layer, { query, key: keys, value: keys, mask }, { sinks });
  return window.keyRotation === undefined ? merged : rotateRows(merged, window.keyRotation);
}

/**
 * Applies the attention of one layer (llama.cpp v0.5.0, `deepseek4.cpp`): a window, older tokens as compressed rows, and an output
 * projection in groups of heads. source and result: (width, tokens).
 */
export function applyDeepSeek4Attention(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: DeepSeek4Inputs,
  ratio: number,
): GraphTensor {
  const { tokens } = layer.run;
  const attention = layer.attention;
  const { heads: count = 1, keyWidth: width = 64 } = attention ?? {};
  const heads = headsOf(layer, source, inputs.positions, width);
  const compressed =
    ratio === inputs.sparse.ratio ? inputs.sparse : ratio === inputs.dense.ratio ? inputs.dense : undefined;
  if (compressed !== undefined) compress(layer, source, compressed);
  let chosen: GraphTensor | undefined;
  if (compressed === inputs.sparse) {
    compress(layer, source, inputs.indexer);
    chosen = chooseRows(layer, source, heads.low, inputs);
  }
  const merged = attendToRows(layer, heads, inputs.window, compressed && { inputs: compressed, chosen });
  const groups = setting(layer, "attention.output_group_count") ?? 1;
  const rank = setting(layer, "attention.output_lora_rank") ?? layer.width;
  const group = (count * width) / groups;
  const turned = rope(reshape(merged, width, count, tokens), inputs.positions);
  const grouped = permute(reshape(turned, group, groups, tokens), [0, 2, 1, 3]);
  const first = layerWeightOr(layer, "attn_output_a.weight", group, rank, groups);
  const low = contiguous(permute(matrixProduct(first, grouped), [0, 2, 1, 3]), rank * groups, tokens);
  return matrixProduct(layerWeightOr(layer, "attn_output_b.weight", rank * groups, layer.width), low);
}
