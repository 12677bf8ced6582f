import { findUndivided } from "../../ledger/vllm/vllm-options.ts";
import { shareLevels } from "../search/measure.ts";
import type { Level, Measure } from "../search/measure.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { cacheRisk, servedPrecisions } from "../cost/risk.ts";
import type { Workload } from "../request/workloads.ts";
import { atServedPrecision } from "./served-precision.ts";
import type { VllmState } from "./vllm-state.ts";
import { GiB } from "../../../shared/units.ts";

type Levels = readonly Level<VllmState>[];

function shardings(request: PlanRequest): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  // A layer that reads another layer's cache must be in the same stage
  const shares = request.description.layers.some(({ attention }) => attention?.sharesCacheOf !== undefined);
  const maxStages = shares ? 1 : Math.max(1, request.description.layers.length);
  for (let tensor = 1; tensor <= request.devices; tensor *= 2) {
    if (findUndivided(request.description, tensor) !== undefined) continue;
    // No stages, or all that the devices allow: anything between holds more per device and is not faster
    const most = Math.min(Math.floor(request.devices / tensor), maxStages);
    for (const stages of new Set([1, most])) if (tensor * stages > 1) pairs.push([tensor, stages]);
  }
  return pairs;
}

function shardingLevels(request: PlanRequest): Levels {
  return shardings(request).map(([tensorParallel, pipelineParallel]) => ({
    label: `${tensorParallel} devices for each layer, ${pipelineParallel} stage${pipelineParallel === 1 ? "" : "s"}`,
    price: "time",
    change: (state) => ({ ...state, tensorParallel, pipelineParallel }),
  }));
}

function sequenceLevels(workload: Workload): Levels {
  const { sequences } = workload;
  return [...new Set([Math.ceil(sequences / 2), Math.ceil(sequences / 4), 1])]
    .filter((count) => count < sequences)
    .map((count) => ({
      label: `${count} request${count === 1 ? "" : "s"} at a time instead of ${sequences}`,
      price: "time",
      change: (state) => ({ ...state, sequences: count }),
    }));
}

function offloadLevels(request: PlanRequest): Levels {
  const weights = request.description.weightBytes ?? 0;
  if (weights === 0) return [];
  return [0.25, 0.5, 0.75].map((share) => ({
    label: `${100 * share} % of each device's weights on the host`,
    price: "time",
    change: (state) => {
      // --cpu-offload-gb is for each device
      const each = (weights * share) / (state.tensorParallel * state.pipelineParallel);
      return { ...state, offloadBytes: Math.ceil(each / GiB) * GiB };
    },
  }));
}

function precisionLevels(request: PlanRequest): Levels {
  return servedPrecisions.flatMap(({ name, bits, risk }): Levels => {
    const smaller = atServedPrecision(request.description, bits, name);
    if (smaller === undefined) return [];
    return [
      {
        label: `weights in ${name}`,
        price: "quality",
        risk,
        change: (state) => ({ ...state, description: smaller, quantization: name }),
      },
    ];
  });
}

const cacheLevels: Levels = [
  {
    label: "KV cache in fp8",
    price: "quality",
    risk: cacheRisk["fp8"] ?? 2,
    change: (state) => (state.cacheType === "fp8" ? undefined : { ...state, cacheType: "fp8" }),
  },
];

const contextLevels: Levels = shareLevels(
  (percent) => `contexts of ${percent} % of the workload's tokens`,
  (state, contextShare) => ({ ...state, contextShare }),
);

const batchLevels: Levels = [4096, 2048, 1024, 512].map((batchedTokens) => ({
  label: `${batchedTokens} tokens in a step`,
  price: "time",
  change: (state) =>
    batchedTokens < state.batchedTokens && batchedTokens >= state.sequences
      ? { ...state, batchedTokens }
      : undefined,
}));

const eagerLevels: Levels = [
  {
    label: "without CUDA graphs",
    price: "time",
    change: (state) => (state.eager ? undefined : { ...state, eager: true }),
  },
];

/** Lists vLLM's measures; those that cost nothing come first. */
export function vllmMeasures(request: PlanRequest): readonly Measure<VllmState>[] {
  const wanted = Math.max(request.workload.sequences, 1);
  const measures: readonly Measure<VllmState>[] = [
    {
      name: "logits of wanted rows only",
      levels: [
        {
          label: `at most ${wanted} sequences in a step: the sampler holds fewer rows`,
          price: "nothing",
          change: (state) => (wanted < state.maxSequences ? { ...state, maxSequences: wanted } : undefined),
        },
      ],
    },
    { name: "lower weight precision", levels: precisionLevels(request) },
    { name: "cache type", levels: cacheLevels },
    { name: "shorter context", levels: contextLevels },
    { name: "sharding", levels: shardingLevels(request) },
    { name: "fewer sequences at a time", levels: sequenceLevels(request.workload) },
    { name: "smaller micro-batch", levels: batchLevels },
    { name: "no CUDA graphs", levels: eagerLevels },
    { name: "offload", levels: offloadLevels(request) },
  ];
  return measures.filter((measure) => measure.levels.length > 0);
}
