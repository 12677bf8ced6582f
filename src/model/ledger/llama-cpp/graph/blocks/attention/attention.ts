import { expandInto, layerWeight, type Build, type LayerBuild } from "../../ggml/build.ts";
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
  type AttentionSources,
} from "../../ggml/operations.ts";
import { elementsOf, result, type GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { widestValues, type AttentionInputs, readsNoCache } from "./cache-inputs.ts";

function hasGaps(tensor: GraphTensor): boolean {
  const [a, b, c] = tensor.shape;
  const [s0, s1, s2, s3] = tensor.strides;
  return s1 !== s0 * a || s2 !== s1 * b || s3 !== s2 * c;
}

/** Rows of a tensor turned by a matrix, which spreads what a quantized cache would lose. */
export function rotateRows(tensor: GraphTensor, rotation: GraphTensor): GraphTensor {
  const size = rotation.shape[0];
  const columns = elementsOf(tensor) / size;
  const rows = hasGaps(tensor) ? contiguous(tensor, size, columns) : reshape(tensor, size, columns);
  return reshape(matrixProduct(rotation, rows), ...tensor.shape);
}

/** What attention is made from: heads as [width, heads, tokens]. */
export interface Heads {
  readonly query: GraphTensor;
  /** Undefined where the layer reads another one's cache. */
  readonly key: GraphTensor | undefined;
  readonly value: GraphTensor | undefined;
}

/** Options of one layer's attention. */
export interface AttentionOptions {
  readonly sinks?: GraphTensor | undefined;
  /** How often the scores are capped without flash attention: scale, tanh, scale. */
  readonly scoreCaps?: 1 | 2 | undefined;
  /** Turns the latent values into the heads' own (MLA). */
  readonly expandValues?: GraphTensor | undefined;
  /** Bias on the products (T5); flash attention is not used then. */
  readonly bias?: GraphTensor | undefined;
  /** True where values come as (tokens, heads, width), as the cache without flash attention stores them. */
  readonly transposedValues?: boolean;
}

/** A copy made of a quantized cache has its bytes (T5: its bias keeps flash attention out, its values may be quantized still). */
export function ofCacheType(copy: GraphTensor, type: string): GraphTensor {
  if (copy.type !== "weight") return copy;
  const block = 256;
  const each = (cacheRowBytes(type, block) ?? block) / block;
  const [s0, s1, s2, s3] = copy.strides;
  return { ...copy, strides: [s0 * each, s1 * each, s2 * each, s3 * each] };
}

/** The core: products of queries with keys, soft maximum, products with values (llama.cpp v0.5.0, `build_attn_mha`). */
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

/** A layer's cache: it lies in a buffer of its own, but what is copied out of it has its type. */
export function cacheTensor(type: string, ...sizes: readonly number[]): GraphTensor {
  const computing = type === "f32" ? "f32" : type === "f16" || type === "bf16" ? "f16" : "weight";
  return { ...result("none", computing, sizes, []), external: true };
}

/** New keys written to their places in a cache. */
export function storeKeys(build: Build, cache: GraphTensor, key: GraphTensor, places: GraphTensor): void {
  const rows = view(key, [key.shape[0] * key.shape[1], key.shape[2]], [key.strides[2]]);
  expandInto(build, setRows(cache, rows, places));
}

function storeValues(build: Build, cache: GraphTensor, value: GraphTensor, places: GraphTensor): void {
  const width = value.shape[0] * value.shape[1];
  const tokens = value.shape[2];
  if (build.run.flashAttention) {
    expandInto(build, setRows(cache, view(value, [width, tokens], [value.strides[2]]), places));
    return;
  }
  // without flash attention values are stored transposed, one element a row
  let rows =
    value.strides[2] === value.strides[0] * width
      ? reshape(value, width, tokens)
      : contiguous(value, width, tokens);
  const widest = widestValues(build);
  if (width < widest) rows = pad(rows, widest - width);
  expandInto(build, setRows(cache, reshape(rows, 1, elementsOf(rows)), places));
}

/** Attention of one layer over its cache, up to the product with the output matrix. */
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
  if (key !== undefined) storeKeys(layer, keys, key, cache.keyPlaces);
  if (value !== undefined) storeValues(layer, values, value, cache.valuePlaces);
  const keyView = view(keys, [keyWidth, keyValueHeads, cache.cells, streams], []);
  const valueView = view(values, [...values.shape], []);
  const sources = { query, key: keyView, value: valueView, mask: cache.mask };
  let merged = attend(layer, sources, { ...options, transposedValues: !flash });
  if (cache.valueRotation !== undefined) merged = rotateRows(merged, cache.valueRotation);
  return merged;
}

/** The product with a layer's output matrix, with its bias where there is one. */
export function projectOutput(layer: LayerBuild, merged: GraphTensor): GraphTensor {
  const matrix = layerWeight(layer, "attn_output.weight");
  // BitNet normalizes what it multiplies
  const scaling = layerWeight(layer, "attn_sub_norm.weight");
  const source = scaling === undefined ? merged : applyNorm(merged, "rms", scaling);
  let value = matrix === undefined ? source : matrixProduct(matrix, source);
  const factor = layerWeight(layer, "attn_output.scale");
  if (factor !== undefined) value = multiply(value, factor);
  const bias = layerWeight(layer, "attn_output.bias");
  return bias === undefined ? value : add(value, bias);
}

/** What attention gives, weighted by a gate: one factor for each value or for each head. */
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
