import type { ModelDescription } from "../../description/model-description.ts";
import { buildByteLedger } from "../byte-ledger.ts";
import type { ByteLedger, ByteItem } from "../byte-ledger.ts";
import { overheadItems, vllmItem, weightItems } from "./held-items.ts";
import { layerCaches, unknownCaches } from "./layer-cache.ts";
import { bytesOfBlock, pagePlan } from "./page-groups.ts";
import type { PagePlan } from "./page-groups.ts";
import { poolPlan } from "./pool-plan.ts";
import type { PoolPlan } from "./pool-plan.ts";
import { stagesOf } from "./stages.ts";
import type { Stage } from "./stages.ts";
import { checkVllmOptions } from "./vllm-options.ts";
import type { CheckedVllmOptions, VllmOptions } from "./vllm-options.ts";

/** vLLM's pool of KV cache blocks; tokens and bytes are those of one device. */
export interface VllmPool {
  /** Bytes of the pool on the device with the smallest one; undefined where no memory is given or weights are unknown. */
  readonly bytes: number | undefined;
  /** Bytes that the given requests need on the device that needs most. */
  readonly neededBytes: number;
  /** Tokens of a block; the smallest where groups differ. */
  readonly blockTokens: number;
  readonly blocks: number | undefined;
  readonly blocksOfRequest: number;
  /** Requests of `requestTokens` that fit at a time; for the full context vLLM's "maximum concurrency". */
  readonly concurrency: number | undefined;
  /** vLLM's "GPU KV cache size". */
  readonly tokens: number | undefined;
  /** False where one request with the full context does not fit: vLLM then refuses to start. */
  readonly starts: boolean | undefined;
  /** The longest context that starts, up to the given one: vLLM's "estimated maximum model length". */
  readonly maxContextTokens: number | undefined;
  /** Why vLLM refuses the model, in words. */
  readonly refused: string | undefined;
}

/** A ledger with one device per rank, and what its pool of pages holds. */
export interface VllmLedger extends ByteLedger {
  /** Tokens of a step, as given or vLLM's default. */
  readonly batchedTokens: number;
  readonly pool: VllmPool;
}

interface StagePool {
  readonly stage: Stage;
  /** Items of any rank of the stage. */
  readonly held: readonly ByteItem[];
  readonly available: number | undefined;
  readonly blockBytes: number;
}

/** Placeholder for the device in items that all ranks of a stage share. */
const rankName = "gpu?";

function itemsOfRank(held: readonly ByteItem[], device: string): readonly ByteItem[] {
  return held.map((item) => ({
    ...item,
    device: item.device === rankName ? device : item.device,
    label: item.label.replace(rankName, device),
  }));
}

/** Returns the bytes of a device left for the pool: the share of its memory less what is held. */
function availableBytes(held: readonly ByteItem[], options: CheckedVllmOptions): number | undefined {
  if (options.memoryBytes === undefined) return undefined;
  let used = 0;
  for (const { device, kind, bytes } of held) {
    if (device === "host" || (kind === "graphs" && !options.release.countsGraphs)) continue;
    if (bytes === undefined) return undefined;
    used += bytes;
  }
  return Math.max(0, Math.ceil(options.memoryBytes * options.utilization) - used);
}

/**
 * Returns the bytes of the given requests on a device: their blocks and the null block, and at least what vLLM needs to start.
 */
function bytesForRequests(blockBytes: number, pool: PoolPlan, options: CheckedVllmOptions): number {
  const asked = pool.blocksOfRequest * options.sequences + 1;
  const start = pool.blocksOfContext + (options.release.keepsNullBlock ? 1 : 0);
  return Math.max(asked, start) * blockBytes;
}

/** The pages of a model, the pool they are in, and the options of both. */
interface Pages {
  readonly plan: PagePlan;
  readonly pool: PoolPlan;
  readonly options: CheckedVllmOptions;
}

