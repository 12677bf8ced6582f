import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { layerCacheBytes, layerCaches, layerStates } from "../../ledger/llama-cpp/cache.ts";
import { contextSizes } from "../../ledger/llama-cpp/context.ts";
import { llamaCppLedger } from "../../ledger/llama-cpp/llama-cpp-ledger.ts";
import { checkLlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import { runtimeBytes } from "../../ledger/llama-cpp/outside-items.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { listNeeds, maxShrinks } from "../search/plan-adapter.ts";
import type { PlanAdapter } from "../search/plan-adapter.ts";
import { remember } from "../search/remember.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { servingSeconds } from "../cost/serving-time.ts";
import { allWeights, layerBytes, weightsOnCards, weightsWithoutExperts } from "./layer-bytes.ts";
import type { LayerBytes } from "./layer-bytes.ts";
import { minComputeBytes } from "./min-compute.ts";
import { llamaCppMeasures } from "./llama-cpp-measures.ts";
import { contextTokens, optionsOf } from "./llama-cpp-state.ts";
import type { LlamaCppState } from "./llama-cpp-state.ts";
import { cacheRowBytes } from "../../ledger/llama-cpp/graph/ggml/cache-type-rows.ts";

/** Results that a search needs again and again, by variant of the model and by the settings they depend on. */
interface Known {
  readonly layers: Map<ModelDescription, LayerBytes>;
  readonly cache: Map<string, number>;
  readonly compute: Map<string, number>;
  readonly seconds: Map<string, number>;
  readonly ledgers: Map<string, ByteLedger>;
}

function layersOf(known: Known, description: ModelDescription): LayerBytes {
  return remember(known.layers, description, () => layerBytes(description));
}

function contextKey(state: LlamaCppState): string {
  const { keyType, valueType, flashAttention, fullWindows, unified, sequences, contextShare, ubatch } = state;
  return [keyType, valueType, flashAttention, fullWindows, unified, sequences, contextShare, ubatch].join(
    " ",
  );
}

function descriptionKey(state: LlamaCppState): string {
  return `${state.description.name} ${state.description.weightBytes ?? ""} ${state.description.layers.length}`;
}

/** Returns the bytes of caches and recurrent states of all layers; infinite where the engine refuses the type. */
function countCacheBytes(state: LlamaCppState, request: PlanRequest): number {
  const { context } = checkLlamaCppOptions(state.description, optionsOf(state, request));
  const caches = layerCaches(state.description, context, contextSizes(state.description, context));
  return caches.reduce(
    (sum, cache) => sum + (layerCacheBytes(cache) ?? Number.POSITIVE_INFINITY),
    layerStates(state.description, state.sequences).reduce((sum, each) => sum + each.bytes, 0),
  );
}

function cacheBytes(known: Known, state: LlamaCppState, request: PlanRequest): number {
  const key = `${descriptionKey(state)} ${contextKey(state)}`;
  return remember(known.cache, key, () => countCacheBytes(state, request));
}

/** Returns the share of the layers that is on cards. */
function layersOnCards(state: LlamaCppState): number {
  const { offload } = state;
  if (offload.kind !== "layers") return 1;
  return Math.max(0, Math.min(1, (offload.layers - 1) / Math.max(1, state.description.layers.length)));
}

function weightsOnDevices(state: LlamaCppState, bytes: LayerBytes): number {
  const { offload } = state;
  if (offload.kind === "layers") return weightsOnCards(bytes, offload.layers);
  if (offload.kind === "experts") return weightsWithoutExperts(bytes, offload.layers);
  return weightsOnCards(bytes, bytes.dense.length + 1);
}

/** Once this many layers are on a card, its compute buffer no longer grows: the last layers and the output layer are there. */
const enoughOnCard = 8;

function computeBytes(known: Known, state: LlamaCppState, request: PlanRequest): number {
  const { offload } = state;
  if (offload.kind === "layers" && offload.layers < enoughOnCard) return 0;
  const key = `${descriptionKey(state)} ${contextKey(state)} ${state.wantedRows} ${state.batch}`;
  return remember(known.compute, key, () => minComputeBytes(state, request));
}

/** Returns the state with as little on the cards as the search may shrink it to. */
function shrinkFully(state: LlamaCppState): LlamaCppState {
  let least = state;
  for (let step = 0; step < maxShrinks; step++) least = shrink(least) ?? least;
  return least;
}

/**
 * Returns false where weights, caches and the smallest compute buffer are over the budget: everything else only adds to them.
 */
function mayFit(known: Known, asked: LlamaCppState, request: PlanRequest): boolean {
  const state = shrinkFully(asked);
  const weights = layersOf(known, state.description);
  const cache = cacheBytes(known, state, request);
  if (request.devices === 0) {
    const shared = state.description.tiedEmbeddings === true ? weights.output : 0;
    const held = allWeights(weights) - shared + cache;
    return held <= request.budgetBytes && held + computeBytes(known, state, request) <= request.budgetBytes;
  }
  const cached = state.cacheOnHost ? 0 : cache * layersOnCards(state);
  const largest = Math.max(0, ...weights.dense) + Math.max(0, ...weights.experts) + weights.output;
  const perCard = (weightsOnDevices(state, weights) + cached) / request.devices;
  const least = perCard - (request.devices > 1 ? largest : 0) + runtimeBytes;
  return least <= request.budgetBytes && least + computeBytes(known, state, request) <= request.budgetBytes;
}

function secondsOf(known: Known, state: LlamaCppState, request: PlanRequest): number {
  const weights = layersOf(known, state.description);
  const all = allWeights(weights) - weights.embedding;
  const hostWeights =
    request.devices === 0 || all === 0 ? 0 : Math.max(0, 1 - weightsOnDevices(state, weights) / all);
  const hostCache = state.cacheOnHost ? 1 : 1 - layersOnCards(state);
  const key = `${descriptionKey(state)} ${contextKey(state)} ${hostWeights} ${hostCache}`;
  const element = (cacheRowBytes(state.keyType, 256) ?? 512) / 256;
  const speed = request.devices === 0 ? request.hostSpeed : request.speed;
  return remember(known.seconds, key, () =>
    servingSeconds(
      {
        description: state.description,
        workload: request.workload,
        sequences: state.sequences,
        contextShare: state.contextShare,
        ubatch: state.ubatch,
        cacheElementBytes: element,
        hostWeights,
        hostCache: request.devices === 0 ? 0 : hostCache,
        // llama.cpp runs one layer at a time: more cards hold more, but do not speed up one batch
        ranks: 1,
        hostComputes: true,
      },
      speed,
      request.hostSpeed,
    ),
  );
}

function ledgerOf(known: Known, state: LlamaCppState, request: PlanRequest): ByteLedger {
  const options = optionsOf(state, request);
  const key = `${descriptionKey(state)} ${JSON.stringify(options)}`;
  return remember(known.ledgers, key, () => llamaCppLedger(state.description, options));
}

/** Moves one more layer off the cards, or the experts of one more layer. */
function shrink(state: LlamaCppState): LlamaCppState | undefined {
  const { offload } = state;
  if (offload.kind === "layers" && offload.layers > 0)
    return { ...state, offload: { kind: "layers", layers: offload.layers - 1 } };
  if (offload.kind === "experts" && offload.layers < state.description.layers.length)
    return { ...state, offload: { kind: "experts", layers: offload.layers + 1 } };
  return undefined;
}

/** Moves one layer back to the cards. Never all of them: having all there is another plan. */
function grow(state: LlamaCppState): LlamaCppState | undefined {
  const { offload } = state;
  if (offload.kind === "layers" && offload.layers < state.description.layers.length)
    return { ...state, offload: { kind: "layers", layers: offload.layers + 1 } };
  if (offload.kind === "experts" && offload.layers > 1)
    return { ...state, offload: { kind: "experts", layers: offload.layers - 1 } };
  return undefined;
}

/** Starts from the engine's defaults or the settings in use now, for the full workload. */
function startState({ description, workload, current }: PlanRequest): LlamaCppState {
  return {
    description,
    keyType: current.keyType ?? "f16",
    valueType: current.valueType ?? "f16",
    flashAttention: current.flashAttention ?? true,
    fullWindows: current.fullWindows ?? false,
    unified: current.unified ?? false,
    sequences: Math.min(256, workload.sequences),
    contextShare: 1,
    ubatch: current.ubatch ?? 512,
    batch: current.batch ?? 2048,
    wantedRows: false,
    offload: { kind: "none" },
    cacheOnHost: false,
  };
}

/** Adapts llama.cpp (llama-server) to the search. */
export function llamaCppAdapter(request: PlanRequest): PlanAdapter<LlamaCppState> {
  const known: Known = {
    layers: new Map(),
    cache: new Map(),
    compute: new Map(),
    seconds: new Map(),
    ledgers: new Map(),
  };
  return {
    start: startState(request),
    measures: llamaCppMeasures(request, {
      layers: (description) => layersOf(known, description),
      cache: (state) => cacheBytes(known, state, request),
    }),
    seconds: (state) => secondsOf(known, state, request),
    mayFit: (state) => mayFit(known, state, request),
    ledger: (state) => ledgerOf(known, state, request),
    needs: (ledger) =>
      listNeeds(ledger, {
        device: request.budgetBytes,
        // Without devices the budget is the host's
        host: request.devices > 0 ? request.hostBytes : request.budgetBytes,
      }),
    settings: (state) => ({
      engine: "llama.cpp",
      options: optionsOf(state, request),
      weightType: state.description === request.description ? undefined : state.description.weightType,
      contextTokens: contextTokens(state, request.workload),
      sequences: state.sequences,
    }),
    shrink,
    grow,
  };
}
