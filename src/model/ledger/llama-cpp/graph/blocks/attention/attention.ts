import { expandInto, layerWeight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { cacheRowBytes } from "../../ggml/cache-type-rows.ts";
import {
  add,
  cast,
  contiguous,
  flashAttention,
  matrixProduct,
  multiply,
  pad,
  permute,
  reshape,
  scale,
  setRows,
  softMax,
  transpose,
  unary,
  view,
} from "../../ggml/operations.ts";
import type { AttentionSources } from "../../ggml/operations.ts";
import { elementsOf, result } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { maxValueElements, readsNoCache } from "./cache-inputs.ts";
import type { AttentionInputs } from "./cache-inputs.ts";

/** Returns true if rows are not stored one directly after another. */
function hasGaps(tensor: GraphTensor): boolean {
  const [a, b, c] = tensor.shape;
  const [s0, s1, s2, s3] = tensor.strides;
  return s1 !== s0 * a || s2 !== s1 * b || s3 !== s2 * c;
}

/** Multiplies rows by a rotation (size, size), which spreads the error of a quantized cache. The shape stays. */
export function rotateRows(tensor: GraphTensor, rotation: GraphTensor): GraphTensor {
  const size = rotation.shape[0];
  const columns = elementsOf(tensor) / size;
  const rows = hasGaps(tensor) ? contiguous(tensor, size, columns) : reshape(tensor, size, columns);
  return reshape(matrixProduct(rotation, rows), ...tensor.shape);
}

/** Heads that enter attention: (width, heads, tokens) each. */
export interface Heads {
  readonly query: GraphTensor;
  /** Undefined if the layer reads another layer's cache. */
  readonly key: GraphTensor | undefined;
  /** Undefined if the layer reads another layer's cache. */
  readonly value: GraphTensor | undefined;
}

/** Options of one layer's attention. */
export interface AttentionOptions {
  /** One extra score per head in the softmax. */
  readonly sinks?: GraphTensor | undefined;
  /** How many times the scores are capped (scale, tanh, scale) without flash attention. */
  readonly scoreCaps?: 1 | 2 | undefined;
  /** Matrix that expands latent values to each head's own (MLA): (rank, value width, heads). */
  readonly expandValues?: GraphTensor | undefined;
  /** Bias on the scores (T5). Flash attention is not used then. */
  readonly bias?: GraphTensor | undefined;
  /** True if values are (cells, heads, width), as the cache stores them without flash attention. */
  readonly transposedValues?: boolean;
}

/**
 * Gives a copy of a quantized cache the strides of its type. (T5's bias rules flash attention out, but its values may
 * be quantized.)
 */
export function ofCacheType(copy: GraphTensor, type: string): GraphTensor {
  if (copy.type !== "weight") return copy;
  const block = 256;
  const each = (cacheRowBytes(type, block) ?? block) / block;
  const [s0, s1, s2, s3] = copy.strides;
  return { ...copy, strides: [s0 * each, s1 * each, s2 * each, s3 * each] };
}

/**
 * Computes attention itself: scores, softmax, weighted values (llama.cpp v0.5.0, `build_attn_mha`). query: (width, heads,
 * tokens); key and value: (width, heads, cells, streams); mask: (cells, tokens per stream, 1, streams); result: (value
 * width × heads, tokens).
 */
export function attend(build: Build, sources: AttentionSources, options: AttentionOptions = {}): GraphTensor {
  const { query, key, value, mask } = sources;
  const streams = key.shape[3];
  const [q0, q1, q2] = query.shape;
  const split = view(
    query,
    [q0, q1, q2 / streams, streams],
    [query.strides[1], query.strides[2], query.strides[3] / streams],
  );
  const q = permute(split, [0, 2, 1, 3]);
  let k = permute(key, [0, 2, 1, 3]);
  let v = permute(value, [0, 2, 1, 3]);
  let merged: GraphTensor;
  if (build.run.flashAttention && options.bias === undefined) {
    if (options.transposedValues === true) v = transpose(v);
    if (key.type === "f32") k = cast(k, "f16");
    if (value.type === "f32") v = cast(v, "f16");
    let out = flashAttention({ query: q, key: k, value: v, mask }, options.sinks);
    if (options.expandValues !== undefined) {
      out = permute(matrixProduct(options.expandValues, permute(out, [0, 2, 1, 3])), [0, 2, 1, 3]);
      out = contiguous(out);
    }
    merged = reshape(out, out.shape[0] * out.shape[1], out.shape[2] * out.shape[3]);
  } else {
    let products = matrixProduct(k, q);
    for (let cap = 0; cap < (options.scoreCaps ?? 0); cap++) products = scale(unary(scale(products)));
    if (options.bias !== undefined) products = add(products, options.bias);
    products = softMax(products, mask, ...(options.sinks === undefined ? [] : [options.sinks]));
    if (options.transposedValues !== true) v = ofCacheType(contiguous(transpose(v)), build.run.valueType);
    let out = matrixProduct(v, products);
    if (options.expandValues !== undefined) out = matrixProduct(options.expandValues, out);
    const wide = permute(out, [0, 2, 1, 3]);
    merged = contiguous(wide, wide.shape[0] * wide.shape[1], wide.shape[2] * wide.shape[3]);
  }
  expandInto(build, merged);
  return merged;
}

/**
 * Makes a layer's cache (width, heads, cells, streams). It is stored in another buffer, but copies of it have its
 * type.
 */
export function cacheTensor(type: string, ...sizes: readonly number[]): GraphTensor {
  const computing = type === "f32" ? "f32" : type === "f16" || type === "bf16" ? "f16" : "weight";
  return { ...result("none", computing, sizes, []), external: true };
}

/** Writes new keys (width, heads, tokens) into a cache at the indices. */
export function storeKeys(build: Build, cache: GraphTensor, key: GraphTensor, indices: GraphTensor): void {
  const rows = view(key, [key.shape[0] * key.shape[1], key.shape[2]], [key.strides[2]]);
  expandInto(build, setRows(cache, rows, indices));
}

/** Writes new values (width, heads, tokens) into a cache at the indices. */
function storeValues(build: Build, cache: GraphTensor, value: GraphTensor, indices: GraphTensor): void {
  const width = value.shape[0] * value.shape[1];
  const tokens = value.shape[2];
  if (build.run.flashAttention) {
    expandInto(build, setRows(cache, view(value, [width, tokens], [value.strides[2]]), indices));
    return;
  }
  // Without flash attention values are stored transposed, one element per row
  let rows =
    value.strides[2] === value.strides[0] * width
      ? reshape(value, width, tokens)
      : contiguous(value, width, tokens);
  const widest = maxValueElements(build.description.layers);
  if (width < widest) rows = pad(rows, widest - width);
  expandInto(build, setRows(cache, reshape(rows, 1, elementsOf(rows)), indices));
}

/**
 * Stores keys and values, then attends to the cache of the layer: result (value width × heads, tokens), before the
 * output projection.
 */
export function attendToCache(
  layer: LayerBuild,
  inputs: AttentionInputs,
  heads: Heads,
  options: AttentionOptions = {},
): GraphTensor {
  const description = layer.attention;
  const cache =
    description?.window !== undefined && inputs.window !== undefined ? inputs.window : inputs.full;
  let { query, key, value } = heads;
  if (readsNoCache(layer) && key !== undefined && value !== undefined) {
    for (const part of [query, key, value]) expandInto(layer, part);
    return attend(layer, { query, key, value, mask: cache.mask }, options);
  }
  if (cache.keyRotation !== undefined) {
    query = rotateRows(query, cache.keyRotation);
    if (key !== undefined) key = rotateRows(key, cache.keyRotation);
  }
  if (cache.valueRotation !== undefined && value !== undefined)
    value = rotateRows(value, cache.valueRotation);
  expandInto(layer, query);
  const windowed = inputs.window !== undefined;
  if (windowed && key !== undefined) expandInto(layer, key);
  if (value !== undefined) expandInto(layer, value);
  if (!windowed && key !== undefined) expandInto(layer, key);
  const keyWidth = description?.keyWidth ?? query.shape[0];
  const valueWidth = description?.valueWidth ?? keyWidth;
  const keyValueHeads = description?.keyValueHeads ?? query.shape[1];
  const { streams, flashAttention: flash } = layer.run;
  const keys = cacheTensor(layer.run.keyType, keyWidth, keyValueHeads, cache.cells, streams);
  const values = flash
    ? cacheTensor(layer.run.valueType, valueWidth, keyValueHeads, cache.cells, streams)
    : cacheTensor(layer.run.valueType, cache.cells, keyValueHeads, valueWidth, streams);
  if (key !== undefined) storeKeys(layer, keys, key, cache.keyIndices);
  if (value !== undefined) storeValues(layer, values, value, cache.valueIndices);
  const keyView = view(keys, [keyWidth, keyValueHeads, cache.cells, streams], []);
  const valueView = view(values, [...values.shape], []);
  const sources = { query, key: keyView, value: valueView, mask: cache.mask };
  let merged = attend(layer, sources, { ...options, transposedValues: !flash });
  if (cache.valueRotation !== undefined) merged = rotateRows(merged, cache.valueRotation);
  return merged;
}

/** Applies the output projection with its scale and bias: (value width × heads, tokens) to (width, tokens). */
export function projectOutput(layer: LayerBuild, merged: GraphTensor): GraphTensor {
  const matrix = layerWeight(layer, "attn_output.weight");
  // BitNet normalizes before the projection
  const scaling = layerWeight(layer, "attn_sub_norm.weight");
  const source = scaling === undefined ? merged : applyNorm(merged, "rms", scaling);
  let value = matrix === undefined ? source : matrixProduct(matrix, source);
  const factor = layerWeight(layer, "attn_output.scale");
  if (factor !== undefined) value = multiply(value, factor);
  const bias = layerWeight(layer, "attn_output.bias");
  return bias === undefined ? value : add(value, bias);
}

/**
 * Multiplies the result of attention by a gate: one factor per value or per head. merged: (value width × heads, tokens);
 * source: (width, tokens).
 */
export function gateAttention(
  layer: LayerBuild,
  merged: GraphTensor,
  source: GraphTensor,
  copies = false,
): GraphTensor {
  const matrix = layerWeight(layer, "attn_gate.weight");
  if (matrix === undefined) return merged;
  const gate = unary(matrixProduct(matrix, source));
  const heads = layer.attention?.heads ?? 1;
  if (gate.shape[0] !== heads || heads === merged.shape[0]) return multiply(merged, gate);
  const [width, tokens] = merged.shape;
  const byHead = reshape(merged, width / heads, heads, tokens);
  const weighted = multiply(byHead, reshape(gate, 1, heads, tokens));
  return copies ? contiguous(weighted, width, tokens) : reshape(weighted, width, tokens);
}
