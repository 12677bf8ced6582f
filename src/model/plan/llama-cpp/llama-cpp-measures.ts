import { cacheTypeFault, takesFlashAttention } from "../../ledger/llama-cpp/cache-types.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { shareLevels } from "../search/measure.ts";
import type { Level, Measure } from "../search/measure.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { cacheRisk, weightPrecisions } from "../cost/risk.ts";
import { atPrecision } from "../variants.ts";
import { weightsOnCards, weightsWithoutExperts } from "./layer-bytes.ts";
import type { LayerBytes } from "./layer-bytes.ts";
import type { LlamaCppState } from "./llama-cpp-state.ts";
import { MiB } from "../../../shared/units.ts";
import { cacheRowBytes } from "../../ledger/llama-cpp/graph/ggml/cache-type-rows.ts";

type Levels = readonly Level<LlamaCppState>[];

/** Sizes that the measures need. */
export interface MeasureFacts {
  readonly layers: (description: ModelDescription) => LayerBytes;
  readonly cache: (state: LlamaCppState) => number;
}

/** Reserve for compute buffers and the driver while layers are counted; the ledger checks the result exactly. */
const overheadBytes = 600 * MiB;

function cacheLevels(description: ModelDescription): Levels {
  const caches = description.layers.some(({ attention }) => attention !== undefined);
  if (!caches || description.cacheless === true || !takesFlashAttention(description)) return [];
  return ["q8_0", "q5_1", "q4_0"]
    .filter(
      (type) =>
        cacheTypeFault(description, { keyType: type, valueType: type, flashAttention: true }) === undefined,
    )
    .map((type) => ({
      label: `KV cache in ${type}`,
      price: "quality",
      risk: cacheRisk[type] ?? 1,
      change: (state) =>
        (cacheRowBytes(type, 256) ?? 0) < (cacheRowBytes(state.keyType, 256) ?? 0)
          ? { ...state, keyType: type, valueType: type, flashAttention: true }
          : undefined,
    }));
}

function sequenceLevels(request: PlanRequest): Levels {
  const { sequences } = request.workload;
  const levels = [...new Set([Math.ceil(sequences / 2), Math.ceil(sequences / 4), 1])];
  return levels
    .filter((count) => count < sequences)
    .map((count) => ({
      label: `${count} sequence${count === 1 ? "" : "s"} at a time instead of ${sequences}`,
      price: "time",
      change: (state) => (count < state.sequences ? { ...state, sequences: count } : undefined),
    }));
}

const ubatchLevels: Levels = [256, 128, 64].map((ubatch) => ({
  label: `micro-batches of ${ubatch} tokens`,
  price: "time",
  change: (state) => (ubatch < state.ubatch ? { ...state, ubatch } : undefined),
}));

const contextLevels: Levels = shareLevels(
  (percent) => `contexts of ${percent} % of the workload's tokens`,
  (state, contextShare) => ({ ...state, contextShare }),
);

/** Counts the layers that fit on the cards together with their caches. */
function layersThatFit(state: LlamaCppState, request: PlanRequest, facts: MeasureFacts): number {
  const bytes = facts.layers(state.description);
  const count = bytes.dense.length;
  const cache = state.cacheOnHost ? 0 : facts.cache(state);
  const budget = request.devices * (request.budgetBytes - overheadBytes);
  let layers = count + 1;
  const need = (on: number): number =>
    weightsOnCards(bytes, on) + (cache * Math.max(0, on - 1)) / Math.max(1, count);
  while (layers > 0 && need(layers) > budget) layers--;
  return layers;
}

/** Counts the layers whose experts must be on the host for the rest to fit. */
function expertsThatMustGo(
  state: LlamaCppState,
  request: PlanRequest,
  facts: MeasureFacts,
): number | undefined {
  const bytes = facts.layers(state.description);
  if (bytes.experts.every((each) => each === 0)) return undefined;
  const cache = state.cacheOnHost ? 0 : facts.cache(state);
  const budget = request.devices * (request.budgetBytes - overheadBytes);
  for (let layers = 0; layers <= bytes.experts.length; layers++)
    if (weightsWithoutExperts(bytes, layers) + cache <= budget) return layers;
  return undefined;
}

function offloadLevels(request: PlanRequest, facts: MeasureFacts): Levels {
  if (request.devices === 0) return [];
  return [
    {
      label: "experts of some layers on the host",
      price: "time",
      change: (state) => {
        const layers = expertsThatMustGo(state, request, facts);
        return layers === undefined
          ? undefined
          : { ...state, offload: { kind: "experts", layers: Math.max(1, layers) } };
      },
      describe: ({ offload, description }) =>
        `experts of ${"layers" in offload ? offload.layers : 0} of ${description.layers.length} layers on the host`,
    },
    {
      label: "some layers on the host",
      price: "time",
      change: (state) => {
        const layers = Math.min(
          layersThatFit(state, request, facts),
          facts.layers(state.description).dense.length,
        );
        return { ...state, offload: { kind: "layers", layers } };
      },
      describe: ({ offload, description }) =>
        `${description.layers.length + 1 - ("layers" in offload ? offload.layers : 0)} of ${description.layers.length + 1} layers on the host`,
    },
  ];
}

const cachePlace: Levels = [
  {
    label: "KV cache on the host",
    price: "time",
    change: (state) => (state.offload.kind === "none" ? { ...state, cacheOnHost: true } : undefined),
  },
];

function precisionLevels(description: ModelDescription): Levels {
  return weightPrecisions.flatMap(({ name, bits, risk }): Levels => {
    const smaller = atPrecision(description, bits, name);
    if (smaller === undefined) return [];
    return [
      {
        label: `weights in ${name} (about ${bits} bits each)`,
        price: "quality",
        risk,
        change: (state) => ({ ...state, description: smaller }),
      },
    ];
  });
}

/**
 * Lists llama.cpp's measures. Those that cost nothing come first; offload comes last, because it fills what the others leave.
 */
export function llamaCppMeasures(
  request: PlanRequest,
  facts: MeasureFacts,
): readonly Measure<LlamaCppState>[] {
  const once = (label: string, change: (state: LlamaCppState) => LlamaCppState | undefined): Levels => [
    { label, price: "nothing", change },
  ];
  const measures: readonly Measure<LlamaCppState>[] = [
    {
      name: "flash attention",
      levels: once("flash attention on", (state) =>
        state.flashAttention || !takesFlashAttention(request.description)
          ? undefined
          : { ...state, flashAttention: true },
      ),
    },
    {
      name: "logits of wanted rows only",
      levels: once("one row of logits per sequence", (state) =>
        state.wantedRows ? undefined : { ...state, wantedRows: true },
      ),
    },
    {
      name: "window cache",
      levels: once("sliding-window layers keep only their window", (state) =>
        state.fullWindows ? { ...state, fullWindows: false } : undefined,
      ),
    },
    { name: "lower weight precision", levels: precisionLevels(request.description) },
    { name: "cache type", levels: cacheLevels(request.description) },
    { name: "shorter context", levels: contextLevels },
    { name: "fewer sequences at a time", levels: sequenceLevels(request) },
    { name: "smaller micro-batch", levels: ubatchLevels },
    ...(request.devices === 0 ? [] : [{ name: "offload", levels: offloadLevels(request, facts) } as const]),
    ...(request.devices === 0 ? [] : [{ name: "offload", levels: cachePlace } as const]),
  ];
  return measures.filter((measure) => measure.levels.length > 0);
}
