import type { LayerDescription, ModelDescription } from "../../../../../description/model-description.ts";

/**
 * Tokens per row of DeepSeek V4's compressed caches. `sparse`: an indexer chooses rows; `dense`: all rows are read.
 */
export const compressionRatios: { readonly sparse: number; readonly dense: number } = {
  sparse: 4,
  dense: 128,
};

/** Cells of a compressed cache that covers `cells` tokens (llama.cpp v0.5.0, `llama-kv-cache-dsv4.cpp`). */
export function countCompressedCells(cells: number, ratio: number): number {
  return Math.ceil(Math.max(1, Math.ceil(cells / ratio)) / 256) * 256;
}

/** Returns true if each sequence has its own cache, even if a shared one is requested. */
export function keepsApart(description: ModelDescription): boolean {
  return description.layers.some(({ attention }) => attention?.compression !== undefined);
}

/** Counts the elements (f32) of a compressor's state per sequence: values and scores of incomplete rows. */
export function compressorElements(layer: LayerDescription): number {
  const { compression, keyWidth = 0, indexer } = layer.attention ?? {};
  if (compression === undefined || compression === 0) return 0;
  if (compression !== compressionRatios.sparse) return 2 * keyWidth * compression;
  const rows = 2 * compression;
  return 2 * 2 * rows * (keyWidth + (indexer?.width ?? 0));
}
