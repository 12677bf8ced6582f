import type {
  AttentionDescription,
  ExpertDescription,
  LayerDescription,
  RecurrentDescription,
  TensorDescription,
} from "../model-description.ts";
import { findLlamaCppFamily } from "../families/find-family.ts";
import { recurrentLayers, recurrentState } from "./recurrent.ts";
import { readCount, readFlags, readPerLayer, settingFault, type Settings } from "./settings.ts";
import { layerWindows, type LayerWindows } from "./windows.ts";

interface LayerFacts {
  readonly settings: Settings;
  readonly architecture: string;
  readonly layers: number;
  readonly trunkLayers: number;
  readonly embeddingWidth: number;
  readonly heads: readonly number[];
  readonly keyValueHeads: readonly number[];
  readonly windows: LayerWindows;
  readonly tensors: ReadonlyMap<string, TensorDescription>;
}

/** Layers of a GGUF model: heads, widths and kinds from its settings, feed-forward parts from its tensors. */
export function ggufLayers(
  architecture: string,
  settings: Settings,
  tensors: ReadonlyMap<string, TensorDescription>,
  layers: number,
  embeddingWidth: number,
): readonly LayerDescription[] {
  const prediction = readCount(settings, "nextn_predict_layers") ?? 0;
  if (prediction >= layers)
    throw settingFault("nextn_predict_layers", String(prediction), `fewer than all ${layers} layers`);
  const trunkLayers = layers - prediction;
  const none = Array.from({ length: layers }, () => 0);
  const heads = readPerLayer(settings, "attention.head_count", layers) ?? none;
  const keyValueHeads = readPerLayer(settings, "attention.head_count_kv", layers) ?? heads;
  const facts: LayerFacts = {
    settings,
    architecture,
    layers,
    trunkLayers,
    embeddingWidth,
    heads,
    keyValueHeads,
    windows: layerWindows(architecture, settings, layers, trunkLayers),
    tensors,
  };
  const widths = readPerLayer(settings, "feed_forward_length", layers);
  const recurrent = recurrentLayers(architecture, settings, keyValueHeads, widths ?? none, trunkLayers);
  const state = recurrentState(architecture, settings, embeddingWidth, heads[0] ?? 0);
  return heads.map((_, index) => layerOf(facts, index, recurrent[index] === true, state, widths));
}

/** `state` is that of a recurrent layer; undefined where the file does not give its size. */
function layerOf(
  facts: LayerFacts,
  index: number,
  isRecurrent: boolean,
  state: RecurrentDescription | undefined,
  widths: readonly number[] | undefined,
): LayerDescription {
  const rule = findLlamaCppFamily(facts.architecture)?.recurrent;
  // a layer of Nemotron-H with a feed-forward part has nothing else, whatever heads the file lists
  const dense = rule === "zero-heads-and-width" && (widths?.[index] ?? 0) > 0;
  const attends = (!isRecurrent || rule === "both") && !dense;
  const attention = attends ? attentionOf(facts, index) : undefined;
  const alone = attention === undefined ? "none" : "attention";
  const kind = isRecurrent ? (attention === undefined ? "recurrent" : "both") : alone;
  // the inner width: where gate and up are one tensor (Phi 3, GLM 4) its rows are twice as many
  const width =
    facts.tensors.get(`blk.${index}.ffn_down.weight`)?.shape[0] ??
    facts.tensors.get(`blk.${index}.ffn_up.weight`)?.shape[1];
  const experts = expertsOf(facts, index);
  return {
    kind,
    attention,
    recurrent: isRecurrent ? state : undefined,
    feedForwardWidth:
      width ?? (facts.tensors.size === 0 || experts === undefined ? widths?.[index] : undefined),
    experts,
    ...(index >= facts.trunkLayers ? { prediction: true } : passesOf(facts)),
  };
}

function passesOf({ architecture, settings }: LayerFacts): Pick<LayerDescription, "passes"> {
  const loops = architecture === "nanbeige" ? (readCount(settings, "num_loops") ?? 1) : 1;
  return loops > 1 ? { passes: loops } : {};
}

function attentionOf(facts: LayerFacts, index: number): AttentionDescription | undefined {
  const { settings } = facts;
  const heads = facts.heads[index] ?? 0;
  const keyValueHeads = facts.keyValueHeads[index] ?? 0;
  if (heads === 0 || keyValueHeads === 0) return undefined;
  const window = facts.windows[index];
  const suffix = window === undefined ? "" : "_swa";
  // the engine takes the default width from the first layer's heads, also where others have more
  const even = Math.floor(facts.embeddingWidth / (facts.heads.find((count) => count > 0) ?? heads));
  const keyWidth =
    readCount(settings, `attention.key_length${suffix}`) ??
    readCount(settings, "attention.key_length") ??
    even;
  const valueWidth =
    readCount(settings, `attention.value_length${suffix}`) ??
    readCount(settings, "attention.value_length") ??
    even;
  if (keyWidth === 0)
    throw settingFault("attention.head_count", String(heads), `up to the width of ${facts.embeddingWidth}`);
  return {
    heads,
    keyValueHeads,
    keyWidth,
    valueWidth,
    ...(window === undefined ? {} : { window }),
    ...latentOf(facts, suffix, keyWidth),
    ...sharedCache(facts, index),
    ...indexerOf(facts, index),
    ...compressionOf(facts, index, keyWidth),
  };
}

