import type { AttentionDescription, LayerDescription } from "../../model-description.ts";
import type { ConfigFamily } from "../../families/config-family.ts";
import { adjustGemma4Attention } from "./gemma.ts";
import { readCount, readCounts, readFlag, readWords } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

/** Returns whether a layer has a window. In each period the last layer has full attention; in a pattern of letters, G has. */
function isWindowedByPeriod(config: Config, index: number): boolean {
  const pattern = config["sliding_window_pattern"] ?? config["_sliding_window_pattern"];
  if (typeof pattern === "string") return pattern[index % pattern.length] !== "G";
  const period = readCount(config, "sliding_window_pattern", "_sliding_window_pattern") ?? 1;
  return (index + 1) % Math.max(1, period) !== 0;
}

/** Returns whether a layer sees only its window, by the family's rule. */
function isWindowed(config: Config, family: ConfigFamily | undefined, index: number): boolean {
  if (family?.window === "all") return true;
  if (family?.window === "period") return isWindowedByPeriod(config, index);
  if (family?.window === "period-first")
    return index % Math.max(1, readCount(config, "global_attn_every_n_layers") ?? 4) !== 0;
  if (readFlag(config, "use_sliding_window") !== true) return false;
  const border = readCount(config, "max_window_layers") ?? 0;
  if (family?.window === "unrotated") {
    const interval = Math.max(1, readCount(config, "no_rope_layer_interval") ?? 4);
    return (readCounts(config, "no_rope_layers")?.[index] ?? (index + 1) % interval) === 0;
  }
  if (family?.window === "even-to-layer") return index % 2 === 0 && index < border;
  return family?.window === "from-layer" && index >= border;
}

/** Reads the window of a layer from `layer_types`, else by the family's rule; undefined for a layer that sees everything. */
function readWindow(config: Config, family: ConfigFamily | undefined, index: number): number | undefined {
  const listed = readWords(config, "layer_types");
  const window = readCount(config, "sliding_window", "attention_window_size", "local_attention");
  const chunk = readCount(config, "attention_chunk_size");
  // Gemma 4's last layer sees everything, whatever the file lists.
  if (family?.gguf === "gemma4" && index + 1 === readCount(config, "num_hidden_layers")) return undefined;
  if (listed?.[index] !== undefined) {
    if (listed[index] === "sliding_attention") return window;
    return listed[index] === "chunked_attention" ? chunk : undefined;
  }
  if (family?.window === "chunked") {
    const rope = readCounts(config, "no_rope_layers");
    const chunked = rope === undefined || rope.length === 0 ? (index + 1) % 4 !== 0 : rope[index] !== 0;
    return chunked ? (chunk ?? 8192) : undefined;
  }
  if (window === undefined || window === 0 || readFlag(config, "use_sliding_window") === false)
    return undefined;
  return isWindowed(config, family, index) ? window : undefined;
}

function readHeads(config: Config, index: number): { heads: number; keyValueHeads: number } | undefined {
  const perLayer = readCounts(config, "num_attention_heads");
  const heads =
    perLayer?.[index] ??
    readCount(config, "num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads");
  if (heads === undefined || heads === 0) return undefined;
  const single = readFlag(config, "multi_query") === true;
  // Falcon's first files list unused heads: all query heads share one key and value head, or each has its own.
  if (config["model_type"] === "falcon" && readFlag(config, "new_decoder_architecture") !== true)
    return { heads, keyValueHeads: single ? 1 : heads };
  if (config["model_type"] === "xglm") return { heads, keyValueHeads: heads };
  if (config["model_type"] === "gpt_bigcode") return { heads, keyValueHeads: single ? 1 : heads };
  const keyValueHeads =
    readCounts(config, "num_key_value_heads")?.[index] ??
    readCount(config, "num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num") ??
    (single ? 1 : heads);
  return { heads, keyValueHeads };
}

function readLatentAttention(
  config: Config,
  width: number,
  heads: number,
  rank: number,
): AttentionDescription {
  const ropeWidth = readCount(config, "qk_rope_head_dim") ?? 64;
  const chosen = readCount(config, "index_n_heads");
  return {
    heads,
    keyValueHeads: heads,
    keyWidth: (readCount(config, "qk_nope_head_dim") ?? 128) + ropeWidth,
    valueWidth:
      readCount(config, "v_head_dim") ??
      (config["model_type"] === "minicpm3" ? Math.floor(width / heads) : 128),
    latent: { rank, ropeWidth, queryRank: readCount(config, "q_lora_rank") },
    indexer:
      chosen === undefined || chosen === 0
        ? undefined
        : { heads: chosen, width: readCount(config, "index_head_dim") ?? 128 },
  };
}

/** Reads the attention of one layer; undefined if config.json does not give its heads. */
export function readAttention(
  config: Config,
  family: ConfigFamily | undefined,
  width: number,
  index: number,
): AttentionDescription | undefined {
  const heads = readHeads(config, index);
  if (heads === undefined) return undefined;
  const window = readWindow(config, family, index);
  const rank = readCount(config, "kv_lora_rank");
  if (rank !== undefined) return { ...readLatentAttention(config, width, heads.heads, rank), window };
  const headWidth =
    readCount(config, "head_dim", "attention_head_dim", "d_kv", "kv_channels") ??
    Math.floor((family?.gguf === "zamba2" ? 2 * width : width) / heads.heads);
  const attention = { ...heads, keyWidth: headWidth, valueWidth: headWidth, window };
  return family?.gguf === "gemma4" ? adjustGemma4Attention(config, attention, index) : attention;
}

/** Finds the layer whose cache one of the last `num_kv_shared_layers` reads: the last of the same kind before them. */
export function findSharedCache(
  layers: readonly LayerDescription[],
  shared: number,
  index: number,
): number | undefined {
  const first = layers.length - shared;
  if (shared === 0 || index < first) return undefined;
  const windowed = layers[index]?.attention?.window !== undefined;
  const before = layers.slice(0, first).map((layer) => layer.attention?.window !== undefined);
  const found = before.lastIndexOf(windowed);
  return found === -1 ? undefined : found;
}