function poolItems(
  device: string,
  { blockBytes, available }: StagePool,
  { plan, pool, options }: Pages,
): readonly ByteItem[] {
  const [first] = plan.groups;
  if (first === undefined && plan.refused === undefined && plan.unknown === undefined) return [];
  const given = options.memoryBytes !== undefined;
  const bytes = given ? available : bytesForRequests(blockBytes, pool, options);
  const isUnknown = plan.refused !== undefined || plan.unknown !== undefined || bytes === undefined;
  return [
    vllmItem(options, device, {
      kind: "kv-cache",
      label: given ? "pool of pages: the rest of vLLM's share" : "pages of the requests",
      bytes: isUnknown ? undefined : bytes,
      formula: given
        ? "memory x utilization - weights - activations - outside - graphs"
        : "(blocks of a request x requests + 1) x bytes of a block",
      inputs: {
        page: first?.pageBytes ?? "unknown",
        groups: plan.groups.length,
        bytesOfBlock: blockBytes,
        blockTokens: first?.blockTokens ?? options.blockTokens,
        blocks: pool.blocks ?? pool.blocksOfRequest * options.sequences + 1,
        requests: options.sequences,
      },
      confidence: isUnknown ? "unknown" : given ? "calibrated" : "derived",
      note: plan.refused === undefined ? plan.unknown : `vLLM refuses the model: ${plan.refused}`,
    }),
  ];
}

function describePool({ options, plan, pool }: Pages, stages: readonly StagePool[]): VllmPool {
  const cached = stages.filter((stage) => stage.blockBytes > 0);
  const known = cached.flatMap((stage) => stage.available ?? []);
  const { blocks } = pool;
  return {
    bytes: known.length === 0 || known.length < cached.length ? undefined : Math.min(...known),
    neededBytes: Math.max(0, ...cached.map((stage) => bytesForRequests(stage.blockBytes, pool, options))),
    blockTokens: Math.min(
      ...plan.groups.map((group) => group.blockTokens),
      ...(plan.groups.length === 0 ? [options.blockTokens] : []),
    ),
    blocks,
    blocksOfRequest: pool.blocksOfRequest,
    concurrency:
      blocks === undefined || pool.blocksOfRequest === 0 ? undefined : blocks / pool.blocksOfRequest,
    tokens: pool.tokens,
    starts: plan.refused === undefined ? pool.starts : false,
    maxContextTokens: pool.maxContextTokens,
    refused: plan.refused,
  };
}

/** Pages by model and options: a planner needs the same few thousands of times. */
const plans = new WeakMap<ModelDescription, Map<string, PagePlan>>();

function planOf(description: ModelDescription, options: CheckedVllmOptions): PagePlan {
  const unknown = unknownCaches(description);
  if (unknown !== undefined) return { groups: [], uneven: undefined, refused: undefined, unknown };
  return pagePlan(layerCaches(description, options), options.release);
}

function pagesOf(description: ModelDescription, options: CheckedVllmOptions): PagePlan {
  const { release, blockTokens, cacheType, tensorParallel } = options;
  const key = `${release.name} ${blockTokens} ${cacheType} ${tensorParallel}`;
  const known = plans.get(description) ?? new Map<string, PagePlan>();
  plans.set(description, known);
  const plan = known.get(key) ?? planOf(description, options);
  known.set(key, plan);
  return plan;
}

/** Returns why vLLM refuses the model with these options, whatever the memory; undefined where it does not. */
export function vllmRefusal(description: ModelDescription, options: VllmOptions): string | undefined {
  return pagesOf(description, checkVllmOptions(description, options)).refused;
}

/**
 * Counts what vLLM holds on each device, and what its pool of pages carries. Each tensor-parallel rank of each stage is one
 * device. Errors: `invalid-option` for what vLLM would refuse.
 */
export function vllmLedger(description: ModelDescription, options: VllmOptions = {}): VllmLedger {
  const checked = checkVllmOptions(description, options);
  const plan = pagesOf(description, checked);
  const stages = stagesOf(description, checked.tensorParallel, checked.pipelineParallel).map(
    (stage): StagePool => {
      const held = [
        ...weightItems(rankName, description, stage, checked),
        ...overheadItems(rankName, description, stage, checked),
      ];
      return {
        stage,
        held,
        available: availableBytes(held, checked),
        blockBytes: bytesOfBlock(plan, stage),
      };
    },
  );
  const memory = stages.map(({ stage, available }) => ({ start: stage.start, end: stage.end, available }));
  const pool = poolPlan(plan, memory, checked);
  const items = stages.flatMap((each) =>
    Array.from({ length: checked.tensorParallel }, (_, rank) => {
      const device = `gpu${each.stage.index * checked.tensorParallel + rank}`;
      return [
        ...itemsOfRank(each.held, device),
        ...poolItems(device, each, { plan, pool, options: checked }),
      ];
    }).flat(),
  );
  return {
    ...buildByteLedger(`vLLM ${checked.release.name}`, items),
    batchedTokens: checked.batchedTokens,
    pool: describePool({ options: checked, plan, pool }, stages),
  };
}
