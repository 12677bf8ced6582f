import type { ModelDescription } from "../../description/model-description.ts";
import { keepsApart } from "./graph/blocks/attention/compression.ts";

/** What llama.cpp is started with, checked and complete. Tokens are of all sequences together. */
export interface EngineContext {
  readonly contextTokens: number;
  readonly sequences: number;
  readonly batch: number;
  readonly ubatch: number;
  readonly keyType: string;
  readonly valueType: string;
  readonly flashAttention: boolean;
  /** True where all sequences share one cache. */
  readonly unified: boolean;
  /** True where layers with a window keep everything. */
  readonly fullWindows: boolean;
  /** Most tokens whose logits are wanted in one batch; undefined for all of them. */
  readonly outputs?: number | undefined;
}

/** Sizes that the engine derives from them (llama.cpp v0.5.0, `llama_context`). */
export interface ContextSizes {
  readonly contextTokens: number;
  /** Cells of one stream's cache. */
  readonly cells: number;
  /** Cells of one stream's cache of layers with a window; 0 where no layer has one. */
  readonly windowCells: number;
  readonly streams: number;
  readonly batch: number;
  readonly ubatch: number;
  readonly outputs: number;
}

/** Rounded up to a multiple. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** The window of a model's layers, or undefined where all see everything. */
export function windowOf(description: ModelDescription): number | undefined {
  return description.layers.find((layer) => layer.attention?.window !== undefined)?.attention?.window;
}

/**
 * Contexts are rounded up to 256, each sequence's too where each has its own; a window's cache holds the window of every
 * sequence that shares it and one micro-batch. Batches are no longer than the context, unless the model sees both ways.
 */
export function contextSizes(description: ModelDescription, context: EngineContext): ContextSizes {
  const asked = context.contextTokens === 0 ? (description.contextLength ?? 0) : context.contextTokens;
  const batch =
    description.cacheless === true && !causalAnyway(description)
      ? context.batch
      : Math.min(asked, context.batch);
  const ubatch = Math.min(batch, context.ubatch);
  const padded = roundUp(asked, 256);
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

/** Families that look both ways whatever their files say. */
const neverCausal: ReadonlySet<string> = new Set(["dream", "llada", "llada-moe", "rnd1", "gemma-embedding"]);

/** Models without a cache that look backwards only: the engine takes them so unless their files say otherwise. */
function causalAnyway(description: ModelDescription): boolean {
  return !neverCausal.has(description.architecture) && description.settings["attention.causal"] !== false;
}
