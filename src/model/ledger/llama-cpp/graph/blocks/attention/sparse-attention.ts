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
  rope,
  scale,
  setRows,
  view,
} from "../../ggml/operations.ts";
import type { AttentionSources } from "../../ggml/operations.ts";
import { inputTensor, result } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { attend, cacheTensor, gateAttention, projectOutput, storeKeys } from "./attention.ts";
import { rotationSize } from "./cache-inputs.ts";
import type { AttentionInputs } from "./cache-inputs.ts";

/** Inputs of sparse latent attention: those of the latent cache and those of the indexer's. */
export interface SparseInputs {
  readonly latent: AttentionInputs;
  readonly positions: GraphTensor;
  /** Where new keys are written in the indexer's cache. */
  readonly keyIndices: GraphTensor;
  /** Mask of the indexer, always f16: its score is one fused operation. */
  readonly mask: GraphTensor;
  /** Rotation of the indexer's rows; undefined if they are not rotated (Hunyuan 4). */
  readonly rotation: GraphTensor | undefined;
}

/** Makes the indexer's inputs next to those of the latent cache. */
export function sparseInputs(
  build: Build,
  latent: AttentionInputs,
  positions: GraphTensor,
  rotates = true,
): SparseInputs {
  const { run } = build;
  const width = setting(build, "attention.indexer.key_length") ?? 128;
  const size = rotationSize(width);
  return {
    latent,
    positions,
    keyIndices: inputTensor("i64", run.tokens),
    mask: inputTensor("f16", run.cells, run.tokens / run.streams, 1, run.streams),
    rotation: rotates ? inputTensor("f32", size, size) : undefined,
  };
}

/**
 * Indices of the keys that the layer's queries read, chosen by the indexer (llama.cpp v0.5.0, `deepseek32.cpp`):
 * (count, tokens per stream, 1, streams).
 */
function chooseKeys(
  layer: LayerBuild,
  source: GraphTensor,
  lowQuery: GraphTensor,
  inputs: SparseInputs,
): GraphTensor {
  const { positions } = inputs;
  const { tokens, streams, cells, keyType } = layer.run;
  const heads = setting(layer, "attention.indexer.head_count") ?? 1;
  const width = setting(layer, "attention.indexer.key_length") ?? 128;
  const queryMatrix = layerWeightOr(layer, "indexer.attn_q_b.weight", lowQuery.shape[0], heads * width);
  let query = rope(reshape(matrixProduct(queryMatrix, lowQuery), width, heads, tokens), positions);
  let key = matrixProduct(layerWeightOr(layer, "indexer.attn_k.weight", layer.width, width), source);
  const scaling = layerWeightOr(layer, "indexer.k_norm.weight", width);
  key = applyNorm(key, "layer", scaling, layerWeightOr(layer, "indexer.k_norm.bias", width));
  key = rope(reshape(key, width, 1, tokens), positions);
  if (inputs.rotation !== undefined) {
    query = matrixProduct(inputs.rotation, query);
    key = matrixProduct(inputs.rotation, key);
  }
  const store = cacheTensor(keyType, width, 1, cells, streams);
  storeKeys(layer, store, key, inputs.keyIndices);
  let weights = matrixProduct(layerWeightOr(layer, "indexer.proj.weight", layer.width, heads), source);
  const keys = view(store, [width, 1, cells, streams], []);
  const each = tokens / streams;
  query = view(
    query,
    [width, heads, each, streams],
    [query.strides[1], query.strides[2], query.strides[3] / streams],
  );
  weights = scale(
    view(weights, [heads, each, 1, streams], [weights.strides[1], weights.strides[2], weights.strides[3]]),
  );
  const score = operation("f32", [cells, each, 1, streams], query, keys, weights, inputs.mask);
  const count = Math.min(cells, setting(layer, "attention.indexer.top_k") ?? cells);
  return contiguous(operation("i32", [count, each, 1, streams], score));
}

/** Mask that hides all keys except the chosen ones. */
function sparseMask(mask: GraphTensor, chosen: GraphTensor): GraphTensor {
  const [cells, rows, , streams] = mask.shape;
  const hidden = fill(mask);
  const single = view(
    hidden,
    [1, cells, rows, streams],
    [hidden.strides[0], hidden.strides[1], hidden.strides[2]],
  );
  const [count] = chosen.shape;
  const indices = view(
    chosen,
    [count, rows, streams],
    [chosen.strides[1], chosen.strides[2], streams * chosen.strides[3]],
  );
  const zeros = fill(result("none", "f32", [1, count, rows, streams], []));
  const opened = setRows(single, zeros, indices);
  const whole = view(
    opened,
    [cells, rows, 1, streams],
    [opened.strides[2], opened.strides[3], opened.strides[3]],
  );
  return add(whole, mask);
}

