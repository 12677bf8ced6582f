import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { layerCaches, mainLayers } from "./layer-cache.ts";
import { pagePlan } from "./page-groups.ts";
import { poolPlan } from "./pool-plan.ts";
import type { VllmReleaseName } from "./releases.ts";
import { layersByStage } from "./stages.ts";
import { checkVllmOptions } from "./vllm-options.ts";

/** What vLLM's own code answers (`bench/peers/vllm_blocks.py`): a plan, or where it refuses the longest context that fits. */
type Row = readonly [
  model: string,
  tensorParallel: number,
  pipelineParallel: number,
  blockTokens: number,
  cacheType: "auto" | "fp8",
  contextTokens: number,
  batchedTokens: number,
  available: readonly number[],
  blocks: number | null,
  maxContextTokens: number,
  tokens: number | null,
  concurrency: number | null,
];
interface Recorded {
  readonly rows: readonly Row[];
}

const path = new URL("../../../../test/fixtures/vllm-blocks.json", import.meta.url);
const recorded = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<VllmReleaseName, Recorded>> & {
  readonly models: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

const descriptions = new Map<string, ModelDescription>(
  Object.entries(recorded.models).map(([name, config]) => [name, describeConfig("config.json", config)]),
);

function answer(release: VllmReleaseName, row: Row): readonly unknown[] {
  const [model, tensorParallel, pipelineParallel, blockTokens, cacheType, contextTokens, batchedTokens] = row;
  const description = descriptions.get(model);
  if (description === undefined) throw new Error(model);
  const options = checkVllmOptions(description, {
    release,
    tensorParallel,
    pipelineParallel,
    blockTokens,
    cacheType,
    contextTokens,
    batchedTokens,
  });
  const plan = pagePlan(layerCaches(description, options), options.release);
  let next = 0;
  const stages = layersByStage(mainLayers(description).length, pipelineParallel).map((size, stage) => {
    const start = next;
    next += size;
    return { start, end: next, available: row[7][stage] };
  });
  const { blocks, tokens, contexts, starts, maxContextTokens } = poolPlan(plan, stages, options);
  if (starts !== true) return [...row.slice(0, 8), null, maxContextTokens, null, null];
  return [...row.slice(0, 8), blocks, maxContextTokens, tokens, contexts];
}

test.each(["0.19", "0.21", "0.33"] as const)("vLLM %s plans the same blocks", (release) => {
  const { rows } = recorded[release];
  expect(rows.length).toBeGreaterThan(200);
  expect(rows.map((row) => answer(release, row))).toEqual(rows);
});