function latentOf(facts: LayerFacts, suffix: string, keyWidth: number): Pick<AttentionDescription, "latent"> {
  const { settings } = facts;
  const rank =
    readCount(settings, `attention.kv_lora_rank${suffix}`) ?? readCount(settings, "attention.kv_lora_rank");
  const absorbed =
    (readCount(settings, "attention.key_length_mla") ?? 0) > 0 &&
    (readCount(settings, "attention.value_length_mla") ?? 0) > 0;
  if (rank === undefined || !absorbed) return {};
  const queryRank = readCount(settings, "attention.q_lora_rank");
  // a cached row is the latent and the part with positions
  const ropeWidth = readCount(settings, "rope.dimension_count") ?? Math.max(0, keyWidth - rank);
  return { latent: { rank, ropeWidth, ...(queryRank === undefined ? {} : { queryRank }) } };
}

function indexerOf(facts: LayerFacts, index: number): Pick<AttentionDescription, "indexer"> {
  const { settings } = facts;
  const heads = readCount(settings, "attention.indexer.head_count");
  const width = readCount(settings, "attention.indexer.key_length");
  if (heads === undefined || width === undefined || heads === 0) return {};
  const dense = readCount(facts.settings, "leading_dense_block_count") ?? 0;
  if (facts.architecture === "minimax-m3" && index < dense) return {};
  const listed = readFlags(facts.settings, "attention.indexer.types", facts.trunkLayers);
  if (listed !== undefined && listed[index] === false) return {};
  // from GLM 5.2 on (a context of a million tokens) only every fourth layer chooses, unless the file lists them
  const newer = facts.architecture === "glm-dsa" && (readCount(settings, "context_length") ?? 0) >= 2 ** 20;
  if (listed === undefined && newer && index >= 2 && (index - 2) % 4 !== 0) return {};
  return { indexer: { heads, width } };
}

/** DeepSeek V4: one row for keys and values; rows of several tokens behind the window, an indexer for the shorter ones. */
function compressionOf(
  facts: LayerFacts,
  index: number,
  width: number,
): Pick<AttentionDescription, "compression" | "latent" | "indexer"> {
  const ratios = facts.settings["attention.compress_ratios"];
  if (facts.architecture !== "deepseek4" || !Array.isArray(ratios)) return {};
  const compression = Number(ratios[index] ?? 0);
  const latent = { rank: width, ropeWidth: 0, queryRank: readCount(facts.settings, "attention.q_lora_rank") };
  return { latent, compression, ...(compression === 4 ? {} : { indexer: undefined }) };
}

/** Gemma 3n and 4: the last layers read the cache of the last layer of their kind that has one. */
function sharedCache(facts: LayerFacts, index: number): Pick<AttentionDescription, "sharesCacheOf"> {
  const rule = findLlamaCppFamily(facts.architecture)?.cachedLayers;
  if (rule === undefined) return {};
  const shared = readCount(facts.settings, "attention.shared_kv_layers") ?? 0;
  const own = rule === "all-but-shared" ? facts.layers - shared : rule;
  if (index < own) return {};
  const from = own - (facts.windows[index] === undefined ? 1 : 2);
  if (from < 0)
    throw settingFault("attention.shared_kv_layers", String(shared), `fewer than all ${facts.layers} layers`);
  return { sharesCacheOf: from };
}

function expertsOf(facts: LayerFacts, index: number): ExpertDescription | undefined {
  const { settings, tensors } = facts;
  const count = readCount(settings, "expert_count") ?? 0;
  if (count === 0) return undefined;
  const up =
    tensors.get(`blk.${index}.ffn_up_exps.weight`) ?? tensors.get(`blk.${index}.ffn_gate_exps.weight`);
  const merged = tensors.get(`blk.${index}.ffn_gate_up_exps.weight`)?.shape[1];
  if (tensors.size > 0 && up === undefined && merged === undefined) return undefined;
  const used = readPerLayer(settings, "expert_used_count", facts.layers)?.[index];
  // a list of them has 0 for layers without experts
  if (used === 0 && Array.isArray(settings["expert_used_count"])) return undefined;
  if (used === 0 || (used !== undefined && used > count))
    throw settingFault("expert_used_count", String(used), `1 to all ${count} experts`);
  const listedWidth = readPerLayer(settings, "expert_feed_forward_length", facts.layers)?.[index];
  const width = up?.shape[1] ?? (merged === undefined ? listedWidth : merged / 2);
  if (used === undefined || width === undefined) return undefined;
  const shared = tensors.get(`blk.${index}.ffn_up_shexp.weight`)?.shape[1];
  return { count, used, width, ...(shared === undefined ? {} : { sharedWidth: shared }) };
}
