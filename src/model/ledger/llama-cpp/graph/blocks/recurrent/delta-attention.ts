import { layerWeight, layerWeightOr, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  matrixProduct,
  multiply,
  operation,
  reshape,
  rmsNorm,
  scale,
  transpose,
  unary,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { readStates, stateStore, writeStates } from "./states.ts";
import type { StateInputs } from "./states.ts";

/** Sizes of delta attention. `tokens` are per sequence. */
export interface DeltaSizes {
  /** Width of one head. */
  readonly width: number;
  readonly heads: number;
  /** Width of all heads. */
  readonly inner: number;
  /** Taps of the convolution. */
  readonly kernel: number;
  readonly tokens: number;
  readonly sequences: number;
  /** How the decay is computed: softplus (Kimi Linear), sigmoid (Ling 3), or sigmoid with a lower bound (Kimi K3). */
  readonly decay: "softplus" | "sigmoid" | "bounded";
}

/** One of the three products, the past columns of all three, and the store they are written back to. */
interface Convolved {
  readonly name: "q" | "k" | "v";
  readonly states: GraphTensor;
  readonly store: GraphTensor;
}

/**
 * Projects the stream, convolves it with its past and writes the new past back: (width, tokens) to (head width, heads,
 * tokens, sequences).
 */
function convolve(
  layer: LayerBuild,
  source: GraphTensor,
  sizes: DeltaSizes,
  { name, states, store }: Convolved,
): GraphTensor {
  const { width, heads, inner, kernel, tokens, sequences } = sizes;
  const kept = kernel - 1;
  const past = view(states, [kept, inner, sequences], [kept * 4, 3 * kept * inner * 4]);
  const product = matrixProduct(layerWeightOr(layer, `attn_${name}.weight`, layer.width, inner), source);
  const joined = concat(past, transpose(reshape(product, inner, tokens, sequences)), 0);
  writeStates(layer, view(joined, [kept, inner, sequences], [joined.strides[1], joined.strides[2]]), store);
  const weights = reshape(layerWeightOr(layer, `ssm_conv1d_${name}.weight`, kernel, 1, inner), kernel, inner);
  const columns = operation("f32", [inner, tokens, sequences], joined, weights);
  return reshape(unary(reshape(columns, inner, layer.run.tokens)), width, heads, tokens, sequences);
}

/** L2 norm of each head. */
function normalizeHeads(heads: GraphTensor): GraphTensor {
  return scale(rmsNorm(heads));
}

/** Decay of each channel in the family's order of operations: (head width, heads, tokens). */
function decayOf(rates: GraphTensor, summed: GraphTensor, sizes: DeltaSizes): GraphTensor {
  const { width, heads, decay } = sizes;
  const split = (value: GraphTensor): GraphTensor =>
    reshape(value, width, heads, sizes.tokens * sizes.sequences);
  if (decay === "sigmoid") return scale(unary(multiply(split(summed), rates)));
  if (decay === "bounded") return scale(unary(scale(multiply(split(summed), rates))));
  return multiply(split(unary(summed)), rates);
}

/**
 * Decay of each channel (head width, heads, tokens, sequences), and how much of a new value is written (1, heads,
 * tokens, sequences).
 */
function decayAndBeta(
  layer: LayerBuild,
  source: GraphTensor,
  sizes: DeltaSizes,
): { readonly decay: GraphTensor; readonly beta: GraphTensor } {
  const { width, heads, inner, tokens, sequences } = sizes;
  // Ling 3 has one matrix, the others two of low rank
  const second = layerWeight(layer, "ssm_f_b.weight");
  const inside = second === undefined ? inner : width;
  const first = matrixProduct(layerWeightOr(layer, "ssm_f_a.weight", layer.width, inside), source);
  const products = second === undefined ? first : matrixProduct(second, first);
  const bias = layerWeightOr(layer, "ssm_dt.bias", inner);
  const summed = add(products, bias);
  const rates = reshape(layerWeightOr(layer, "ssm_a", 1, heads), 1, heads, 1);
  const decay = reshape(decayOf(rates, summed, sizes), width, heads, tokens, sequences);
  const beta = unary(
    reshape(
      matrixProduct(layerWeightOr(layer, "ssm_beta.weight", layer.width, heads), source),
      1,
      heads,
      tokens,
      sequences,
    ),
  );
  return { decay, beta };
}

/**
 * Norm, gate and output projection of the heads: output (head width, heads, tokens, sequences) to (width, tokens).
 */
function projectGated(
  layer: LayerBuild,
  source: GraphTensor,
  output: GraphTensor,
  { width, heads, inner, tokens, sequences }: DeltaSizes,
): GraphTensor {
  const flatSource = reshape(
    reshape(source, source.shape[0], tokens, sequences),
    source.shape[0],
    layer.run.tokens,
  );
  const outer = layerWeight(layer, "ssm_g_b.weight");
  const inside = outer === undefined ? inner : width;
  const matrix =
    layerWeight(layer, "ssm_g.weight") ?? layerWeightOr(layer, "ssm_g_a.weight", layer.width, inside);
  const product = matrixProduct(matrix, flatSource);
  const gate = reshape(
    outer === undefined ? product : matrixProduct(outer, product),
    width,
    heads,
    layer.run.tokens,
  );
  const normed = applyNorm(
    reshape(output, width, heads, layer.run.tokens),
    "rms",
    layerWeightOr(layer, "ssm_norm.weight", width),
  );
  const weighted = contiguous(multiply(normed, unary(gate)), inner, layer.run.tokens);
  return matrixProduct(layerWeightOr(layer, "attn_output.weight", inner, layer.width), weighted);
}

/**
 * Linear attention by the delta rule with a decay per channel (llama.cpp v0.5.0, `kimi-linear.cpp`, `kimi-k3.cpp`).
 * source and result: (width, tokens).
 */
export function applyDeltaAttention(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StateInputs,
  sizes: DeltaSizes,
): GraphTensor {
  const { width, heads, inner, kernel, tokens, sequences } = sizes;
  const pastElements = 3 * (kernel - 1) * inner;
  const pastStore = stateStore(layer, pastElements);
  const past = readStates(layer, inputs, pastStore);
  const [query, key, value] = (["q", "k", "v"] as const).map((name) =>
    convolve(layer, source, sizes, { name, states: past, store: pastStore }),
  ) as [GraphTensor, GraphTensor, GraphTensor];
  const { decay, beta } = decayAndBeta(layer, source, sizes);
  const elements = width * width * heads;
  const store = stateStore(layer, elements);
  const state = reshape(readStates(layer, inputs, store), width, width, heads, sequences);
  const result = operation(
    "f32",
    [inner, tokens * sequences + width * sequences],
    normalizeHeads(query),
    normalizeHeads(key),
    value,
    decay,
    beta,
    state,
  );
  const output = contiguous(
    view(result, [width, heads, tokens, sequences], [width * 4, inner * 4, inner * tokens * 4]),
  );
  writeStates(layer, view(result, [width, width, heads, sequences], []), store);
  return projectGated(layer, source, output, sizes);
}

/** Sizes by the file's settings. All layers have the same number of heads. */
export function deltaSizes(build: Build, decay: DeltaSizes["decay"]): DeltaSizes {
  const heads =
    build.description.layers.find((layer) => layer.attention !== undefined)?.attention?.heads ?? 1;
  const width = setting(build, "kda.head_dim") ?? 128;
  const { sequences, tokens } = build.run;
  return {
    width,
    heads,
    inner: heads * width,
    kernel: setting(build, "ssm.conv_kernel") ?? 4,
    tokens: tokens / sequences,
    sequences,
    decay,
  };
}
