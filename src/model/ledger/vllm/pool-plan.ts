import { blocksOfRequest, bytesOfBlock } from "./page-groups.ts";
import type { LayerRange, PagePlan } from "./page-groups.ts";
import type { CheckedVllmOptions } from "./vllm-options.ts";

/** A stage of the pipeline, and the bytes left on each of its devices. */
export interface StageMemory extends LayerRange {
  /** Undefined where no memory is given or what is held is unknown. */
  readonly available: number | undefined;
}

/** What vLLM makes of the memory that is left, in blocks that all stages have. */
export interface PoolPlan {
  readonly blocks: number | undefined;
  /** Blocks of a request with the full context. */
  readonly blocksOfContext: number;
  /** Blocks of a request of `requestTokens`. */
  readonly blocksOfRequest: number;
  /** "Maximum concurrency" of the log: requests with the full context at a time. */
  readonly contexts: number | undefined;
  /** "GPU KV cache size" of the log. */
  readonly tokens: number | undefined;
  /** False where one request with the full context does not fit on each stage. */
  readonly starts: boolean | undefined;
  /** "The estimated maximum model length" of the refusal: the longest request that fits, up to the given context. */
  readonly maxContextTokens: number | undefined;
}

/** Finds the largest integer from 1 to `most` that fits; 0 where none does. */
function largest(most: number, fits: (value: number) => boolean): number {
  let found = 0;
  let from = 1;
  let to = most;
  while (from <= to) {
    const middle = Math.floor((from + to) / 2);
    if (fits(middle)) {
      found = middle;
      from = middle + 1;
    } else to = middle - 1;
  }
  return found;
}

interface StageBlocks {
  readonly bytesOfBlock: number;
  readonly available: number;
  /** Returns the bytes that one request may take. */
  readonly usable: number;
}

function stageBlocks(
  plan: PagePlan,
  stages: readonly StageMemory[],
  options: CheckedVllmOptions,
): readonly StageBlocks[] | undefined {
  const found: StageBlocks[] = [];
  for (const stage of stages) {
    const bytes = bytesOfBlock(plan, stage);
    if (bytes === 0) continue;
    if (stage.available === undefined) return undefined;
    const kept = options.release.keepsNullBlock ? bytes : 0;
    found.push({ bytesOfBlock: bytes, available: stage.available, usable: stage.available - kept });
  }
  return found.length === 0 ? undefined : found;
}

function tokensOfLog(
  plan: PagePlan,
  blocks: number,
  blocksOfContext: number,
  options: CheckedVllmOptions,
): number {
  if (options.release.tokensByRequests) return Math.floor((blocks / blocksOfContext) * options.contextTokens);
  const blockTokens = Math.min(...plan.groups.map((group) => group.blockTokens));
  return Math.floor(blocks / plan.groups.length) * blockTokens;
}

/**
 * Returns blocks, concurrency and the longest context (vLLM, `get_kv_cache_configs`). Each stage's memory is divided by the
 * groups of the full model, and all stages have as many blocks as the one with the fewest.
 */
export function poolPlan(
  plan: PagePlan,
  stages: readonly StageMemory[],
  options: CheckedVllmOptions,
): PoolPlan {
  const inFlight = options.batchedTokens * options.release.inFlightSteps(options.pipelineParallel);
  const of = (tokens: number): number => blocksOfRequest(plan, tokens, inFlight, options.prefixCaching);
  const needs = { blocksOfContext: of(options.contextTokens), blocksOfRequest: of(options.requestTokens) };
  const memory = stageBlocks(plan, stages, options);
  if (memory === undefined) {
    const unknown = { blocks: undefined, contexts: undefined, tokens: undefined };
    return { ...needs, ...unknown, starts: undefined, maxContextTokens: undefined };
  }
  const blocks = Math.min(
    ...memory.map((each) => Math.max(0, Math.floor(each.available / each.bytesOfBlock))),
  );
  const fits = (tokens: number): boolean =>
    memory.every((each) => each.usable > 0 && of(tokens) * each.bytesOfBlock <= each.usable);
  return {
    ...needs,
    blocks,
    contexts: blocks / needs.blocksOfContext,
    tokens: tokensOfLog(plan, blocks, needs.blocksOfContext, options),
    starts: fits(options.contextTokens),
    maxContextTokens: largest(options.contextTokens, fits),
  };
}
