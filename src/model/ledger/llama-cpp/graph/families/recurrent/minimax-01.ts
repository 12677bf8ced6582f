import { attendToCache, projectOutput } from "../../blocks/attention/attention.ts";
import { prepareHeads, projectHeads } from "../../blocks/attention/projections.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { addHead } from "../../blocks/head.ts";
import { readStates, stateStore, writeStates } from "../../blocks/recurrent/states.ts";
import type { StateInputs } from "../../blocks/recurrent/states.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { expandInto, layersOf, layerWeightOr } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  contiguous,
  matrixProduct,
  multiply,
  permute,
  reshape,
  scale,
  unary,
  view,
} from "../../ggml/operations.ts";
import { inputTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Sizes of lightning attention. `tokens` are per sequence. */
interface Sizes {
  readonly width: number;
  readonly heads: number;
  readonly tokens: number;
  readonly sequences: number;
}

/** How much each head forgets: per token, from a token to the end, and between two tokens. */
interface DecayInputs {
  readonly slopes: GraphTensor;
  readonly query: GraphTensor;
  readonly key: GraphTensor;
  readonly between: GraphTensor;
}

function sizesOf(build: Build): Sizes {
  const state = build.description.layers.find((layer) => layer.recurrent !== undefined)?.recurrent;
  // A state is a square per head, and all heads together are the inner width: the quotient is the width of a head
  const inner = state?.innerWidth ?? 1;
  const width = (state?.stateElements ?? 1) / inner;
  return {
    width,
    heads: inner / width,
    tokens: build.run.tokens / build.run.sequences,
    sequences: build.run.sequences,
  };
}

function decayInputs({ heads, tokens, sequences }: Sizes): DecayInputs {
  return {
    slopes: inputTensor("f32", heads),
    query: inputTensor("f32", 1, heads, tokens, sequences),
    key: inputTensor("f32", 1, heads, tokens, sequences),
    between: inputTensor("f32", tokens, tokens, heads, sequences),
  };
}

/**
 * Computes the state after the tokens: the decayed old state plus keys times values, all (head width, head width, heads,
 * sequences).
 */
function nextState(state: GraphTensor, slopes: GraphTensor, products: GraphTensor): GraphTensor {
  const left = multiply(state, reshape(unary(scale(scale(slopes))), 1, 1, slopes.shape[0]));
  return add(left, products);
}

/**
 * Linear attention with a fixed decay per head (lightning attention), including the output projection: (width, tokens)
 * to (width, tokens).
 */
function applyLightningAttention(
  layer: LayerBuild,
  source: GraphTensor,
  states: StateInputs,
  decays: DecayInputs,
): GraphTensor {
  const { width, heads, tokens, sequences } = sizesOf(layer);
  const inner = width * heads;
  // The engine keeps the columns of a convolution for every recurrent layer; here there are 0, but it reads them
  readStates(layer, states, stateStore(layer, 0));
  const rows = reshape(source, source.shape[0], tokens, 1, sequences);
  const joined = layerWeightOr(layer, "attn_qkv.weight", layer.width, 3 * inner);
  const all = reshape(unary(matrixProduct(joined, rows)), 3 * width, heads, tokens, sequences);
  const part = (): GraphTensor => view(all, [width, heads, tokens, sequences], all.strides.slice(1));
  const [query, key, value] = [part(), part(), part()];
  const elements = width * width * heads;
  const store = stateStore(layer, elements);
  const state = reshape(readStates(layer, states, store), width, width, heads, sequences);
  const [queryDecay, keyDecay, between] = [decays.query, decays.key, decays.between].map((exponents) =>
    unary(scale(exponents)),
  ) as [GraphTensor, GraphTensor, GraphTensor];
  const past = matrixProduct(state, permute(multiply(query, queryDecay), [0, 2, 1, 3]));
  const products = matrixProduct(permute(key, [0, 2, 1, 3]), permute(query, [0, 2, 1, 3]));
  const values = contiguous(permute(value, [1, 2, 0, 3]));
  const seen = matrixProduct(values, multiply(products, between));
  const output = add(past, seen);
  expandInto(layer, output);
  const columns = contiguous(permute(multiply(key, keyDecay), [1, 2, 0, 3]));
  writeStates(layer, nextState(state, decays.slopes, matrixProduct(columns, values)), store);
  const merged = reshape(contiguous(permute(output, [0, 2, 1, 3])), inner, tokens, 1, sequences);
  const scaling = layerWeightOr(layer, "attn_norm_2.weight", inner);
  const gate = unary(matrixProduct(layerWeightOr(layer, "attn_gate.weight", layer.width, inner), rows));
  const weighted = multiply(gate, applyNorm(merged, "rms", scaling));
  const matrix = layerWeightOr(layer, "attn_output.weight", inner, layer.width);
  return reshape(matrixProduct(matrix, weighted), layer.width, layer.run.tokens);
}

/**
 * Builds the graph of MiniMax 01 (llama.cpp v0.5.0, `minimax-01.cpp`): lightning attention, and softmax attention in
 * every eighth layer.
 */
export function buildMinimax01Graph(build: Build): void {
  const start = startStream(build);
  const { inputs } = start;
  const decays = decayInputs(sizesOf(build));
  const treatment = { norm: "rms", rope: true, scaledQueries: false } as const;
  const routing = { gating: "softmax", normalized: true, activation: "gated", unscaled: true } as const;
  let { stream } = start;
  for (const layer of layersOf(build)) {
    const source = applyLayerNorm(layer, stream, "attn_norm");
    const plain = projectHeads(layer, source);
    let mixed: GraphTensor;
    if (plain === undefined) mixed = applyLightningAttention(layer, source, inputs.states, decays);
    else {
      const heads = prepareHeads(layer, plain, inputs.positions, treatment);
      mixed = projectOutput(layer, attendToCache(layer, inputs.attention, heads));
    }
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
    // The parts are added to the normalized stream, not to the stream itself
    const middle = add(rows(mixed), scale(rows(source)));
    const normed = applyLayerNorm(layer, middle, "ffn_norm");
    stream = add(applyExperts(layer, normed, routing), scale(normed));
  }
  addHead(build, stream, {}, inputs.outputIndices);
}
