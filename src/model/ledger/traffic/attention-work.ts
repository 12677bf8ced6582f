import type { AttentionDescription, ModelDescription } from "../../description/model-description.ts";

/** Returns what one layer's attention reads for a query in all its passes: elements and operations per cached token. */
function ofToken(
  attention: AttentionDescription,
  times: number,
): { readonly elements: number; readonly operations: number } {
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent !== undefined) {
    const row = latent.rank + latent.ropeWidth;
    return { elements: times * row, operations: times * 2 * heads * (row + latent.rank) };
  }
  return {
    elements: times * keyValueHeads * (keyWidth + valueWidth),
    operations: times * 2 * heads * (keyWidth + valueWidth),
  };
}

/** Work per kind of layer, computed once per model: a plan needs it thousands of times. */
interface LikeLayers {
  readonly attention: AttentionDescription;
  readonly elements: number;
  readonly operations: number;
  readonly layers: number;
}

const likeLayers = new WeakMap<ModelDescription, readonly LikeLayers[]>();

function likeLayersOf(description: ModelDescription): readonly LikeLayers[] {
  const known = likeLayers.get(description);
  if (known !== undefined) return known;
  const groups = new Map<string, LikeLayers>();
  for (const { attention, prediction, passes = 1 } of description.layers) {
    if (attention === undefined || prediction === true) continue;
    const each = ofToken(attention, passes);
    const shares = attention.sharesCacheOf !== undefined;
    const key = `${each.elements} ${each.operations} ${attention.window ?? "all"} ${shares}`;
    const before = groups.get(key);
    groups.set(key, { attention, ...each, layers: (before?.layers ?? 0) + 1 });
  }
  const made = [...groups.values()];
  likeLayers.set(description, made);
  return made;
}

/** Returns the work of all layers' attention in one pass. */
export interface AttentionWork {
  readonly readElements: number;
  readonly writtenElements: number;
  readonly operations: number;
}

/** Sums what the tokens from `start` to `end` attend to: all tokens before them, or their window. */
function seenTokens(start: number, end: number, window: number | undefined): number {
  const upTo = (tokens: number): number => {
    if (window === undefined || tokens <= window) return (tokens * (tokens + 1)) / 2;
    return (window * (window + 1)) / 2 + (tokens - window) * window;
  };
  return upTo(end) - upTo(start);
}

/**
 * Returns the work of one decode step of one sequence with `cells` tokens before it: each layer reads its own cells (at most
 * its window) and writes one row. Elements of the cache, and operations.
 */
export function decodeAttention(description: ModelDescription, cells: number): AttentionWork {
  let readElements = 0;
  let writtenElements = 0;
  let operations = 0;
  for (const { attention, elements, operations: each, layers } of likeLayersOf(description)) {
    const seen = Math.min(cells + 1, attention.window ?? Number.POSITIVE_INFINITY);
    readElements += layers * elements * seen;
    operations += layers * each * seen;
    if (attention.sharesCacheOf === undefined) writtenElements += layers * elements;
  }
  return { readElements, writtenElements, operations };
}

/**
 * Returns the work of a prompt of `tokens`, processed in micro-batches of `ubatch`: each attends causally to what is cached.
 */
export function prefillAttention(
  description: ModelDescription,
  tokens: number,
  ubatch: number,
): AttentionWork {
  let readElements = 0;
  let writtenElements = 0;
  let operations = 0;
  const passes = Math.ceil(tokens / ubatch);
  for (const { attention, elements, operations: each, layers } of likeLayersOf(description)) {
    operations += layers * each * seenTokens(0, tokens, attention.window);
    const window = attention.window ?? Number.POSITIVE_INFINITY;
    for (let pass = 0; pass < passes; pass++)
      readElements += layers * elements * Math.min(tokens, (pass + 1) * ubatch, window + ubatch);
    if (attention.sharesCacheOf === undefined) writtenElements += layers * elements * tokens;
  }
  return { readElements, writtenElements, operations };
}

/** Counts the elements of one sequence's recurrent state, which each step reads and writes. */
export function stateElements(description: ModelDescription): number {
  return description.layers.reduce(
    (sum, { recurrent, prediction }) =>
      recurrent === undefined || prediction === true
        ? sum
        : sum + recurrent.convolutionElements + recurrent.stateElements,
    0,
  );
}
