import type {
  AttentionDescription,
  ExpertDescription,
  LayerDescription,
  RecurrentDescription,
} from "../model-description.ts";
import type { GgufFrame } from "./gguf-frame.ts";
import { markRecurrent, readRecurrentState } from "./recurrent.ts";
import { readCount, readFlags, readPerLayer, settingFault } from "./settings.ts";
import { readWindows } from "./windows.ts";
import type { LayerWindows } from "./windows.ts";

interface LayerFacts extends GgufFrame {
  readonly heads: readonly number[];
  readonly keyValueHeads: readonly number[];
  /** Feed-forward width of each layer, if the file gives them. */
  readonly widths: readonly number[] | undefined;
  readonly windows: LayerWindows;
  /** Which layers keep a recurrent state, and its size if the file gives it. */
  readonly recurrent: readonly boolean[];
  readonly state: RecurrentDescription | undefined;
}

/** Reads the layers of a GGUF model: heads, widths and kinds from its settings, feed-forward parts from its tensors. */
export function readLayers(frame: GgufFrame): readonly LayerDescription[] {
  const { settings, layers } = frame;
  const none = Array.from({ length: layers }, () => 0);
  const heads = readPerLayer(settings, "attention.head_count", layers) ?? none;
  const keyValueHeads = readPerLayer(settings, "attention.head_count_kv", layers) ?? heads;
  const windows = readWindows(frame);
  const widths = readPerLayer(settings, "feed_forward_length", layers);
  const recurrent = markRecurrent(frame, keyValueHeads, widths ?? none);
  const state = readRecurrentState(frame, heads[0] ?? 0);
  const facts: LayerFacts = { ...frame, heads, keyValueHeads, widths, windows, recurrent, state };
  return heads.map((_, index) => readLayer(facts, index));
}

function readLayer(facts: LayerFacts, index: number): LayerDescription {
  const rule = facts.family?.recurrent;
  const isRecurrent = facts.recurrent[index] === true;
  // A layer of Nemotron-H with a feed-forward part has nothing else, whatever heads the file lists.
  const isDense = rule === "zero-heads-and-width" && (facts.widths?.[index] ?? 0) > 0;
  const attends = (!isRecurrent || rule === "both") && !isDense;
  const attention = attends ? readAttention(facts, index) : undefined;
  const alone = attention === undefined ? "none" : "attention";
  const kind = isRecurrent ? (attention === undefined ? "recurrent" : "both") : alone;
  // The inner width: if gate and up are one tensor (Phi 3, GLM 4), that tensor has twice as many rows.
  const width =
    facts.tensors.get(`blk.${index}.ffn_down.weight`)?.shape[0] ??
    facts.tensors.get(`blk.${index}.ffn_up.weight`)?.shape[1];
  const experts = readExperts(facts, index);
  return {
    kind,
    attention,
    recurrent: isRecurrent ? facts.state : undefined,
    feedForwardWidth:
      width ?? (facts.tensors.size === 0 || experts === undefined ? facts.widths?.[index] : undefined),
    experts,
    ...(index >= facts.trunkLayers ? { prediction: true } : readPasses(facts)),
  };
}

function readPasses({ architecture, settings }: LayerFacts): Pick<LayerDescription, "passes"> {
  const loops = architecture === "nanbeige" ? (readCount(settings, "num_loops") ?? 1) : 1;
  return loops > 1 ? { passes: loops } : {};
}

function readAttention(facts: LayerFacts, index: number): AttentionDescription | undefined {
  const { settings } = facts;
  const heads = facts.heads[index] ?? 0;
  const keyValueHeads = facts.keyValueHeads[index] ?? 0;
  if (heads === 0 || keyValueHeads === 0) return undefined;
  const window = facts.windows[index];
  const suffix = window === undefined ? "" : "_swa";
  // The engine takes the default width from the first layer's heads, even if other layers have more.
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
    ...readLatent(facts, suffix, keyWidth),
    ...readSharedCache(facts, index),
    ...readIndexer(facts, index),
    ...readCompression(facts, index, keyWidth),
  };
}

