import { expandInto, layerWeight, layerWeightOr, setting } from "../../ggml/build.ts";
import type { LayerBuild } from "../../ggml/build.ts";
import {
  concat,
  contiguous,
  matrixProduct,
  multiply,
  permute,
  repeat,
  reshape,
  rope,
  view,
} from "../../ggml/operations.ts";
import type { AttentionSources } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { attend, attendToCache, cacheTensor, gateAttention, projectOutput, storeKeys } from "./attention.ts";
import type { AttentionInputs } from "./cache-inputs.ts";

/** Sizes of latent attention. `rotated`: width with RoPE; `plain`: width of a head without it. */
interface LatentSizes {
  readonly rank: number;
  readonly rotated: number;
  readonly plain: number;
  readonly valueWidth: number;
  readonly heads: number;
}

function sizesOf(layer: LayerBuild): LatentSizes {
  const attention = layer.attention;
  const rotated = setting(layer, "rope.dimension_count") ?? 0;
  const keyWidth =
    attention?.latent === undefined
      ? (attention?.keyWidth ?? 0)
      : (setting(layer, "attention.key_length_mla") ?? 0);
  const valueWidth =
    attention?.latent === undefined
      ? (attention?.valueWidth ?? 0)
      : (setting(layer, "attention.value_length_mla") ?? 0);
  return {
    rank: setting(layer, "attention.kv_lora_rank") ?? 0,
    rotated,
    plain: keyWidth - rotated,
    valueWidth,
    heads: attention?.heads ?? 0,
  };
}

function rotate(value: GraphTensor, positions: GraphTensor | undefined): GraphTensor {
  return positions === undefined ? value : rope(value, positions);
}

/** Projects the queries of all heads (plain + rotated, heads, tokens), through a low rank if the layer has one. */
function projectQueries(layer: LayerBuild, source: GraphTensor, sizes: LatentSizes): GraphTensor {
  const width = (sizes.plain + sizes.rotated) * sizes.heads;
  const down = layerWeight(layer, "attn_q_a.weight");
  let value: GraphTensor;
  if (down === undefined)
    value = matrixProduct(layerWeightOr(layer, "attn_q.weight", layer.width, width), source);
  else {
    value = applyNorm(matrixProduct(down, source), "rms", layerWeight(layer, "attn_q_a_norm.weight"));
    value = matrixProduct(layerWeightOr(layer, "attn_q_b.weight", value.shape[0], width), value);
  }
  return reshape(value, sizes.plain + sizes.rotated, sizes.heads, layer.run.tokens);
}

/** What latent attention reads. */
export interface LatentInputs {
  readonly attention: AttentionInputs;
  /** Undefined if the family does not apply RoPE. */
  readonly positions?: GraphTensor | undefined;
  /** Factor of each token's queries, by its position. */
  readonly temperature?: GraphTensor | undefined;
  /** True if the engine copies the result after the gate of each head (Ling 3). Default false. */
  readonly copiesGated?: boolean;
}

/**
 * Multi-head latent attention, including the output projection (llama.cpp v0.5.0, `deepseek2.cpp`). With absorbed
 * matrices, all heads share one cached row, the latent and the rotated key, whose latent part is also the value.
 * Without them, every head is cached. source and result: (width, tokens).
 */
export function applyLatentAttention(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: LatentInputs,
): GraphTensor {
  const { positions, attention, temperature } = inputs;
  const sizes = sizesOf(layer);
  const { rank, rotated, plain, heads } = sizes;
  const { tokens } = layer.run;
  const absorbed = layer.attention?.latent !== undefined;
  const q = projectQueries(layer, source, sizes);
  const joined = matrixProduct(
    layerWeightOr(layer, "attn_kv_a_mqa.weight", layer.width, rank + rotated),
    source,
  );
  const row = (rank + rotated) * 4;
  const latent0 = view(joined, [rank, tokens], [row]);
  const rotatedKey = rotate(view(joined, [rotated, 1, tokens], [row, row]), positions);
  let latent = applyNorm(latent0, "rms", layerWeightOr(layer, "attn_kv_a_norm.weight", rank));
  if (!absorbed) return attendWithAllHeads(layer, sizes, { query: q, latent, rotatedKey }, inputs);
  const part = (width: number): GraphTensor => view(q, [width, heads, tokens], [q.strides[1], q.strides[2]]);
  const plainQuery = part(plain);
  const rotatedQuery = rotate(part(rotated), positions);
  const folded = matrixProduct(
    layerWeightOr(layer, "attn_k_b.weight", plain, rank, heads),
    permute(plainQuery, [0, 2, 1, 3]),
  );
  let query = concat(permute(folded, [0, 2, 1, 3]), rotatedQuery, 0);
  latent = reshape(latent, rank, 1, tokens);
  const key = concat(latent, rotatedKey, 0);
  if (temperature !== undefined) query = multiply(query, temperature);
  const merged = attendToLatent(layer, attention, { query, key, value: latent }, sizes);
  return projectOutput(layer, gateAttention(layer, merged, source, inputs.copiesGated));
}

/**
 * Attends to the cached latents: query (rank + rotated, heads, tokens), key (rank + rotated, 1, tokens), value (rank,
 * 1, tokens).
 */
function attendToLatent(
  layer: LayerBuild,
  inputs: AttentionInputs,
  { query, key, value }: Omit<AttentionSources, "mask">,
  sizes: LatentSizes,
): GraphTensor {
  const { cells, keyIndices, mask } = inputs.full;
  expandInto(layer, query);
  expandInto(layer, value);
  expandInto(layer, key);
  const width = sizes.rank + sizes.rotated;
  const store = cacheTensor(layer.run.keyType, width, 1, cells, layer.run.streams);
  storeKeys(layer, store, key, keyIndices);
  const keys = view(store, [width, 1, cells, layer.run.streams], []);
  const values = view(keys, [value.shape[0], 1, cells, layer.run.streams], keys.strides.slice(1));
  const expandValues = layerWeightOr(layer, "attn_v_b.weight", sizes.rank, sizes.valueWidth, sizes.heads);
  const sinks = layerWeight(layer, "attn_sinks.weight");
  return attend(layer, { query, key: keys, value: values, mask }, { expandValues, sinks });
}

/** Expands the latent (rank, tokens) to keys and values of all heads, and attends to their cache. */
function attendWithAllHeads(
  layer: LayerBuild,
  sizes: LatentSizes,
  parts: { readonly query: GraphTensor; readonly latent: GraphTensor; readonly rotatedKey: GraphTensor },
  { attention, positions, temperature }: LatentInputs,
): GraphTensor {
  const { plain, rotated, valueWidth, heads } = sizes;
  const { tokens } = layer.run;
  const width = plain + valueWidth;
  const expanded = matrixProduct(
    layerWeightOr(layer, "attn_kv_b.weight", sizes.rank, heads * width),
    parts.latent,
  );
  const part = (size: number): GraphTensor =>
    view(expanded, [size, heads, tokens], [width * 4, width * 4 * heads]);
  const plainKey = part(plain);
  const value = contiguous(part(valueWidth));
  let ready = rotate(parts.query, positions);
  const key = concat(plainKey, repeat(parts.rotatedKey, rotated, heads, tokens, 1), 0);
  if (temperature !== undefined) ready = multiply(ready, temperature);
  return projectOutput(layer, attendToCache(layer, attention, { query: ready, key, value }));
}
