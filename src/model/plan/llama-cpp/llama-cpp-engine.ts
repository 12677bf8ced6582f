import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { cacheRowBytes, layerCacheBytes, layerCaches, layerStates } from "../../ledger/llama-cpp/cache.ts";
import { contextSizes } from "../../ledger/llama-cpp/context.ts";
import { llamaCppLedger } from "../../ledger/llama-cpp/llama-cpp-ledger.ts";
import { checkLlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import { runtimeBytes } from "../../ledger/llama-cpp/outside-items.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { mostShrinks, type Choice, type Need, type PlanningEngine } from "../lever.ts";
import { servingSeconds } from "../serving-time.ts";
import {
  allWeights,
  layerBytes,
  weightsOnCards,
  weightsWithoutExperts,
  type LayerBytes,
} from "./layer-bytes.ts";
import { leastComputeBytes } from "./least-compute.ts";
import { llamaCppLevers } from "./llama-cpp-levers.ts";
import { optionsOf, type LlamaCppState, type LlamaCppTask } from "./llama-cpp-state.ts";

/** What a search looks up again and again, by the model's variant and by what a cache depends on. */
interface Known {
  readonly layers: Map<ModelDescription, LayerBytes>;
  readonly cache: Map<string, number>;
  readonly compute: Map<string, number>;
  readonly seconds: Map<string, number>;
  readonly ledgers: Map<string, ByteLedger>;
}

function layersOf(known: Known, description: ModelDescription): LayerBytes {
  const found = known.layers.get(description) ?? layerBytes(description);
  known.layers.set(description, found);
  return found;
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

/** Bytes of caches and recurrent states of all layers. Infinite where the engine refuses the type. */
function cacheBytes(known: Known, state: LlamaCppState, task: LlamaCppTask): number {
  const key = `${descriptionKey(state)} ${contextKey(state)}`;
  const found = known.cache.get(key);
  if (found !== undefined) return found;
  const { context } = checkLlamaCppOptions(state.description, optionsOf(state, task));
  const caches = layerCaches(state.description, context, contextSizes(state.description, context));
  const bytes = caches.reduce(
    (sum, cache) => sum + (layerCacheBytes(cache) ?? Number.POSITIVE_INFINITY),
    layerStates(state.description, state.sequences).reduce((sum, each) => sum + each.bytes, 0),
  );
  known.cache.set(key, bytes);
  return bytes;
}

/** Share of the layers that are on cards. */
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

/** Layers on a card from which on its buffer is that of the whole: the last ones and the output layer are there. */
const enoughOnCard = 8;

function computeBytes(known: Known, state: LlamaCppState, task: LlamaCppTask): number {
  const { offload } = state;
  if (offload.kind === "layers" && offload.layers < enoughOnCard) return 0;
  const key = `${descriptionKey(state)} ${contextKey(state)} ${state.wantedRows} ${state.batch}`;
  const found = known.compute.get(key) ?? leastComputeBytes(state, task);
  known.compute.set(key, found);
  return found;
}

/** The state with as little on the cards as the search will come to from it. */
function leastOnCards(state: LlamaCppState): LlamaCppState {
  let least = state;
  for (let step = 0; step < mostShrinks; step += 1) least = shrink(least) ?? least;
  return least;
}

/** False where weights, caches and what is surely beside them are over the budget: the rest only adds to them. */
function mayFit(known: Known, asked: LlamaCppState, task: LlamaCppTask): boolean {
  const state = leastOnCards(asked);
  const weights = layersOf(known, state.description);
  const cache = cacheBytes(known, state, task);
  if (task.devices === 0) {
    const shared = state.description.tiedEmbeddings === true ? weights.output : 0;
    const held = allWeights(weights) - shared + cache;
    return held <= task.budgetBytes && held + computeBytes(known, state, task) <= task.budgetBytes;
  }
  const cached = state.cacheOnHost ? 0 : cache * layersOnCards(state);
  const largest = Math.max(0, ...weights.dense) + Math.max(0, ...weights.experts) + weights.output;
  const perCard = (weightsOnDevices(state, weights) + cached) / task.devices;
  const least = perCard - (task.devices > 1 ? largest : 0) + runtimeBytes;
  return least <= task.budgetBytes && least + computeBytes(known, state, task) <= task.budgetBytes;
}

function secondsOf(known: Known, state: LlamaCppState, task: LlamaCppTask): number {
  const weights = layersOf(known, state.description);
  const all = allWeights(weights) - weights.embedding;
  const hostWeights =
    task.devices === 0 || all === 0 ? 0 : Math.max(0, 1 - weightsOnDevices(state, weights) / all);
  const hostCache = state.cacheOnHost ? 1 : 1 - layersOnCards(state);
  const key = `${descriptionKey(state)} ${contextKey(state)} ${hostWeights} ${hostCache}`;
  const found = known.seconds.get(key);
  if (found !== undefined) return found;
  const element = (cacheRowBytes(state.keyType, 256) ?? 512) / 256;
  const speed = task.devices === 0 ? task.hostSpeed : task.speed;
  const seconds = servingSeconds(
    {
      description: state.description,
      workload: task.workload,
      sequences: state.sequences,
      contextShare: state.contextShare,
      ubatch: state.ubatch,
      cacheElementBytes: element,
      hostWeights,
      hostCache: task.devices === 0 ? 0 : hostCache,
      // llama.cpp works on a layer at a time: more cards hold more, but are not faster for one batch
      ranks: 1,
      hostComputes: true,
    },
    speed,
    task.hostSpeed,
  );
  known.seconds.set(key, seconds);
  return seconds;
}

function ledgerOf(known: Known, state: LlamaCppState, task: LlamaCppTask): ByteLedger {
  const options = optionsOf(state, task);
  const key = `${descriptionKey(state)} ${JSON.stringify(options)}`;
  const found = known.ledgers.get(key) ?? llamaCppLedger(state.description, options);
  known.ledgers.set(key, found);
  return found;
}

/** Devices of a ledger with their budgets: cards each have one, the host its own where it is told. */
export function llamaCppNeeds(ledger: ByteLedger, task: LlamaCppTask): readonly Need[] {
  return ledger.totals.flatMap(({ device, phase, bytes }): readonly Need[] => {
    const budgetBytes = device === "host" && task.devices > 0 ? task.hostBytes : task.budgetBytes;
    return budgetBytes === undefined ? [] : [{ device, phase, bytes, budgetBytes }];
  });
}

/** One layer less on the cards, or the experts of one more layer on the host. */
function shrink(state: LlamaCppState): LlamaCppState | undefined {
  const { offload } = state;
  if (offload.kind === "layers" && offload.layers > 0)
    return { ...state, offload: { kind: "layers", layers: offload.layers - 1 } };
  if (offload.kind === "experts" && offload.layers < state.description.layers.length)
    return { ...state, offload: { kind: "experts", layers: offload.layers + 1 } };
  return undefined;
}

/** One layer more on the cards; never all of them: that is a plan of its own. */
function grow(state: LlamaCppState): LlamaCppState | undefined {
  const { offload } = state;
  if (offload.kind === "layers" && offload.layers < state.description.layers.length)
    return { ...state, offload: { kind: "layers", layers: offload.layers + 1 } };
  if (offload.kind === "experts" && offload.layers > 1)
    return { ...state, offload: { kind: "experts", layers: offload.layers - 1 } };
  return undefined;
}

/** An offload with its numbers. */
function saidOffload(choice: Choice, state: LlamaCppState): string | undefined {
  const { offload, description } = state;
  if (choice.measure !== "offload" || choice.label.startsWith("caches")) return undefined;
  if (offload.kind === "experts")
    return `experts of ${offload.layers} of ${description.layers.length} layers on the host`;
  if (offload.kind === "layers")
    return `${description.layers.length + 1 - offload.layers} of ${description.layers.length + 1} layers on the host`;
  return undefined;
}

/** llama.cpp (llama-server) as the search sees it. */
export function llamaCppEngine(start: LlamaCppState, task: LlamaCppTask): PlanningEngine<LlamaCppState> {
  const known: Known = {
    layers: new Map(),
    cache: new Map(),
    compute: new Map(),
    seconds: new Map(),
    ledgers: new Map(),
  };
  return {
    start,
    levers: llamaCppLevers(task, {
      layers: (description) => layersOf(known, description),
      cache: (state) => cacheBytes(known, state, task),
    }),
    seconds: (state) => secondsOf(known, state, task),
    mayFit: (state) => mayFit(known, state, task),
    ledger: (state) => ledgerOf(known, state, task),
    needs: (ledger) => llamaCppNeeds(ledger, task),
    said: saidOffload,
    shrink,
    grow,
  };
}
