import { attentionCore, attentionInputs } from "./attention.ts";
import { expandInto, weight, type Build } from "./build.ts";
import { embeddingInput, outputPlaces } from "./inputs.ts";
import { norm } from "./norm.ts";
import { add, contiguous, gated, getRows, matrixProduct, permute, reshape, unary } from "./operations.ts";
import { inputTensor, type GraphTensor } from "./tensor.ts";

function stored(build: Build, layer: number, name: string): GraphTensor | undefined {
  return weight(build, `enc.blk.${layer}.${name}.weight`);
}

function product(build: Build, layer: number, name: string, source: GraphTensor): GraphTensor {
  const matrix = stored(build, layer, name);
  return matrix === undefined ? source : matrixProduct(matrix, source);
}

/** A bias for each pair of tokens by their distance (`build_pos_bias`); layers without a table read the first one's. */
function distanceBias(build: Build, layer: number, distances: GraphTensor): GraphTensor | undefined {
  const table = stored(build, layer, "attn_rel_b") ?? stored(build, 0, "attn_rel_b");
  if (table === undefined) return undefined;
  const { tokens } = build.run;
  const rows = getRows(table, reshape(distances, tokens * tokens));
  return contiguous(permute(reshape(rows, rows.shape[0], tokens, tokens), [2, 0, 1, 3]));
}

function inner(build: Build, layer: number, source: GraphTensor): GraphTensor {
  const up = product(build, layer, "ffn_up", source);
  const gate = stored(build, layer, "ffn_gate");
  const active = gate === undefined ? unary(up) : gated(matrixProduct(gate, source), up);
  return product(build, layer, "ffn_down", active);
}

/** The graph of T5's encoder (llama.cpp v0.5.0, `t5.cpp`): no positions but a bias on the products, which flash attention has not. */
export function t5EncoderGraph(build: Build): void {
  let stream = embeddingInput(build);
  const { tokens } = build.run;
  const distances = inputTensor("i32", tokens, tokens);
  const { mask } = attentionInputs(build).full;
  const places = outputPlaces(build);
  for (let layer = 0; layer < build.layers; layer++) {
    const sizes = build.spec.layers[layer]?.attention;
    if (sizes === undefined) continue;
    const source = norm(stream, "rms", stored(build, layer, "attn_norm"));
    const products = ["attn_q", "attn_k", "attn_v"].map((name) => product(build, layer, name, source));
    const [q, k, v] = products as [GraphTensor, GraphTensor, GraphTensor];
    const query = reshape(q, sizes.keyWidth, sizes.heads, tokens);
    const key = reshape(k, sizes.keyWidth, sizes.keyValueHeads, tokens);
    const value = reshape(v, sizes.valueWidth, sizes.keyValueHeads, tokens);
    const bias = distanceBias(build, layer, distances);
    for (const part of [query, key, value]) expandInto(build, part);
    const merged = attentionCore(build, query, key, value, mask, { bias }, false);
    const last = layer === build.layers - 1;
    const rows = (given: GraphTensor): GraphTensor => (last ? getRows(given, places) : given);
    const attended = rows(product(build, layer, "attn_o", merged));
    const middle = add(attended, rows(stream));
    stream = add(inner(build, layer, norm(middle, "rms", stored(build, layer, "ffn_norm"))), middle);
  }
  const result = norm(stream, "rms", weight(build, "enc.output_norm.weight"));
  result.output = true;
  expandInto(build, result);
}
