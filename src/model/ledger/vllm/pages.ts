import type { AttentionSpec, LayerSpec } from "../../spec/spec.ts";
import type { CheckedVllmOptions } from "./vllm-options.ts";

/** Layers that keep the same kind of page, shared out into groups of equal size. */
export interface PageKind {
  readonly kind: "full" | "window" | "state";
  readonly window: number | undefined;
  readonly layers: number;
  /** Bytes of one page of one layer, before all kinds are brought to one size. */
  readonly pageBytes: number;
  readonly groups: number;
}

/** How the pool of one device is cut. */
export interface PoolShape {
  readonly kinds: readonly PageKind[];
  readonly blockTokens: number;
  /** Bytes of a page: the largest kind's. */
  readonly pageBytes: number;
  readonly layersPerGroup: number;
}

/** vLLM stores a token of latent attention in 656 bytes in this type. */
const latentBytes = 656;

function elementBytes(options: CheckedVllmOptions, weightBytes: number): number {
  return options.cacheType === "auto" ? weightBytes : 1;
}

/** Bytes of one token in one layer on one rank: a share of the heads, at least one; latent rows are on every rank. */
function tokenBytes(attention: AttentionSpec, options: CheckedVllmOptions, weightBytes: number): number {
  const each = elementBytes(options, weightBytes);
  if (attention.latent !== undefined) {
    if (options.cacheType === "fp8_ds_mla") return latentBytes;
    return (attention.latent.rank + attention.latent.ropeWidth) * each;
  }
  const heads = Math.max(1, attention.keyValueHeads / options.tensorParallel);
  return heads * (attention.keyWidth + attention.valueWidth) * each;
}

interface Kept {
  readonly key: string;
  readonly kind: PageKind["kind"];
  readonly window: number | undefined;
  /** Bytes of a token, or of the whole state of a sequence. */
  readonly bytes: number;
}

function keptBy(layer: LayerSpec, options: CheckedVllmOptions, weightBytes: number): readonly Kept[] {
  const kept: Kept[] = [];
  const { attention, recurrent } = layer;
  if (attention !== undefined && attention.sharesCacheOf === undefined) {
    const bytes = tokenBytes(attention, options, weightBytes);
    const kind = attention.window === undefined ? "full" : "window";
    kept.push({ key: `${kind} ${attention.window ?? ""}`, kind, window: attention.window, bytes });
  }
  if (recurrent !== undefined) {
    const elements = recurrent.convolutionElements + recurrent.stateElements;
    const bytes = Math.ceil((elements * weightBytes) / options.tensorParallel);
    kept.push({ key: "state", kind: "state", window: undefined, bytes });
  }
  return kept;
}

/** Layers in a group: the smallest kind's number, or the largest's where they differ by less than a quarter. */
function groupSize(numbers: readonly number[]): number {
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  return most < least * 1.25 ? most : least;
}

/**
 * Pages of one stage's layers (vLLM 0.19, `v1/core/kv_cache_utils.py`): all kinds share one page size; where recurrent
 * states are larger than a block, blocks grow until they hold one. Undefined where nothing is kept.
 */
export function poolShape(
  layers: readonly LayerSpec[],
  options: CheckedVllmOptions,
  weightBytes: number,
): PoolShape | undefined {
  const kinds = new Map<string, Kept & { layers: number }>();
  for (const layer of layers) {
    if (layer.prediction === true) continue;
    for (const kept of keptBy(layer, options, weightBytes)) {
      const before = kinds.get(kept.key);
      kinds.set(kept.key, {
        ...kept,
        bytes: Math.max(kept.bytes, before?.bytes ?? 0),
        layers: (before?.layers ?? 0) + 1,
      });
    }
  }
  if (kinds.size === 0) return undefined;
  const all = [...kinds.values()];
  const token = all
    .filter((each) => each.kind !== "state")
    .reduce((most, each) => Math.max(most, each.bytes), 0);
  const state = all
    .filter((each) => each.kind === "state")
    .reduce((most, each) => Math.max(most, each.bytes), 0);
  const { blockTokens } = options;
  const grown =
    token === 0 ? blockTokens : blockTokens * Math.max(1, Math.ceil(state / (blockTokens * token)));
  const pageBytes = token === 0 ? state : grown * token;
  const layersPerGroup = groupSize(all.map((each) => each.layers));
  return {
    kinds: all.map((each) => ({
      kind: each.kind,
      window: each.window,
      layers: each.layers,
      pageBytes: each.kind === "state" ? each.bytes : grown * each.bytes,
      groups: Math.ceil(each.layers / layersPerGroup),
    })),
    blockTokens: grown,
    pageBytes,
    layersPerGroup,
  };
}

/** Blocks that one request of `tokens` holds in all groups at its largest. */
export function blocksOfRequest(shape: PoolShape, tokens: number, batchedTokens: number): number {
  return shape.kinds.reduce((sum, { kind, window, groups }) => {
    if (kind === "state") return sum + groups;
    const all = Math.ceil(tokens / shape.blockTokens);
    if (window === undefined) return sum + groups * all;
    const seen = Math.min(window - 1 + batchedTokens, tokens);
    return sum + groups * Math.min(all, Math.ceil(seen / shape.blockTokens) + 1);
  }, 0);
}

/** Blocks of a pool of `bytes`: the pages of one group's layers make one block. */
export function blocksOfPool(shape: PoolShape, bytes: number): number {
  return Math.max(0, Math.floor(Math.floor(bytes / shape.pageBytes) / shape.layersPerGroup));
}
