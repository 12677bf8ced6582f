import { layerWeight, layerWeightOr } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  contiguous,
  matrixProduct,
  multiply,
  operation,
  permute,
  repeat,
  reshape,
  sameShape,
  scale,
  subtract,
  sumRows,
  unary,
  view,
} from "../../ggml/operations.ts";
import { externalTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { readStates, stateStore, writeStates } from "./states.ts";
import type { StateInputs } from "./states.ts";

/** Sizes of a time mix. `tokens` are per sequence. */
export interface RwkvSizes {
  readonly tokens: number;
  readonly sequences: number;
  readonly headWidth: number;
  readonly heads: number;
}

/** What a time mix reads: the normalized stream and the same one token earlier, both (width, tokens, sequences). */
export interface TimeMixInputs {
  readonly normed: GraphTensor;
  readonly previous: GraphTensor;
  readonly states: StateInputs;
  readonly sizes: RwkvSizes;
}

/** Returns a stored tensor of the time mix, or one of the given sizes. */
function timeMixWeight(layer: LayerBuild, name: string, ...sizes: readonly number[]): GraphTensor {
  return layerWeightOr(layer, `time_mix_${name}.weight`, ...(sizes.length === 0 ? [layer.width] : sizes));
}

/** Multiplies with a matrix of the time mix and adds its bias. */
function projectTimeMix(layer: LayerBuild, value: GraphTensor, name: string): GraphTensor {
  const matrix = timeMixWeight(layer, name, value.shape[0], layer.width);
  const bias = layerWeight(layer, `time_mix_${name}.bias`);
  const result = matrixProduct(matrix, value);
  return bias === undefined ? result : add(result, bias);
}

/** Reads the state of the layer, runs the recurrence and writes the new state back. Result: (width × tokens). */
function runRecurrence(
  build: Build,
  states: StateInputs,
  sizes: RwkvSizes,
  run: (state: GraphTensor) => GraphTensor,
): GraphTensor {
  const elements = build.width * sizes.headWidth;
  const store = stateStore(build, elements);
  const result = run(readStates(build, states, store));
  const out = view(result, [build.width * build.run.tokens], []);
  writeStates(build, view(result, [elements * sizes.sequences], []), store);
  return out;
}

/** Result of the fused recurrence: the values, followed by the new states. */
function recurrentResult(build: Build, sizes: RwkvSizes, sources: readonly GraphTensor[]): GraphTensor {
  const rows = build.run.tokens + sizes.headWidth * sizes.sequences;
  return operation("f32", [build.width, rows], ...sources);
}

/** Normalizes each head of the output: (width, tokens). */
function normalizeOutput(layer: LayerBuild, value: GraphTensor, sizes: RwkvSizes): GraphTensor {
  const { tokens } = layer.run;
  const heads = reshape(value, sizes.headWidth, sizes.heads, tokens);
  const flat = reshape(sameShape(heads), layer.width, tokens);
  return add(
    multiply(flat, timeMixWeight(layer, "ln")),
    layerWeightOr(layer, "time_mix_ln.bias", layer.width),
  );
}

/** A mixture of each token and the one before it for each of the five projections of RWKV 6: (width, tokens) each. */
interface Mixtures6 {
  readonly decay: GraphTensor;
  readonly key: GraphTensor;
  readonly value: GraphTensor;
  readonly receptance: GraphTensor;
  readonly gate: GraphTensor;
}

/** Mixes tokens with the ones before them. shift and value: (width, tokens). */
function mixTokens(layer: LayerBuild, shift: GraphTensor, value: GraphTensor): Mixtures6 {
  const { width } = layer;
  const { tokens } = layer.run;
  const first = timeMixWeight(layer, "w1", width, 5);
  const low = matrixProduct(first, add(multiply(shift, timeMixWeight(layer, "lerp_x")), value));
  const parts = contiguous(permute(reshape(unary(low), first.shape[1] / 5, 1, 5, tokens), [0, 1, 3, 2]));
  const second = timeMixWeight(layer, "w2", first.shape[1] / 5, width, 5);
  const all = operation("f32", [width, 1, tokens, 5], reshape(second, second.shape[0], width, 1, 5), parts);
  const part = (source: GraphTensor): GraphTensor => view(source, [width, tokens], [source.strides[1]]);
  const fusedWeights = layerWeight(layer, "time_mix_lerp_fused.weight");
  if (fusedWeights !== undefined) {
    const fused = add(
      multiply(add(all, fusedWeights), reshape(shift, width, 1, tokens)),
      reshape(value, width, 1, tokens),
    );
    const next = (): GraphTensor => part(fused);
    return { decay: next(), key: next(), value: next(), receptance: next(), gate: next() };
  }
  const mix = (name: string): GraphTensor =>
    add(multiply(add(part(all), timeMixWeight(layer, `lerp_${name}`)), shift), value);
  return { decay: mix("w"), key: mix("k"), value: mix("v"), receptance: mix("r"), gate: mix("g") };
}

/**
 * Applies the time mix of RWKV 6 and of its relatives with grouped heads and Qwen's layers (llama.cpp v0.5.0,
 * `rwkv6-base.cpp`). Result: (width, tokens, sequences).
 */
export function applyTimeMix6(layer: LayerBuild, inputs: TimeMixInputs): GraphTensor {
  const { normed, previous, states, sizes } = inputs;
  const { width } = layer;
  const { tokens } = layer.run;
  const { headWidth, heads } = sizes;
  const shift = reshape(subtract(previous, normed), width, tokens);
  const value = reshape(normed, width, tokens);
  const mixtures = mixTokens(layer, shift, value);
  const gatedLinear = layerWeight(layer, "time_mix_first.weight") === undefined;
  const receptance = projectTimeMix(layer, mixtures.receptance, "receptance");
  let key = projectTimeMix(layer, mixtures.key, "key");
  let values = projectTimeMix(layer, mixtures.value, "value");
  const gate = unary(projectTimeMix(layer, mixtures.gate, "gate"));
  const groups = key.shape[0] / headWidth;
  if (groups !== heads) {
    const spread = (source: GraphTensor): GraphTensor =>
      repeat(reshape(source, headWidth, 1, groups, tokens), headWidth, heads / groups, groups, tokens);
    key = spread(key);
    values = spread(values);
  }
  key = reshape(key, headWidth, heads, tokens);
  values = reshape(values, headWidth, heads, tokens);
  const r = reshape(receptance, headWidth, heads, tokens);
  const low = unary(matrixProduct(timeMixWeight(layer, "decay_w1", width, 1), mixtures.decay));
  let decay = matrixProduct(timeMixWeight(layer, "decay_w2", low.shape[0], width), low);
  decay = unary(unary(unary(add(decay, timeMixWeight(layer, "decay")))));
  decay = reshape(decay, headWidth, heads, tokens);
  if (gatedLinear) key = subtract(key, multiply(key, decay));
  const out = runRecurrence(layer, states, sizes, (state) =>
    recurrentResult(
      layer,
      sizes,
      gatedLinear
        ? [key, values, r, decay, state]
        : [key, values, r, timeMixWeight(layer, "first"), decay, state],
    ),
  );
  const flat = gatedLinear ? reshape(out, width, tokens) : normalizeOutput(layer, out, sizes);
  return reshape(projectTimeMix(layer, multiply(flat, gate), "output"), width, sizes.tokens, sizes.sequences);
}

/**
 * The result of a time mix (width, tokens, sequences), and the values of the first layer (width, tokens), which later
 * layers mix in.
 */
export interface TimeMix7 {
  readonly value: GraphTensor;
  readonly firstValue: GraphTensor;
}

/** Computes two products of low rank with a function between them. */
function projectLowRank(
  layer: LayerBuild,
  source: GraphTensor,
  name: string,
  between: (v: GraphTensor) => GraphTensor,
): GraphTensor {
  const inner = between(matrixProduct(timeMixWeight(layer, `${name}1`, layer.width, 1), source));
  return matrixProduct(timeMixWeight(layer, `${name}2`, inner.shape[0], layer.width), inner);
}

function same(value: GraphTensor): GraphTensor {
  return value;
}

/** Applies the time mix of RWKV 7 and its relatives (llama.cpp v0.5.0, `rwkv7-base.cpp`). */
export function applyTimeMix7(
  layer: LayerBuild,
  inputs: TimeMixInputs,
  firstValue: GraphTensor | undefined,
): TimeMix7 {
  const { normed, previous, states, sizes } = inputs;
  const { width } = layer;
  const { tokens } = layer.run;
  const { headWidth, heads } = sizes;
  const gates = layerWeight(layer, "time_mix_g1.weight") !== undefined;
  const count = gates ? 6 : 5;
  const shift = repeat(subtract(previous, normed), width, sizes.tokens, sizes.sequences, count);
  const all = add(multiply(shift, timeMixWeight(layer, "lerp_fused", width, 1, 1, count)), normed);
  const part = (): GraphTensor => view(all, [width, tokens], [all.strides[1]]);
  const mixed = { r: part(), w: part(), k: part(), v: part(), a: part(), g: part() };
  let r = projectTimeMix(layer, mixed.r, "receptance");
  let w = add(projectLowRank(layer, mixed.w, "w", unary), timeMixWeight(layer, "w0"));
  w = unary(scale(unary(w)));
  let k = projectTimeMix(layer, mixed.k, "key");
  let v = projectTimeMix(layer, mixed.v, "value");
  const first = firstValue ?? v;
  if (firstValue !== undefined) {
    const share = unary(add(projectLowRank(layer, mixed.v, "v", same), timeMixWeight(layer, "v0")));
    v = add(v, multiply(subtract(firstValue, v), share));
  }
  const gate = gates ? projectLowRank(layer, mixed.g, "g", unary) : undefined;
  let a = unary(add(projectLowRank(layer, mixed.a, "a", same), timeMixWeight(layer, "a0")));
  const kk = sameShape(reshape(multiply(k, timeMixWeight(layer, "k_k")), headWidth, heads, tokens));
  const ka = multiply(k, timeMixWeight(layer, "k_a"));
  k = add(k, subtract(multiply(a, ka), ka));
  const split = (source: GraphTensor): GraphTensor => reshape(source, headWidth, heads, tokens);
  r = split(r);
  w = split(w);
  k = split(k);
  v = split(v);
  a = split(a);
  const out = runRecurrence(layer, states, sizes, (state) =>
    recurrentResult(layer, sizes, [r, w, k, v, unary(kk), multiply(kk, a), state]),
  );
  const normal = layerWeight(layer, "time_mix_ln.weight") !== undefined;
  let value = normal ? normalizeOutput(layer, out, sizes) : reshape(out, width, tokens);
  const bonus = layerWeight(layer, "time_mix_r_k.weight") ?? externalTensor(headWidth, heads);
  const weights = sumRows(multiply(multiply(k, r), reshape(bonus, headWidth, heads)));
  value = add(value, reshape(multiply(v, weights), width, tokens));
  if (gate !== undefined) value = multiply(value, gate);
  const result = reshape(projectTimeMix(layer, value, "output"), width, sizes.tokens, sizes.sequences);
  return { value: result, firstValue: first };
}
