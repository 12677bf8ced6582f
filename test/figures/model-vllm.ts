import { describeModel, vllmLedger } from "../../src/model/index.ts";
import type { ModelDescription, VllmOptions } from "../../src/model/index.ts";
import { layerCaches, mainLayers } from "../../src/model/ledger/vllm/layer-cache.ts";
import { pagePlan } from "../../src/model/ledger/vllm/page-groups.ts";
import { poolPlan } from "../../src/model/ledger/vllm/pool-plan.ts";
import { layersByStage } from "../../src/model/ledger/vllm/stages.ts";
import { checkVllmOptions } from "../../src/model/ledger/vllm/vllm-options.ts";
import { published } from "../../src/model/description/config/published.fixture.ts";
import { addByteLedger } from "./byte-ledger.ts";
import { place, readFixture } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { GiB } from "../../src/shared/units.ts";

type Config = Readonly<Record<string, unknown>>;
type Row = readonly [
  model: string,
  tensorParallel: number,
  pipelineParallel: number,
  blockTokens: number,
  cacheType: "auto" | "fp8",
  contextTokens: number,
  batchedTokens: number,
  available: readonly number[],
];
type Fixture = Readonly<Record<(typeof releases)[number], { readonly rows: readonly Row[] }>> & {
  readonly models: Readonly<Record<string, Config>>;
};

const releases = ["0.19", "0.21", "0.33"] as const;
const fixture = readFixture<Fixture>("vllm-blocks.json");

/** Describes a model from its config.json. */
export function fromConfig(config: Config): ModelDescription {
  return describeModel({ format: "config", name: "config.json", config });
}

/** Models with a published config.json: those of vllm-blocks.json, and those whose parameters are known. */
export const publishedModels: readonly (readonly [string, ModelDescription])[] = [
  ...Object.entries(fixture.models).map(
    ([name, config]) => [`vllm-blocks ${name}`, fromConfig(config)] as const,
  ),
  ...published.map(([name, , config]) => [name, fromConfig(config)] as const),
];

function addBlocks(figures: Figures, path: string, release: (typeof releases)[number], row: Row): void {
  const [name, tensorParallel, pipelineParallel, blockTokens, cacheType, contextTokens, batchedTokens] = row;
  const model = fromConfig(fixture.models[name] ?? {});
  const options = checkVllmOptions(model, {
    release,
    tensorParallel,
    pipelineParallel,
    blockTokens,
    cacheType,
    contextTokens,
    batchedTokens,
  });
  let next = 0;
  const stages = layersByStage(mainLayers(model).length, pipelineParallel).map((size, stage) => {
    const start = next;
    next += size;
    return { start, end: next, available: row[7][stage] };
  });
  const pool = poolPlan(pagePlan(layerCaches(model, options), options.release), stages, options);
  figures.add(path, pool.starts, pool.blocks, pool.maxContextTokens, pool.tokens, pool.contexts);
}

/** Records blocks, tokens and contexts for every recorded row of vLLM's own planning. */
export function recordBlocks(figures: Figures): void {
  for (const release of releases)
    for (const [index, row] of fixture[release].rows.entries()) {
      const path = `model/vllm-blocks/${release}/${place(index)}`;
      figures.tryTo(path, () => addBlocks(figures, path, release, row));
    }
}

const runs: Readonly<Record<string, VllmOptions>> = {
  plain: { memoryBytes: 80 * GiB, contextTokens: 8192 },
  old: { memoryBytes: 80 * GiB, contextTokens: 8192, release: "0.19" },
  new: { memoryBytes: 80 * GiB, contextTokens: 8192, release: "0.33" },
  small: { memoryBytes: 24 * GiB, contextTokens: 4096, cacheType: "fp8", eager: true },
  parallel: { memoryBytes: 80 * GiB, contextTokens: 8192, tensorParallel: 2, pipelineParallel: 2 },
  needed: { contextTokens: 4096, sequences: 3, requestTokens: 2000 },
  offload: { memoryBytes: 24 * GiB, contextTokens: 2048, offloadBytes: 8 * GiB },
};

/** Records ledgers and pools of published models. */
export function recordPools(figures: Figures): void {
  for (const [name, model] of publishedModels)
    for (const [run, options] of Object.entries(runs)) {
      const path = `model/vllm-pools/${name}/${run}`;
      figures.tryTo(path, () => {
        const ledger = vllmLedger(model, options);
        addByteLedger(figures, path, ledger);
        const { pool, batchedTokens } = ledger;
        figures.add(`${path}/pool/bytes`, pool.bytes, pool.neededBytes);
        figures.add(`${path}/pool/blocks`, pool.blockTokens, pool.blocks, pool.blocksOfRequest);
        figures.add(`${path}/pool/tokens`, batchedTokens, pool.tokens, pool.maxContextTokens);
        figures.add(`${path}/pool/concurrency`, pool.concurrency, pool.starts, pool.refused !== undefined);
      });
    }
}
