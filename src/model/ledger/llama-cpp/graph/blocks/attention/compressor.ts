import { expandInto, layerWeight, layerWeightOr, type Build, type LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  getRows,
  matrixProduct,
  multiply,
  permute,
  reshape,
  rope,
  scale,
  setRows,
  softMax,
  sumRows,
  view,
} from "../../ggml/operations.ts";
import { inputTensor, result, type GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { cacheTensor, rotateRows, storeKeys } from "./attention.ts";

/** Inputs of one kind of compressed cache, for all its layers. */
export interface CompressorInputs {
  readonly statePlaces: GraphTensor;
  readonly keptFrom: GraphTensor;
  readonly keptTo: GraphTensor;
  readonly reads: GraphTensor;
  readonly writes: GraphTensor;
  readonly positions: GraphTensor;
  readonly mask: GraphTensor;
  readonly rotation: GraphTensor | undefined;
  readonly name: CompressorName;
  /** Elements of one row. */
  readonly width: number;
  /** Cells of one stream. */
  readonly cells: number;
  /** Tokens that become one row. */
  readonly ratio: number;
  /** True where a row is made of the tokens before it too. */
  readonly overlaps: boolean;
}

/** Rows of the compressor's state of one sequence. */
export function stateRows(ratio: number, overlaps: boolean): number {
  return overlaps ? 2 * ratio : ratio;
}

/** Inputs as the engine reserves them: every sequence may begin a row of its own (`dsv4_build_reserve_comp_plan`). */
export function compressorInputs(
  build: Build,
  kind: Pick<CompressorInputs, "name" | "width" | "ratio" | "overlaps" | "cells">,
  maskType: "f16" | "f32",
  rotation: GraphTensor | undefined,
): CompressorInputs {
  const { tokens, sequences, streams } = build.run;
  const { ratio, overlaps, cells } = kind;
  const blocks = Math.floor(tokens / ratio) + sequences;
  const kept = Math.min(tokens, stateRows(ratio, overlaps) * sequences);
  return {
    statePlaces: inputTensor("i32", tokens),
    keptFrom: inputTensor("i32", kept),
    keptTo: inputTensor("i32", kept),
    reads: inputTensor("i32", (overlaps ? 2 : 1) * ratio * blocks),
    writes: inputTensor("i64", blocks),
    positions: inputTensor("i32", blocks),
    mask: inputTensor(maskType, cells, tokens / streams, 1, streams),
    rotation,
    ...kind,
  };
}

/** The state and the new rows behind it, with a row of nothing at the end where rows overlap. */
function appendToState(state: GraphTensor, added: GraphTensor): GraphTensor {
  return concat(view(state, [state.shape[0], state.shape[1]], [state.strides[1]]), added, 1);
}

function appendEmptyRow(rows: GraphTensor): GraphTensor {
  const [width] = rows.shape;
  return concat(rows, reshape(scale(view(rows, [width], [])), width, 1), 1);
}

/** The rows that each new row is made of, tokens in front. */
function gatherRows(rows: GraphTensor, inputs: CompressorInputs): GraphTensor {
  const { width, ratio, overlaps, reads, positions } = inputs;
  const [blocks] = positions.shape;
  const gathered = getRows(overlaps ? appendEmptyRow(rows) : rows, reads);
  if (!overlaps) return contiguous(permute(reshape(gathered, width, ratio, blocks), [1, 0, 2, 3]));
  const count = ratio * blocks;
  const half = (): GraphTensor =>
    reshape(contiguous(view(gathered, [width, count], [gathered.strides[1]])), width, ratio, blocks);
  const before = half();
  return contiguous(permute(concat(before, half(), 1), [1, 0, 2, 3]));
}

/** Names of a compressor's tensors begin so: "attn" for the keys, "indexer" for those of the indexer. */
export type CompressorName = "attn" | "indexer";

/** New rows made of tokens and of what is left of earlier ones; both are written back (llama.cpp v0.5.0, `deepseek4.cpp`). */
export function compress(layer: LayerBuild, source: GraphTensor, inputs: CompressorInputs): void {
  const { name, width, ratio, overlaps } = inputs;
  const { sequences, keyType } = layer.run;
  const wide = (overlaps ? 2 : 1) * width;
  const weightOf = (ending: string, ...sizes: readonly number[]): GraphTensor =>
    layerWeightOr(layer, `${name}_compressor_${ending}.weight`, ...sizes);
  const values = matrixProduct(weightOf("kv", layer.width, wide), source);
  const products = matrixProduct(weightOf("gate", layer.width, wide), source);
  const scores = add(products, getRows(weightOf("ape", wide, ratio), inputs.statePlaces));
  const rows = stateRows(ratio, overlaps) * sequences;
  const state = (): GraphTensor => ({ ...result("none", "f32", [wide, rows], []), external: true });
  const [valueState, scoreState] = [state(), state()];
  const valueRows = appendToState(valueState, values);
  const scoreRows = appendToState(scoreState, scores);
  const read0 = gatherRows(valueRows, inputs);
  const weights = softMax(gatherRows(scoreRows, inputs));
  const summed = contiguous(permute(sumRows(multiply(read0, weights)), [1, 0, 2, 3]));
  const scaling = layerWeight(layer, `${name}_compressor_norm.weight`);
  let made = rope(applyNorm(summed, "rms", scaling), inputs.positions);
  if (inputs.rotation !== undefined) made = rotateRows(made, inputs.rotation);
  storeKeys(layer, cacheTensor(keyType, width, 1, inputs.cells, sequences), made, inputs.writes);
  for (const [given, store] of [
    [values, valueState],
    [scores, scoreState],
  ] as const) {
    expandInto(layer, setRows(store, getRows(given, inputs.keptFrom), inputs.keptTo));
  }
}
