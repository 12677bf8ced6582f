import { findLlamaCppFamily } from "../../description/families/find-family.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { keepsApart } from "./graph/blocks/attention/compression.ts";

/** Settings of a context, checked and complete. Tokens are of all sequences together. */
export interface EngineContext {
  readonly contextTokens: number;
  readonly sequences: number;
  readonly batch: number;
  readonly ubatch: number;
  readonly keyType: string;
  readonly valueType: string;
  readonly flashAttention: boolean;
  /** True if all sequences share one cache. */
  readonly unified: boolean;
  /** True if layers with a window cache the entire context. */
  readonly fullWindows: boolean;
  /** Maximum tokens per batch whose logits are needed. Default: all. */
  readonly outputs?: number | undefined;
}

/** Sizes that the engine derives from the settings (llama.cpp v0.5.0, `llama_context`). */
export interface ContextSizes {
  readonly contextTokens: number;
  /** Cells per stream of the cache. */
  readonly cells: number;
  /** Cells per stream of the cache of layers with a window; 0 if no layer has one. */
  readonly windowCells: number;
  readonly streams: number;
  readonly batch: number;
  readonly ubatch: number;
  readonly outputs: number;
}

/** Rounds up to a multiple. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Returns the window of the model's layers, or undefined if all layers see everything. */
export function windowOf(description: ModelDescription): number | undefined {
  return description.layers.find((layer) => layer.attention?.window !== undefined)?.attention?.window;
}

/**
 * Derives the sizes of a context. The context is rounded up to 256, and so is that of each sequence with a separate
 * cache. The cache of a window holds the window of every sequence that shares it, and one micro-batch. Batches are not
 * longer than the context, except for bidirectional models.
 */
export function contextSizes(description: ModelDescription, context: EngineContext): ContextSizes {
  const requested = context.contextTokens === 0 ? (description.contextLength ?? 0) : context.contextTokens;
  const batch =
    description.cacheless === true && !causalAnyway(description)
      ? context.batch
      : Math.min(requested, context.batch);
  const ubatch = Math.min(batch, context.ubatch);
  const padded = roundUp(requested, 256);
  const cells = context.unified ? padded : roundUp(Math.floor(padded / context.sequences), 256);
  const window = windowOf(description);
  const unified = context.unified && !keepsApart(description);
  const windowCells =
    window === undefined
      ? 0
      : context.fullWindows
        ? cells
        : roundUp(Math.min(cells, window * (unified ? context.sequences : 1) + ubatch), 256);
  return {
    contextTokens: context.unified ? padded : cells * context.sequences,
    cells,
    windowCells,
    streams: unified ? 1 : context.sequences,
    batch,
    ubatch,
    outputs: context.outputs ?? batch,
  };
}

/** Models without a cache that the engine treats as causal, unless their files say otherwise. */
function causalAnyway(description: ModelDescription): boolean {
  const family = findLlamaCppFamily(description.architecture);
  return family?.bidirectional !== true && description.settings["attention.causal"] !== false;
}
