import type { LayerDescription, ModelDescription } from "../../description/model-description.ts";
import type { ContextSizes, EngineContext } from "./context.ts";
import { maxValueElements } from "./graph/blocks/attention/cache-inputs.ts";
import { compressorElements, countCompressedCells } from "./graph/blocks/attention/compression.ts";
import { cacheRowBytes } from "./graph/ggml/cache-type-rows.ts";

/** Bytes of one layer's cache over all streams. */
export interface LayerCache {
  readonly layer: number;
  readonly keyBytes: number | undefined;
  readonly valueBytes: number | undefined;
  readonly cells: number;
  readonly windowed: boolean;
  /** Keys of a sparse attention's indexer. */
  readonly indexerBytes?: number | undefined;
  /** Rows that represent several tokens each. */
  readonly compressedBytes?: number | undefined;
  /** State of compressors (f32): incomplete rows. */
  readonly compressorBytes?: number | undefined;
}

/** Returns the bytes of all of a layer's caches, or undefined if one of them is unknown. */
export function layerCacheBytes(cache: LayerCache): number | undefined {
  const parts = [
    cache.keyBytes,
    cache.valueBytes,
    ...("indexerBytes" in cache ? [cache.indexerBytes] : []),
    ...("compressedBytes" in cache ? [cache.compressedBytes] : []),
    cache.compressorBytes ?? 0,
  ];
  let sum = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    sum += part;
  }
  return sum;
}

function multiplyKnown(cells: number, row: number | undefined): number | undefined {
  return row === undefined ? undefined : cells * row;
}

/**
 * Computes the bytes of the indexer's keys, one head per token. If attention has separate values (MiniMax M3), the engine also
 * caches one head of values.
 */
function indexerCache(layer: LayerDescription, context: EngineContext, cells: number): number | undefined {
  const { attention } = layer;
  if (attention?.indexer === undefined) return undefined;
  const keys = multiplyKnown(cells, cacheRowBytes(context.keyType, attention.indexer.width));
  if (attention.latent !== undefined || keys === undefined) return keys;
  const values = multiplyKnown(cells, cacheRowBytes(context.valueType, attention.valueWidth));
  return values === undefined ? undefined : keys + values;
}

/** Computes the bytes of DeepSeek V4's compressed rows, those of its indexer, and the compressors' state. */
function sizeCompressedParts(
  layer: LayerDescription,
  context: EngineContext,
  sizes: ContextSizes,
): Pick<LayerCache, "indexerBytes" | "compressedBytes" | "compressorBytes"> {
  const { compression = 0, keyWidth = 0, indexer } = layer.attention ?? {};
  if (compression === 0) return {};
  const cells = countCompressedCells(sizes.cells, compression) * sizes.streams;
  const row = (width: number): number | undefined =>
    multiplyKnown(cells, cacheRowBytes(context.keyType, width));
  return {
    compressedBytes: row(keyWidth),
    compressorBytes: 4 * context.sequences * compressorElements(layer),
    ...(indexer === undefined ? {} : { indexerBytes: row(indexer.width) }),
  };
}

/** Returns what each layer caches (llama.cpp v0.5.0, `llama_kv_cache`). Layers that cache nothing are left out. */
export function layerCaches(
  description: ModelDescription,
  context: EngineContext,
  sizes: ContextSizes,
): readonly LayerCache[] {
  if (description.cacheless === true) return [];
  const widestValues = maxValueElements(description.layers);
  const hybrid = description.layers.some((layer) => layer.recurrent !== undefined);
  return description.layers.flatMap((layer, index) => {
    const { attention } = layer;
    if (layer.kind === "none" && !hybrid && layer.prediction !== true && !context.flashAttention) {
      // Values are stored as wide as in the widest layer, even if the layer has no heads (DeciLM)
      const cells = sizes.cells * sizes.streams;
      const valueBytes = multiplyKnown(cells, cacheRowBytes(context.valueType, widestValues));
      return [{ layer: index, keyBytes: 0, valueBytes, cells, windowed: false }];
    }
    if (attention === undefined || attention.sharesCacheOf !== undefined) return [];
    // DeepSeek V4's cache also has cells for the layers that predict further tokens
    if (layer.prediction === true && attention.compression === undefined) return [];
    const windowed = attention.window !== undefined;
    const cells = (windowed ? sizes.windowCells : sizes.cells) * sizes.streams * (layer.passes ?? 1);
    const { keyValueHeads, keyWidth, valueWidth, latent, indexer } = attention;
    const keyBytes = multiplyKnown(cells, cacheRowBytes(context.keyType, keyValueHeads * keyWidth));
    const valueElements = context.flashAttention ? keyValueHeads * valueWidth : widestValues;
    const valueBytes =
      latent === undefined ? multiplyKnown(cells, cacheRowBytes(context.valueType, valueElements)) : 0;
    const indexerBytes = indexer === undefined ? {} : { indexerBytes: indexerCache(layer, context, cells) };
    const compressed = sizeCompressedParts(layer, context, sizes);
    return [{ layer: index, keyBytes, valueBytes, cells, windowed, ...indexerBytes, ...compressed }];
  });
}

/**
 * Returns the bytes of the recurrent state of each layer, in f32, for all sequences (llama.cpp v0.5.0,
 * `llama_memory_recurrent`).
 */
export function layerStates(
  description: ModelDescription,
  sequences: number,
): readonly { readonly layer: number; readonly bytes: number }[] {
  return description.layers.flatMap(({ recurrent, prediction }, index) => {
    if (recurrent === undefined || prediction === true) return [];
    return [
      { layer: index, bytes: 4 * sequences * (recurrent.convolutionElements + recurrent.stateElements) },
    ];
  });
}
