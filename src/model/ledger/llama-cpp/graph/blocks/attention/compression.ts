import type { LayerDescription, ModelDescription } from "../../../../../description/model-description.ts";

/** Tokens that become one row of DeepSeek V4's compressed caches: of those an indexer chooses from, and of those all are read. */
export const compressionRatios: { readonly sparse: number; readonly dense: number } = {
  sparse: 4,
  dense: 128,
};

/** Cells of a compressed cache for `cells` of a whole one (llama.cpp v0.5.0, `llama-kv-cache-dsv4.cpp`). */
export function countCompressedCells(cells: number, ratio: number): number {
  return Math.ceil(Math.max(1, Math.ceil(cells / ratio)) / 256) * 256;
}

/** True for models whose sequences have caches of their own whatever is asked. */
export function keepsApart(description: ModelDescription): boolean {
  return description.layers.some(({ attention }) => attention?.compression !== undefined);
}

/** Elements of a compressor's state of one sequence, f32: values and scores of the rows that are not complete. */
export function compressorElements(layer: LayerDescription): number {
  const { compression, keyWidth = 0, indexer } = layer.attention ?? {};
  if (compression === undefined || compression === 0) return 0;
  if (compression !== compressionRatios.sparse) return 2 * keyWidth * compression;
  const rows = 2 * compression;
  return 2 * 2 * rows * (keyWidth + (indexer?.width ?? 0));
}
