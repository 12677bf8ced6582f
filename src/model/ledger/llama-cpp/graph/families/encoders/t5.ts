import { attentionCore, cachedAttention, type Heads } from "../../blocks/attention/attention.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { headPart } from "../../blocks/head.ts";
import { embeddingInput, outputPlaces } from "../../blocks/stream/inputs.ts";
import { norm } from "../../blocks/stream/norm.ts";
import { expandInto, setting, weight, type Build } from "../../ggml/build.ts";
import {
  add,
  contiguous,
  gated,
  getRows,
  matrixProduct,
  permute,
  reshape,
  unary,
} from "../../ggml/operations.ts";
import { inputTensor, type GraphTensor } from "../../ggml/tensor.ts";

/** One of T5's two stacks of layers. */
type Stack = "enc" | "dec";

function stored(build: Build, stack: Stack, layer: number, name: string): GraphTensor | undefined {
  return weight(build, `${stack}.blk.${layer}.${name}.weight`);
}

function product(build: Build, stack: Stack, layer: number, name: string, source: GraphTensor): GraphTensor {
  const matrix = stored(build, stack, layer, name);
  return matrix === undefined ? source : matrixProduct(matrix, source);
}

/** A bias for each pair of tokens by their distance (`build_pos_bias`); layers without a table read the first one's. */
function distanceBias(
  build: Build,
  stack: Stack,
  layer: number,
  distances: GraphTensor,
): GraphTensor | undefined {
  const table = stored(build, stack, layer, "attn_rel_b") ?? stored(build, stack, 0, "attn_rel_b");
  if (table === undefined) return undefined;
  const [cells, tokens] = distances.shape;
  const rows = getRows(table, reshape(distances, cells * tokens));
  return contiguous(permute(reshape(rows, rows.shape[0], cells, tokens), [2, 0, 1, 3]));
}

/** Queries, keys and values of a layer; keys and values of `read`, where that is another stream. */
function headsOf(
  build: Build,
  stack: Stack,
  layer: number,
  prefix: "attn" | "cross_attn",
  source: GraphTensor,
  read: GraphTensor = source,
): Required<Heads> & { readonly key: GraphTensor; readonly value: GraphTensor } {
  // the decoder's layers are at most as many as the encoder's, and as wide
  const sizes = (build.description.layers[layer] ?? build.description.layers[0])?.attention;
  const { heads = 1, keyValueHeads = 1, keyWidth = 64, valueWidth = 64 } = sizes ?? {};
  const q = product(build, stack, layer, `${prefix}_q`, source);
  const k = product(build, stack, layer, `${prefix}_k`, read);
  const v = product(build, stack, layer, `${prefix}_v`, read);
  return {
    query: reshape(q, keyWidth, heads, source.shape[1]),
    key: reshape(k, keyWidth, keyValueHeads, read.shape[1]),
    value: reshape(v, valueWidth, keyValueHeads, read.shape[1]),
  };
}

function inner(build: Build, stack: Stack, layer: number, stream: GraphTensor): GraphTensor {
  const source = norm(stream, "rms", stored(build, stack, layer, "ffn_norm"));
  const up = product(build, stack, layer, "ffn_up", source);
  const gate = stored(build, stack, layer, "ffn_gate");
  const active = gate === undefined ? unary(up) : gated(matrixProduct(gate, source), up);
  return add(product(build, stack, layer, "ffn_down", active), stream);
}

/** Attention that sees all of `mask`'s rows, and no cache. */
function plainAttention(
  build: Build,
  heads: ReturnType<typeof headsOf>,
  mask: GraphTensor,
  bias?: GraphTensor,
): GraphTensor {
  const { query, key, value } = heads;
  for (const part of [query, key, value]) expandInto(build, part);
  return attentionCore(build, query, key, value, mask, { bias }, false);
}

/** The graph of T5's encoder (llama.cpp v0.5.0, `t5.cpp`): no positions but a bias on the products, which flash attention has not. */
export function t5EncoderGraph(build: Build): void {
  let stream = embeddingInput(build);
  const distances = inputTensor("i32", build.run.tokens, build.run.tokens);
  const { mask } = attentionInputs(build).full;
  const places = outputPlaces(build);
  for (let layer = 0; layer < build.layers; layer++) {
    const last = layer === build.layers - 1;
    const rows = (given: GraphTensor): GraphTensor => (last ? getRows(given, places) : given);
    const source = norm(stream, "rms", stored(build, "enc", layer, "attn_norm"));
    const heads = headsOf(build, "enc", layer, "attn", source);
    const merged = plainAttention(build, heads, mask, distanceBias(build, "enc", layer, distances));
    const attended = rows(product(build, "enc", layer, "attn_o", merged));
    stream = inner(build, "enc", layer, add(attended, rows(stream)));
  }
  const result = norm(stream, "rms", weight(build, "enc.output_norm.weight"));
  result.output = true;
  expandInto(build, result);
}

/**
 * The graph of T5's decoder (llama.cpp v0.5.0, `t5.cpp`), which is what the engine reserves for the two: attention over its
 * cache, then over what the encoder gave, as long as the context that the model was trained for.
 */
export function t5Graph(build: Build): void {
  const { run, description, width } = build;
  const trained = description.contextLength ?? run.cells;
  const layers = setting(build, "decoder_block_count") ?? build.layers;
  let stream = embeddingInput(build);
  const encoded = inputTensor("f32", width, trained);
  const distances = inputTensor("i32", run.cells, run.tokens);
  const attention = attentionInputs(build);
  const crossMask = inputTensor(run.flashAttention ? "f16" : "f32", trained, run.tokens);
  const places = outputPlaces(build);
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    const rows = (given: GraphTensor): GraphTensor => (last ? getRows(given, places) : given);
    const source = norm(stream, "rms", stored(build, "dec", layer, "attn_norm"));
    const heads = headsOf(build, "dec", layer, "attn", source);
    const bias = distanceBias(build, "dec", layer, distances);
    const merged = cachedAttention(build, layer, attention, heads, { bias });
    const read = add(product(build, "dec", layer, "attn_o", merged), stream);
    const crossSource = norm(read, "rms", stored(build, "dec", layer, "cross_attn_norm"));
    const crossHeads = headsOf(build, "dec", layer, "cross_attn", crossSource, encoded);
    const crossed = plainAttention(build, crossHeads, crossMask);
    const attended = rows(product(build, "dec", layer, "cross_attn_o", crossed));
    stream = inner(build, "dec", layer, add(attended, rows(read)));
  }
  headPart(build, stream, { lastNorm: "dec.output_norm" }, places);
}