/** The result of a layer (width, tokens), and the chosen keys, which later layers without an indexer read too. */
export interface SparseAttention {
  readonly value: GraphTensor;
  readonly chosen: GraphTensor | undefined;
}

/** Widths of the latent, of the part with RoPE and of an entire head, and the positions of the tokens. */
interface LatentWidths {
  readonly rank: number;
  readonly rotated: number;
  readonly width: number;
  readonly positions: GraphTensor;
}

/**
 * Projects queries (rank + rotated, heads, tokens), and one row of keys (rank + rotated, 1, tokens) whose latent part is also
 * the value.
 */
function headsOf(
  layer: LayerBuild,
  source: GraphTensor,
  low: GraphTensor,
  { rank, rotated, width, positions }: LatentWidths,
): Omit<AttentionSources, "mask"> {
  const { tokens } = layer.run;
  const heads = layer.attention?.heads ?? 1;
  const plain = width - rotated;
  const q = matrixProduct(layerWeightOr(layer, "attn_q_b.weight", low.shape[0], heads * width), low);
  const part = (size: number): GraphTensor => view(q, [size, heads, tokens], [width * 4, width * 4 * heads]);
  const plainQuery = part(plain);
  const joined = matrixProduct(
    layerWeightOr(layer, "attn_kv_a_mqa.weight", layer.width, rank + rotated),
    source,
  );
  const row = (rank + rotated) * 4;
  const rotatedQuery = rope(part(rotated), positions);
  const shared = view(joined, [rotated, 1, tokens], [row, row]);
  const keyScaling = layerWeight(layer, "attn_k_norm.weight");
  const rotatedKey = rope(
    keyScaling === undefined ? shared : applyNorm(shared, "rms", keyScaling),
    positions,
  );
  const normed = applyNorm(
    view(joined, [rank, tokens], [row]),
    "rms",
    layerWeightOr(layer, "attn_kv_a_norm.weight", rank),
  );
  const matrix = layerWeightOr(layer, "attn_k_b.weight", plain, rank, heads);
  const folded = permute(matrixProduct(matrix, permute(plainQuery, [0, 2, 1, 3])), [0, 2, 1, 3]);
  const query = concat(folded, rotatedQuery, 0);
  const value = reshape(normed, rank, 1, tokens);
  const key = concat(value, rotatedKey, 0);
  return { query, key, value };
}

/**
 * Latent attention over the keys that an indexer chooses, or over a window (llama.cpp v0.5.0, `deepseek32.cpp`,
 * `glm-dsa.cpp`, `dots3note.cpp`). source: (width, tokens). `earlier`: the choice of the layer before.
 */
export function applySparseAttention(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: SparseInputs,
  earlier: GraphTensor | undefined,
): SparseAttention {
  const { positions } = inputs;
  const { streams, keyType } = layer.run;
  const { attention } = layer;
  const heads = attention?.heads ?? 1;
  const cache = attention?.window === undefined ? undefined : inputs.latent.window;
  const suffix = cache === undefined ? "" : "_swa";
  const rank = setting(layer, `attention.kv_lora_rank${suffix}`) ?? 512;
  const rotated = setting(layer, "rope.dimension_count") ?? 64;
  const width = setting(layer, `attention.key_length_mla${suffix}`) ?? 192;
  const lowMatrix = layerWeightOr(layer, "attn_q_a.weight", layer.width, 1536);
  const lowScaling = layerWeight(layer, "attn_q_a_norm.weight");
  const low = applyNorm(matrixProduct(lowMatrix, source), "rms", lowScaling);
  const chooses = cache === undefined && (attention?.indexer !== undefined || earlier === undefined);
  const chosen = chooses ? chooseKeys(layer, source, low, inputs) : earlier;
  const { query, key, value } = headsOf(layer, source, low, { rank, rotated, width, positions });
  for (const tensor of [query, value, key]) expandInto(layer, tensor);
  const { keyIndices, mask, cells } = cache ?? inputs.latent.full;
  const store = cacheTensor(keyType, rank + rotated, 1, cells, streams);
  storeKeys(layer, store, key, keyIndices);
  const visible = cache === undefined && chosen !== undefined ? sparseMask(mask, chosen) : mask;
  const keys = view(store, [rank + rotated, 1, cells, streams], []);
  const values = view(keys, [rank, 1, cells, streams], keys.strides.slice(1));
  const valueWidth = setting(layer, `attention.value_length_mla${suffix}`) ?? 128;
  const expandValues = layerWeightOr(layer, "attn_v_b.weight", rank, valueWidth, heads);
  const sinks = layerWeight(layer, "attn_sinks.weight");
  const merged = attend(layer, { query, key: keys, value: values, mask: visible }, { expandValues, sinks });
  const weighted = gateAttention(layer, merged, source);
  return { value: projectOutput(layer, weighted), chosen };
}
