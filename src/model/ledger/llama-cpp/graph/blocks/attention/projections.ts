import type { NormKind } from "../../../../../description/families/traits.ts";
import { layerWeight, setting, weight } from "../../ggml/build.ts";
import type { LayerBuild } from "../../ggml/build.ts";
import {
  add,
  clamp,
  concat,
  matrixProduct,
  multiply,
  reshape,
  rope,
  scale,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";

/** Queries, keys and values of one layer: (width, heads, tokens) each. */
export interface Projections {
  readonly query: GraphTensor;
  readonly key: GraphTensor;
  readonly value: GraphTensor;
  /** A gate projected together with the queries, with the same shape (Qwen3-Next). */
  readonly gate?: GraphTensor | undefined;
}

/**
 * Multiplies with one of the layer's matrices and applies its scale and bias. Undefined if the layer has no such
 * matrix.
 */
export function project(layer: LayerBuild, source: GraphTensor, name: string): GraphTensor | undefined {
  const matrix = layerWeight(layer, `${name}.weight`);
  if (matrix === undefined) return undefined;
  let value = matrixProduct(matrix, source);
  const factor = layerWeight(layer, `${name}.scale`);
  if (factor !== undefined) value = multiply(value, factor);
  const bias = layerWeight(layer, `${name}.bias`);
  return bias === undefined ? value : add(value, bias);
}

interface HeadSizes {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
}

/** Splits the product of a fused matrix into queries, keys and values. */
function splitFused(layer: LayerBuild, all: GraphTensor, sizes: HeadSizes): Projections {
  let joined = all;
  if (layerWeight(layer, "attn_qkv.bias") === undefined) {
    const [q, k, v] = ["attn_q", "attn_k", "attn_v"].map((name) => layerWeight(layer, `${name}.bias`));
    if (q !== undefined && k !== undefined && v !== undefined)
      joined = add(all, concat(concat(q, k, 0), v, 0));
  }
  if ((setting(layer, "attention.clamp_kqv") ?? 0) > 0) joined = clamp(joined);
  const tokens = joined.shape[1];
  const part = (width: number, heads: number): GraphTensor =>
    view(joined, [width, heads, tokens], [width * 4, joined.strides[1]]);
  return {
    query: part(sizes.keyWidth, sizes.heads),
    key: part(sizes.keyWidth, sizes.keyValueHeads),
    value: part(sizes.valueWidth, sizes.keyValueHeads),
  };
}

/**
 * Projects queries, keys and values from one matrix or three (llama.cpp v0.5.0, `build_qkv`). source: (width, tokens).
 * Undefined if the layer has no attention.
 */
export function projectHeads(
  layer: LayerBuild,
  source: GraphTensor,
  normsProducts = false,
): Projections | undefined {
  const attention = layer.attention;
  if (attention === undefined) return undefined;
  const joined = project(layer, source, "attn_qkv");
  if (joined !== undefined) return splitFused(layer, joined, attention);
  const clamped = (setting(layer, "attention.clamp_kqv") ?? 0) > 0;
  const part = (name: string, width: number, heads: number): GraphTensor | undefined => {
    const value = project(layer, source, name);
    if (value === undefined) return undefined;
    const scaling = normsProducts ? layerWeight(layer, `${name}_norm.weight`) : undefined;
    const normed = scaling === undefined ? value : applyNorm(value, "rms", scaling);
    return reshape(clamped ? clamp(normed) : normed, width, heads, value.shape[1]);
  };
  const wide = layerWeight(layer, "attn_q.weight")?.shape[1] === 2 * attention.keyWidth * attention.heads;
  const all = part("attn_q", wide ? 2 * attention.keyWidth : attention.keyWidth, attention.heads);
  const half = (): GraphTensor | undefined =>
    all === undefined
      ? undefined
      : view(all, [attention.keyWidth, attention.heads, all.shape[2]], [all.strides[1], all.strides[2]]);
  const query = wide ? half() : all;
  const gate = wide ? half() : undefined;
  const key = part("attn_k", attention.keyWidth, attention.keyValueHeads);
  const value = part("attn_v", attention.valueWidth, attention.keyValueHeads) ?? key;
  if (query === undefined || key === undefined || value === undefined) return undefined;
  return { query, key, value, gate };
}

/** RoPE factors for long contexts, which a file may hold once or per layer. */
export function ropeFactors(layer: LayerBuild): GraphTensor | undefined {
  for (const name of ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"]) {
    const factors = layerWeight(layer, name) ?? weight(layer, name);
    if (factors !== undefined) return factors;
  }
  return undefined;
}

/** What happens to queries and keys before attention. */
export interface HeadTreatment {
  readonly norm: NormKind;
  readonly rope: boolean;
  readonly scaledQueries: boolean;
  /** Norms of queries and keys over all heads: on the products themselves, or on the heads joined again (MPT). */
  readonly flatNorms?: "products" | "joined" | undefined;
}

/** Normalizes queries or keys if the layer has a norm for them. */
function normalizeHeads(
  layer: LayerBuild,
  value: GraphTensor,
  name: string,
  treatment: HeadTreatment,
): GraphTensor {
  const scaling = layerWeight(layer, `${name}.weight`);
  if (scaling === undefined) return value;
  const bias = layerWeight(layer, `${name}.bias`);
  if (treatment.flatNorms === "products") return value;
  if (treatment.flatNorms === undefined) return applyNorm(value, treatment.norm, scaling, bias);
  const [a, b, c] = value.shape;
  return reshape(applyNorm(reshape(value, a * b, c), treatment.norm, scaling, bias), a, b, c);
}

/** Normalizes, rotates and scales queries and keys as the family does. The shapes stay. */
export function prepareHeads(
  layer: LayerBuild,
  heads: Projections,
  positions: GraphTensor,
  treatment: HeadTreatment,
): Projections {
  const factors = ropeFactors(layer);
  const both = (value: GraphTensor, name: string): GraphTensor => {
    const normed = normalizeHeads(layer, value, name, treatment);
    return treatment.rope ? rope(normed, positions, factors) : normed;
  };
  const query = both(heads.query, "attn_q_norm");
  const key = both(heads.key, "attn_k_norm");
  return { query: treatment.scaledQueries ? scale(query) : query, key, value: heads.value };
}
