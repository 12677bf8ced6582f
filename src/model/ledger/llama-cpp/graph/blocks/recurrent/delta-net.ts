import { layerWeight, layerWeightOr, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  matrixProduct,
  multiply,
  operation,
  repeat,
  reshape,
  rmsNorm,
  scale,
  unary,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { joinPastColumns } from "./mamba.ts";
import { readStates, stateStore, writeStates } from "./states.ts";
import type { StateInputs } from "./states.ts";

/** Sizes of the layer. `tokens` are per sequence. */
interface Sizes {
  readonly keyWidth: number;
  readonly keyHeads: number;
  readonly valueHeads: number;
  readonly valueWidth: number;
  readonly inner: number;
  readonly kernel: number;
  readonly tokens: number;
  readonly sequences: number;
}

function sizesOf(build: Build): Sizes {
  const inner = setting(build, "ssm.inner_size") ?? build.width;
  const valueHeads = setting(build, "ssm.time_step_rank") ?? 1;
  return {
    keyWidth: setting(build, "ssm.state_size") ?? 1,
    keyHeads: setting(build, "ssm.group_count") ?? 1,
    valueHeads,
    valueWidth: inner / valueHeads,
    inner,
    kernel: setting(build, "ssm.conv_kernel") ?? 1,
    tokens: build.run.tokens / build.run.sequences,
    sequences: build.run.sequences,
  };
}

/** Queries, keys and values (channels, tokens, sequences), and the gate of the output. */
interface Mixed {
  readonly columns: GraphTensor;
  readonly gate: GraphTensor;
}

/**
 * Projects queries, keys, values and the gate: from two matrices, or from one that interleaves them by key head.
 * source: (width, tokens).
 */
function projectColumns(layer: LayerBuild, source: GraphTensor, sizes: Sizes): Mixed {
  const { tokens, sequences, keyWidth, keyHeads, valueWidth, valueHeads } = sizes;
  const joined = layerWeight(layer, "attn_qkv.weight");
  if (joined !== undefined) {
    const product = matrixProduct(joined, source);
    const gate = matrixProduct(layerWeightOr(layer, "attn_gate.weight", layer.width, sizes.inner), source);
    return { columns: reshape(product, product.shape[0], tokens, sequences), gate };
  }
  const each = (valueWidth * valueHeads) / keyHeads;
  const row = 2 * keyWidth + 2 * each;
  const product = matrixProduct(layerWeightOr(layer, "ssm_in.weight", layer.width, row * keyHeads), source);
  const all = reshape(product, row, keyHeads, tokens, sequences);
  const part = (width: number): GraphTensor =>
    view(all, [width, keyHeads, tokens, sequences], all.strides.slice(1));
  const query = part(keyWidth);
  const key = part(keyWidth);
  const value = part(each);
  const gate = contiguous(part(each));
  const flatQuery = contiguous(query, keyWidth * keyHeads, tokens, sequences);
  const flatKey = contiguous(key, keyWidth * keyHeads, tokens, sequences);
  const flatValue = contiguous(value, valueWidth * valueHeads, tokens, sequences);
  return { columns: concat(concat(flatQuery, flatKey, 0), flatValue, 0), gate };
}

/** Write strength and decay of each value head: (1, value heads, tokens, sequences). */
interface Gates {
  readonly beta: GraphTensor;
  readonly decay: GraphTensor;
}

/** Computes write strength and decay from the normalized stream (width, tokens). */
function gatesOf(layer: LayerBuild, source: GraphTensor, sizes: Sizes): Gates {
  const { valueHeads, keyHeads, tokens, sequences } = sizes;
  const joined = layerWeight(layer, "ssm_ba.weight");
  const bias = layerWeightOr(layer, "ssm_dt.bias", valueHeads);
  const scaling = layerWeightOr(layer, "ssm_a", valueHeads);
  let beta: GraphTensor;
  let alpha: GraphTensor;
  if (joined === undefined) {
    const b = matrixProduct(layerWeightOr(layer, "ssm_beta.weight", layer.width, valueHeads), source);
    beta = unary(reshape(b, 1, valueHeads, tokens, sequences));
    const a = matrixProduct(layerWeightOr(layer, "ssm_alpha.weight", layer.width, valueHeads), source);
    alpha = reshape(a, valueHeads, tokens, sequences);
  } else {
    const each = valueHeads / keyHeads;
    const all = reshape(matrixProduct(joined, source), 2 * each, keyHeads, tokens, sequences);
    const part = (): GraphTensor => view(all, [each, keyHeads, tokens, sequences], all.strides.slice(1));
    const b = part();
    const a = part();
    beta = unary(contiguous(b));
    alpha = contiguous(a, valueHeads, tokens, sequences);
  }
  const decay = multiply(unary(add(alpha, bias)), scaling);
  return {
    beta: joined === undefined ? beta : reshape(beta, 1, valueHeads, tokens, sequences),
    decay: reshape(decay, 1, valueHeads, tokens, sequences),
  };
}

/**
 * Linear attention by the gated delta rule (llama.cpp v0.5.0, `qwen3next.cpp`, `qwen35.cpp`, fused on every backend).
 * source and result: (width, tokens). `spreadsKeys`: repeats key heads for the value heads before the fused operation.
 */
export function applyDeltaNet(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StateInputs,
  spreadsKeys = false,
): GraphTensor {
  const sizes = sizesOf(layer);
  const { keyWidth, keyHeads, valueHeads, valueWidth, inner, kernel, tokens, sequences } = sizes;
  const mixed = projectColumns(layer, source, sizes);
  const { beta, decay } = gatesOf(layer, source, sizes);
  const channels = inner + 2 * keyHeads * keyWidth;
  const joined = joinPastColumns(layer, inputs, mixed.columns, kernel - 1);
  const elements = valueWidth * valueWidth * valueHeads;
  const store = stateStore(layer, elements);
  const state = reshape(readStates(layer, inputs, store), valueWidth, valueWidth, valueHeads, sequences);
  const convolution = layerWeightOr(layer, "ssm_conv1d.weight", kernel, channels);
  const columns = unary(operation("f32", [channels, tokens, sequences], joined, convolution));
  const heads = (width: number, count: number): GraphTensor =>
    view(columns, [width, count, tokens, sequences], [width * 4, channels * 4, channels * 4 * tokens]);
  const queryHeads = heads(keyWidth, keyHeads);
  const keyHeadsView = heads(keyWidth, keyHeads);
  const value = heads(valueWidth, valueHeads);
  const spread = spreadsKeys && keyHeads !== valueHeads;
  const treat = (part: GraphTensor): GraphTensor =>
    spread ? repeatHeads(normalizeHeads(part), sizes) : normalizeHeads(part);
  const result = operation(
    "f32",
    [valueWidth * valueHeads, tokens * sequences + valueWidth * sequences],
    treat(queryHeads),
    treat(keyHeadsView),
    value,
    decay,
    beta,
    state,
  );
  const output = view(
    result,
    [valueWidth, valueHeads, tokens, sequences],
    [valueWidth * 4, valueWidth * valueHeads * 4, valueWidth * valueHeads * tokens * 4],
  );
  writeStates(layer, view(result, [valueWidth, valueWidth, valueHeads, sequences], []), store);
  const gate = reshape(mixed.gate, valueWidth, valueHeads, tokens, sequences);
  const scaled = applyNorm(output, "rms", layerWeightOr(layer, "ssm_norm.weight", valueWidth));
  const weighted = multiply(scaled, unary(gate));
  const out = matrixProduct(
    layerWeightOr(layer, "ssm_out.weight", inner, layer.width),
    reshape(weighted, valueWidth * valueHeads, tokens, sequences),
  );
  return reshape(out, layer.width, layer.run.tokens);
}

/** L2 norm of each head. */
function normalizeHeads(heads: GraphTensor): GraphTensor {
  return scale(rmsNorm(heads));
}

/** Repeats each key head for its value heads. */
function repeatHeads(heads: GraphTensor, sizes: Sizes): GraphTensor {
  const { keyWidth, keyHeads, valueHeads, tokens, sequences } = sizes;
  const times = valueHeads / keyHeads;
  const spread = repeat(
    reshape(heads, keyWidth, 1, keyHeads, tokens * sequences),
    keyWidth,
    times,
    keyHeads,
    tokens * sequences,
  );
  return reshape(spread, keyWidth, keyHeads * times, tokens, sequences);
}
