import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { vllmLedger } from "../../ledger/vllm/vllm-ledger.ts";
import { undivided, type VllmOptions } from "../../ledger/vllm/vllm-options.ts";
import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import type { Spec } from "../../spec/spec.ts";
import type { Level, Lever, Need, PlanningEngine } from "../lever.ts";
import { cacheRisk, servedPrecisions } from "../risk.ts";
import { servingSeconds, type Speed } from "../serving-time.ts";
import { atPrecision } from "../variants.ts";
import type { Workload } from "../workloads.ts";

/** All that vLLM is started with in a plan. */
export interface VllmState {
  readonly spec: Spec;
  /** Another form of the weights, as `--quantization` names it. */
  readonly quantization?: string | undefined;
  readonly sequences: number;
  readonly contextShare: number;
  readonly maxSequences: number;
  readonly batchedTokens: number;
  readonly cacheType: "auto" | "fp8";
  readonly eager: boolean;
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  readonly offloadBytes: number;
}

/** What does not change from plan to plan. */
export interface VllmTask {
  readonly spec: Spec;
  readonly workload: Workload;
  readonly budgetBytes: number;
  readonly hostBytes: number | undefined;
  readonly devices: number;
  readonly utilization: number;
  readonly speed: Speed;
  readonly hostSpeed: Speed;
}

type Levels = readonly Level<VllmState>[];

/** Tokens of one request. */
export function requestTokens(state: VllmState, workload: Workload): number {
  return Math.ceil((workload.inputTokens + workload.outputTokens) * state.contextShare);
}

/** The engine's options for a state; the pool is sized by what the requests need. */
export function vllmOptionsOf(state: VllmState, task: VllmTask): VllmOptions {
  const tokens = requestTokens(state, task.workload);
  return {
    utilization: task.utilization,
    contextTokens: tokens,
    requestTokens: tokens,
    sequences: state.sequences,
    maxSequences: state.maxSequences,
    batchedTokens: state.batchedTokens,
    cacheType: state.cacheType,
    tensorParallel: state.tensorParallel,
    pipelineParallel: state.pipelineParallel,
    eager: state.eager,
    offloadBytes: state.offloadBytes,
  };
}

function shardings(task: VllmTask): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  for (let tensor = 1; tensor <= task.devices; tensor *= 2) {
    if (undivided(task.spec, tensor) !== undefined) continue;
    for (let stages = 1; tensor * stages <= task.devices; stages += 1) {
      if (tensor * stages > 1 && stages <= Math.max(1, task.spec.layers.length)) pairs.push([tensor, stages]);
    }
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

const gibibyte = 2 ** 30;

function offloadLevels(task: VllmTask): Levels {
  const weights = task.spec.weightBytes ?? 0;
  return [0.25, 0.5, 0.75].map((share) => {
    const offloadBytes = Math.ceil((weights * share) / gibibyte) * gibibyte;
    return {
      label: `${offloadBytes / gibibyte} GiB of each device's weights on the host`,
      price: "time",
      change: (state) => (weights === 0 ? undefined : { ...state, offloadBytes }),
    };
  });
}

function vllmLevers(task: VllmTask): readonly Lever<VllmState>[] {
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
    {
      measure: "lower weight precision",
      levels: servedPrecisions.flatMap(({ name, bits, risk }): Levels => {
        const smaller = atPrecision(task.spec, bits, name);
        return smaller === undefined
          ? []
          : [
              {
                label: `weights in ${name}`,
                price: "quality",
                risk,
                change: (state) => ({ ...state, spec: smaller, quantization: name }),
              },
            ];
      }),
    },
    {
      measure: "cache type",
      levels: [
        {
          label: "keys and values in fp8",
          price: "quality",
          risk: cacheRisk["fp8"] ?? 2,
          change: (state) => (state.cacheType === "fp8" ? undefined : { ...state, cacheType: "fp8" }),
        },
      ],
    },
    {
      measure: "shorter context",
      levels: [0.75, 0.5, 0.25].map((share) => ({
        label: `contexts of ${Math.round(100 * share)} % of the workload's tokens`,
        price: "task",
        task: 1 - share,
        change: (state) => ({ ...state, contextShare: share }),
      })),
    },
    { measure: "sharding", levels: shardingLevels(task) },
    { measure: "fewer sequences at a time", levels: sequenceLevels(task.workload) },
    {
      measure: "smaller micro-batch",
      levels: [4096, 2048, 1024, 512].map((batchedTokens) => ({
        label: `${batchedTokens} tokens in a step`,
        price: "time",
        change: (state) => (batchedTokens < state.batchedTokens ? { ...state, batchedTokens } : undefined),
      })),
    },
    {
      measure: "no CUDA graphs",
      levels: [
        {
          label: "without CUDA graphs",
          price: "time",
          change: (state) => (state.eager ? undefined : { ...state, eager: true }),
        },
      ],
    },
    { measure: "offload", levels: offloadLevels(task) },
  ];
  return levers.filter((lever) => lever.levels.length > 0);
}

/** Without CUDA graphs each step starts its kernels one by one: a fifth is added, as a rule of thumb. */
const eagerFactor = 1.2;
/** Ranks exchange their parts after each layer: no more than four fifths of their speeds add up. */
const rankShare = 0.8;

function secondsOf(state: VllmState, task: VllmTask): number {
  const groups = weightGroups(state.spec);
  const all = groups === undefined ? 0 : groups.dense.bytes + groups.experts.bytes + groups.output.bytes;
  const ranks = state.tensorParallel === 1 ? 1 : state.tensorParallel * rankShare;
  const devices = state.tensorParallel * state.pipelineParallel;
  const seconds = servingSeconds(
    {
      spec: state.spec,
      workload: task.workload,
      sequences: state.sequences,
      contextShare: state.contextShare,
      ubatch: state.batchedTokens,
      cacheElementBytes: state.cacheType === "fp8" ? 1 : 2,
      hostWeights: all === 0 ? 0 : Math.min(1, (state.offloadBytes * devices) / all),
      hostCache: 0,
      ranks,
      hostComputes: false,
    },
    task.speed,
    task.hostSpeed,
  );
  return state.eager ? seconds * eagerFactor : seconds;
}

/** Devices of a ledger with the part of their memory that vLLM is let have; the host's own budget where it is told. */
export function vllmNeeds(ledger: ByteLedger, task: VllmTask): readonly Need[] {
  const each = Math.ceil(task.budgetBytes * task.utilization);
  return ledger.totals.flatMap(({ device, phase, bytes }): readonly Need[] => {
    const budgetBytes = device === "host" ? task.hostBytes : each;
    return budgetBytes === undefined ? [] : [{ device, phase, bytes, budgetBytes }];
  });
}

/** vLLM as the search sees it. Its ledger is quick: nothing is guessed before. */
export function vllmEngine(start: VllmState, task: VllmTask): PlanningEngine<VllmState> {
  const seconds = new Map<string, number>();
  return {
    start,
    levers: vllmLevers(task),
    seconds: (state) => {
      const { spec, ...rest } = state;
      const key = `${spec.weightBytes ?? ""} ${JSON.stringify(rest)}`;
      const found = seconds.get(key) ?? secondsOf(state, task);
      seconds.set(key, found);
      return found;
    },
    mayFit: () => true,
    ledger: (state) => vllmLedger(state.spec, vllmOptionsOf(state, task)),
    needs: (ledger) => vllmNeeds(ledger, task),
  };
}