function readLatent(
  facts: LayerFacts,
  suffix: string,
  keyWidth: number,
): Pick<AttentionDescription, "latent"> {
  const { settings } = facts;
  const rank =
    readCount(settings, `attention.kv_lora_rank${suffix}`) ?? readCount(settings, "attention.kv_lora_rank");
  const absorbed =
    (readCount(settings, "attention.key_length_mla") ?? 0) > 0 &&
    (readCount(settings, "attention.value_length_mla") ?? 0) > 0;
  if (rank === undefined || !absorbed) return {};
  const queryRank = readCount(settings, "attention.q_lora_rank");
  // A cached row is the latent and the part with positions.
  const ropeWidth = readCount(settings, "rope.dimension_count") ?? Math.max(0, keyWidth - rank);
  return { latent: { rank, ropeWidth, ...(queryRank === undefined ? {} : { queryRank }) } };
}

function readIndexer(facts: LayerFacts, index: number): Pick<AttentionDescription, "indexer"> {
  const { settings } = facts;
  const heads = readCount(settings, "attention.indexer.head_count");
  const width = readCount(settings, "attention.indexer.key_length");
  if (heads === undefined || width === undefined || heads === 0) return {};
  const dense = readCount(facts.settings, "leading_dense_block_count") ?? 0;
  if (facts.architecture === "minimax-m3" && index < dense) return {};
  const listed = readFlags(facts.settings, "attention.indexer.types", facts.trunkLayers);
  if (listed !== undefined && listed[index] === false) return {};
  // From GLM 5.2 on (a context of a million tokens) only every fourth layer chooses its tokens, unless the file lists them.
  const newer = facts.architecture === "glm-dsa" && (readCount(settings, "context_length") ?? 0) >= 2 ** 20;
  if (listed === undefined && newer && index >= 2 && (index - 2) % 4 !== 0) return {};
  return { indexer: { heads, width } };
}

/** Reads DeepSeek V4's cache: one row for keys and values, rows of several tokens behind the window, an indexer for the shorter ones. */
function readCompression(
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

/** Reads whose cache a layer uses (Gemma 3n and 4): that of the last layer of its kind that has one. */
function readSharedCache(facts: LayerFacts, index: number): Pick<AttentionDescription, "sharesCacheOf"> {
  const rule = facts.family?.cachedLayers;
  if (rule === undefined) return {};
  const shared = readCount(facts.settings, "attention.shared_kv_layers") ?? 0;
  const own = rule === "all-but-shared" ? facts.layers - shared : rule;
  if (index < own) return {};
  const from = own - (facts.windows[index] === undefined ? 1 : 2);
  if (from < 0)
    throw settingFault("attention.shared_kv_layers", String(shared), `fewer than all ${facts.layers} layers`);
  return { sharesCacheOf: from };
}

function readExperts(facts: LayerFacts, index: number): ExpertDescription | undefined {
  const { settings, tensors } = facts;
  const count = readCount(settings, "expert_count") ?? 0;
  if (count === 0) return undefined;
  const up =
    tensors.get(`blk.${index}.ffn_up_exps.weight`) ?? tensors.get(`blk.${index}.ffn_gate_exps.weight`);
  const merged = tensors.get(`blk.${index}.ffn_gate_up_exps.weight`)?.shape[1];
  if (tensors.size > 0 && up === undefined && merged === undefined) return undefined;
  const used = readPerLayer(settings, "expert_used_count", facts.layers)?.[index];
  // A list of them has 0 for layers without experts.
  if (used === 0 && Array.isArray(settings["expert_used_count"])) return undefined;
  if (used === 0 || (used !== undefined && used > count))
    throw settingFault("expert_used_count", String(used), `1 to all ${count} experts`);
  const listedWidth = readPerLayer(settings, "expert_feed_forward_length", facts.layers)?.[index];
  const width = up?.shape[1] ?? (merged === undefined ? listedWidth : merged / 2);
  if (used === undefined || width === undefined) return undefined;
  const shared = tensors.get(`blk.${index}.ffn_up_shexp.weight`)?.shape[1];
  return { count, used, width, ...(shared === undefined ? {} : { sharedWidth: shared }) };
}
