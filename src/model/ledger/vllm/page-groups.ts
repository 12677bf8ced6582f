import type { LayerCache } from "./layer-cache.ts";
import type { VllmRelease } from "./releases.ts";

/** Layers that share one block table. */
export interface PageGroup {
  readonly kind: LayerCache["kind"];
  readonly window: number | undefined;
  readonly blockTokens: number;
  readonly pageBytes: number;
  /** Indices of the layers among the loaded ones. */
  readonly layers: readonly number[];
}

/** How the pool of a model is divided. */
export interface PagePlan {
  readonly groups: readonly PageGroup[];
  /** Layers of one kind with pages of different sizes: the size of a block is their sum. */
  readonly uneven: readonly LayerCache[] | undefined;
  /** Why vLLM refuses to start with these layers. */
  readonly refused: string | undefined;
  /** Why the pages are not known. */
  readonly unknown?: string | undefined;
}

/** Layers of a group: as many as the smallest kind has, or the largest where it has less than half as many more. */
const nearlyAsMany = 1.5;

function byShape(caches: readonly LayerCache[]): ReadonlyMap<string, readonly LayerCache[]> {
  const found = new Map<string, LayerCache[]>();
  for (const cache of caches) {
    const key = `${cache.shape} ${cache.blockTokens}`;
    const before = found.get(key);
    if (before === undefined) found.set(key, [cache]);
    else before.push(cache);
  }
  return found;
}

/** Returns true where all layers attend to everything, or all to the same window, or all keep a state. */
function isOneKind(caches: readonly LayerCache[]): boolean {
  const [first] = caches;
  return caches.every((each) => each.kind === first?.kind && each.window === first.window);
}

/** Brings all pages to the size of the largest: smaller ones hold more tokens (`unify_kv_cache_spec_page_size`). */
function unifyPages(caches: readonly LayerCache[], release: VllmRelease): readonly LayerCache[] | string {
  const largest = Math.max(...caches.map((each) => each.pageBytes));
  const made: LayerCache[] = [];
  for (const cache of caches) {
    const left = largest % cache.pageBytes;
    if (cache.kind !== "state" && left === 0) {
      const blockTokens = cache.blockTokens * (largest / cache.pageBytes);
      made.push({ ...cache, blockTokens, pageBytes: largest });
    } else if (cache.pageBytes === largest || (release.padsPages && !cache.latent)) {
      made.push({ ...cache, pageBytes: largest });
    } else {
      return `pages of ${cache.pageBytes} and ${largest} bytes cannot be brought to one size`;
    }
  }
  return made;
}

/** Puts every n-th layer into the same group, so that each stage of a pipeline has some layers of all groups. */
function sharePages(caches: readonly LayerCache[], size: number): readonly PageGroup[] {
  const count = Math.ceil(caches.length / size);
  return Array.from({ length: count }, (_, index): PageGroup => {
    const members = caches.filter((_cache, place) => place % count === index);
    const [first] = members;
    return {
      kind: first?.kind ?? "full",
      window: first?.window,
      blockTokens: first?.blockTokens ?? 1,
      pageBytes: first?.pageBytes ?? 0,
      layers: members.map((member) => member.layer),
    };
  });
}

/**
 * Divides the layers of the model into groups (vLLM 0.19 to 0.33, `get_kv_cache_groups`). Layers that need the same blocks are
 * one group. Others are brought to one page size and divided into groups of equal length, with the last of a kind padded.
 */
export function pagePlan(caches: readonly LayerCache[], release: VllmRelease): PagePlan {
  if (caches.length === 0) return { groups: [], uneven: undefined, refused: undefined };
  if (isOneKind(caches)) {
    const groups = sharePages(caches, caches.length);
    return { groups, uneven: byShape(caches).size > 1 ? caches : undefined, refused: undefined };
  }
  const made = unifyPages(caches, release);
  if (typeof made === "string") return { groups: [], uneven: undefined, refused: made };
  const kinds = [...byShape(made).values()];
  const least = Math.min(...kinds.map((kind) => kind.length));
  const most = Math.max(...kinds.map((kind) => kind.length));
  const size = most < least * nearlyAsMany ? most : least;
  return { groups: kinds.flatMap((kind) => sharePages(kind, size)), uneven: undefined, refused: undefined };
}

/** Returns the layers `start` to `end` of a pipeline: those of a stage. */
export interface LayerRange {
  readonly start: number;
  readonly end: number;
}

const within = (layer: number, { start, end }: LayerRange): boolean => layer >= start && layer < end;

/** Returns the bytes of one block on a stage: a page per layer of its longest group, padding included. */
export function bytesOfBlock(plan: PagePlan, range: LayerRange): number {
  if (plan.uneven !== undefined) {
    return plan.uneven.reduce((sum, cache) => sum + (within(cache.layer, range) ? cache.pageBytes : 0), 0);
  }
  return plan.groups.reduce((most, group) => {
    const layers = group.layers.filter((layer) => within(layer, range)).length;
    return Math.max(most, layers * group.pageBytes);
  }, 0);
}

/** Counts the blocks that one request of `tokens` holds in all groups at most. */
export function blocksOfRequest(
  plan: PagePlan,
  tokens: number,
  inFlightTokens: number,
  prefixCaching: boolean,
): number {
  return plan.groups.reduce((sum, { kind, window, blockTokens }) => {
    if (kind === "state") return sum + (prefixCaching ? 2 : 1);
    if (window === undefined) return sum + Math.ceil(tokens / blockTokens);
    // A window may begin inside a block: one block more than its tokens need
    return sum + Math.ceil(Math.min(window - 1 + inFlightTokens, tokens) / blockTokens) + 1;
  }, 0);
}
