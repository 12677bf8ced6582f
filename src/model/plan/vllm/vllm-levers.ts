import { undivided } from "../../ledger/vllm/vllm-options.ts";
import type { Level, Lever } from "../lever.ts";
import { cacheRisk, servedPrecisions } from "../risk.ts";
import type { Workload } from "../workloads.ts";
import { servedAt } from "./served-precision.ts";
import type { VllmState, VllmTask } from "./vllm-state.ts";
import { GiB } from "../../../shared/units.ts";

type Levels = readonly Level<VllmState>[];

function shardings(task: VllmTask): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  // a layer that reads another's cache must be in the same stage
  const shares = task.description.layers.some(({ attention }) => attention?.sharesCacheOf !== undefined);
  const mostStages = shares ? 1 : Math.max(1, task.description.layers.length);
  for (let tensor = 1; tensor <= task.devices; tensor *= 2) {
    if (undivided(task.description, tensor) !== undefined) continue;
    // without stages, or as many as use all devices: what is between holds more on each and is no quicker
    const most = Math.min(Math.floor(task.devices / tensor), mostStages);
    for (const stages of new Set([1, most])) if (tensor * stages > 1) pairs.push([tensor, stages]);
  }
  return pairs;
}

function shardingLevels(task: VllmTask): Levels {
  return shardings(task).map(([tensorParallel, pipelineParallel]) => ({
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

function offloadLevels(task: VllmTask): Levels {
  const weights = task.description.weightBytes ?? 0;
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

function precisionLevels(task: VllmTask): Levels {
  return servedPrecisions.flatMap(({ name, bits, risk }): Levels => {
    const smaller = servedAt(task.description, bits, name);
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
    label: "keys and values in fp8",
    price: "quality",
    risk: cacheRisk["fp8"] ?? 2,
    change: (state) => (state.cacheType === "fp8" ? undefined : { ...state, cacheType: "fp8" }),
  },
];

const contextLevels: Levels = [0.75, 0.5, 0.25].map((share) => ({
  label: `contexts of ${Math.round(100 * share)} % of the workload's tokens`,
  price: "task",
  task: 1 - share,
  change: (state) => ({ ...state, contextShare: share }),
}));

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

/** vLLM's measures; those that cost nothing come first. */
export function vllmLevers(task: VllmTask): readonly Lever<VllmState>[] {
  const wanted = Math.max(task.workload.sequences, 1);
  const levers: readonly Lever<VllmState>[] = [
    {
      measure: "logits of wanted rows only",
      levels: [
        {
          label: `at most ${wanted} sequences in a step: the sampler's rows shrink`,
          price: "nothing",
          change: (state) => (wanted < state.maxSequences ? { ...state, maxSequences: wanted } : undefined),
        },
      ],
    },
    { measure: "lower weight precision", levels: precisionLevels(task) },
    { measure: "cache type", levels: cacheLevels },
    { measure: "shorter context", levels: contextLevels },
    { measure: "sharding", levels: shardingLevels(task) },
    { measure: "fewer sequences at a time", levels: sequenceLevels(task.workload) },
    { measure: "smaller micro-batch", levels: batchLevels },
    { measure: "no CUDA graphs", levels: eagerLevels },
    { measure: "offload", levels: offloadLevels(task) },
  ];
  return levers.filter((lever) => lever.levels.length > 0);
}
