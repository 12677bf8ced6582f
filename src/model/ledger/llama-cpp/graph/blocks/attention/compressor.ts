import { expandInto, layerWeight, layerWeightOr } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
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
import { inputTensor, result } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { cacheTensor, rotateRows, storeKeys } from "./attention.ts";

/** Inputs of one kind of compressed cache, for all its layers. */
export interface CompressorInputs {
  /** Row of the compressor's state for each token: (tokens). */
  readonly stateIndices: GraphTensor;
  /** Tokens whose values stay in the state, and where they are kept. */
  readonly keptFrom: GraphTensor;
  readonly keptTo: GraphTensor;
  /** Rows that each new row is computed from: (rows × ratio). */
  readonly reads: GraphTensor;
  /** Cells to which new rows are written. */
  readonly writes: GraphTensor;
  /** Position of each new row. */
  readonly positions: GraphTensor;
  /** Which rows each token sees: (cells, tokens per stream, 1, streams). */
  readonly mask: GraphTensor;
  readonly rotation: GraphTensor | undefined;
  readonly name: CompressorName;
  /** Elements per row. */
  readonly width: number;
  /** Cells per stream. */
  readonly cells: number;
  /** Tokens per row. */
  readonly ratio: number;
  /** True if a row is also computed from the tokens of the row before it. */
  readonly overlaps: boolean;
}

/** Counts the rows of the compressor's state per sequence. */
export function stateRows(ratio: number, overlaps: boolean): number {
  return overlaps ? 2 * ratio : ratio;
}

/**
 * Makes the inputs as the engine reserves them: every sequence may start a row of its own
 * (`dsv4_build_reserve_comp_plan`).
 */
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
    stateIndices: inputTensor("i32", tokens),
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

/** Appends new rows to the state. */
function appendToState(state: GraphTensor, added: GraphTensor): GraphTensor {
  return concat(view(state, [state.shape[0], state.shape[1]], [state.strides[1]]), added, 1);
}

/** Appends an empty row, if rows overlap. */
function appendEmptyRow(rows: GraphTensor): GraphTensor {
  const [width] = rows.shape;
  return concat(rows, reshape(scale(view(rows, [width], [])), width, 1), 1);
}

/** Gathers the rows that each new row is computed from: (ratio or 2 × ratio, width, new rows). */
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

/** Prefix of the compressor's tensors: "attn" for keys, "indexer" for those of the indexer. */
export type CompressorName = "attn" | "indexer";

/**
 * Computes new rows from tokens and the state, and stores both (llama.cpp v0.5.0, `deepseek4.cpp`). source: (width,
 * tokens).
 */
export function compress(layer: LayerBuild, source: GraphTensor, inputs: CompressorInputs): void {
  const { name, width, ratio, overlaps } = inputs;
  const { sequences, keyType } = layer.run;
  const wide = (overlaps ? 2 : 1) * width;
  const weightOf = (ending: string, ...sizes: readonly number[]): GraphTensor =>
    layerWeightOr(layer, `${name}_compressor_${ending}.weight`, ...sizes);
  const values = matrixProduct(weightOf("kv", layer.width, wide), source);
  const products = matrixProduct(weightOf("gate", layer.width, wide), source);
  const scores = add(products, getRows(weightOf("ape", wide, ratio), inputs.stateIndices));
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
