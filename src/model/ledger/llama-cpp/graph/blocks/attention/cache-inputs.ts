import type { LayerDescription } from "../../../../../description/model-description.ts";
import type { Build } from "../../ggml/build.ts";
import { inputTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Inputs of one cache. */
export interface CacheInputs {
  /** Where new keys are written. */
  readonly keyIndices: GraphTensor;
  /** Where new values are written. */
  readonly valueIndices: GraphTensor;
  /** Which cells each token sees: (cells, tokens per stream, 1, streams). */
  readonly mask: GraphTensor;
  /** Rotation of the rows of a quantized cache; undefined for other types. */
  readonly keyRotation: GraphTensor | undefined;
  readonly valueRotation: GraphTensor | undefined;
  /** Cells per stream. */
  readonly cells: number;
}

/** The cache of layers without a window, and that of layers with one. */
export interface AttentionInputs {
  readonly full: CacheInputs;
  readonly window: CacheInputs | undefined;
}

/** Cache types whose values do not share a scale. */
export const unquantized: ReadonlySet<string> = new Set(["f32", "f16", "bf16"]);

/** Returns the width of one head over the layers of a cache, or undefined if it differs. */
function commonWidth(widths: readonly number[]): number | undefined {
  const first = widths[0];
  return widths.every((width) => width === first) ? first : undefined;
}

/** Returns the size of the matrix that rotates rows of this width: the largest power of two that divides it, at least 64. */
export function rotationSize(width: number): number {
  let size = 64;
  do size *= 2;
  while (width % size === 0);
  return size / 2;
}

/** Returns the elements per token of the widest values of any layer: without flash attention every layer stores this many. */
export function maxValueElements(layers: readonly LayerDescription[]): number {
  return layers.reduce((max, { attention }) => {
    return attention === undefined ? max : Math.max(max, attention.keyValueHeads * attention.valueWidth);
  }, 0);
}

/** Returns true for a model with recurrent layers and layers with a window. */
function isWindowedHybrid(build: Build): boolean {
  const { layers } = build.description;
  return (
    layers.some((layer) => layer.recurrent !== undefined) &&
    layers.some((layer) => layer.attention?.window !== undefined)
  );
}

/** Makes the inputs of the cache of layers with or without a window. */
function cacheInputs(build: Build, windowed: boolean, keysOnly: boolean): CacheInputs {
  const { run } = build;
  const cells = windowed ? run.windowCells : run.cells;
  const layers = build.description.layers.filter(
    ({ attention, prediction }) =>
      attention !== undefined &&
      prediction !== true &&
      attention.sharesCacheOf === undefined &&
      (attention.window !== undefined) === windowed,
  );
  const keyWidth = commonWidth(layers.map((layer) => layer.attention?.keyWidth ?? 0));
  const valueWidth = keysOnly
    ? undefined
    : commonWidth(layers.map((layer) => layer.attention?.valueWidth ?? 0));
  const first = build.description.layers.find((layer) => layer.attention !== undefined)?.attention;
  const rotatesKeys =
    keyWidth !== undefined && !unquantized.has(run.keyType) && (first?.keyWidth ?? 0) % 64 === 0;
  const rotatesValues =
    valueWidth !== undefined && !unquantized.has(run.valueType) && (first?.valueWidth ?? 0) % 64 === 0;
  // Hybrids with windows pass no rotations, so quantized caches are written without
  const plain = isWindowedHybrid(build);
  const rotation = keyWidth === undefined ? 64 : rotationSize(keyWidth);
  return {
    keyIndices: inputTensor("i64", run.tokens),
    valueIndices: inputTensor(
      "i64",
      run.flashAttention ? run.tokens : run.tokens * maxValueElements(build.description.layers),
    ),
    mask: inputTensor(run.flashAttention ? "f16" : "f32", cells, run.tokens / run.streams, 1, run.streams),
    keyRotation: rotatesKeys && !plain ? inputTensor("f32", rotation, rotation) : undefined,
    valueRotation: rotatesValues && !plain ? inputTensor("f32", 64, 64) : undefined,
    cells,
  };
}

/** Returns true if attention sees the micro-batch and no cache: encoders and diffusion models. */
export function readsNoCache(build: Build): boolean {
  return build.description.cacheless === true || build.family.ignoresCache === true;
}

/** Makes the inputs of attention that sees only the micro-batch. */
function batchInputs(build: Build): CacheInputs {
  const { tokens, flashAttention: flash } = build.run;
  const indices = inputTensor("i64", tokens);
  const mask = inputTensor(flash ? "f16" : "f32", tokens, tokens);
  return {
    keyIndices: indices,
    valueIndices: indices,
    mask,
    keyRotation: undefined,
    valueRotation: undefined,
    cells: tokens,
  };
}

/** Makes the inputs of all attention layers. `keysOnly`: latent attention, whose values are its keys. */
export function attentionInputs(
  build: Build,
  keysOnly: boolean = build.description.layers.some(({ attention }) => attention?.latent !== undefined),
): AttentionInputs {
  const windowed = build.description.layers.some((layer) => layer.attention?.window !== undefined);
  if (readsNoCache(build))
    return { full: batchInputs(build), window: windowed ? batchInputs(build) : undefined };
  return {
    full: cacheInputs(build, false, keysOnly),
    window: windowed ? cacheInputs(build, true, keysOnly) : undefined,
  };
}
