import type { AttentionSpec, ExpertSpec, LayerSpec } from "../spec.ts";
import type { ConfigFamily } from "./config-families.ts";
import { recurrentOf } from "./config-recurrent.ts";
import { count, counts, truth, words, type Config } from "./config-values.ts";

type LayerKind = LayerSpec["kind"];

const recurrentTypes: ReadonlySet<string> = new Set([
  "mamba",
  "linear_attention",
  "conv",
  "recurrent",
  "mamba2",
]);
const recurrentFamilies: ReadonlySet<string> = new Set(["mamba", "mamba2", "falcon_mamba"]);

/** What each layer is, where config.json lists it or the family has a rule. */
function layerKinds(config: Config, modelType: string, layers: number): readonly LayerKind[] {
  const listed = words(config, "layer_types") ?? words(config, "layers_block_type");
  const pattern = config["hybrid_override_pattern"];
  const attentionAt = counts(config, "full_attn_idxs");
  const interval = count(config, "full_attention_interval") ?? (modelType === "qwen3_next" ? 4 : undefined);
  const period = count(config, "attn_layer_period");
  const offset = count(config, "attn_layer_offset") ?? 0;
  return Array.from({ length: layers }, (_, index): LayerKind => {
    if (modelType === "falcon_h1") return "both";
    if (recurrentFamilies.has(modelType)) return "recurrent";
    if (typeof pattern === "string")
      return pattern[index] === "M" ? "recurrent" : pattern[index] === "*" ? "attention" : "none";
    if (listed !== undefined) return recurrentTypes.has(listed[index] ?? "") ? "recurrent" : "attention";
    if (attentionAt !== undefined) return attentionAt.includes(index) ? "attention" : "recurrent";
    if (interval !== undefined) return (index + 1) % interval === 0 ? "attention" : "recurrent";
    if (period !== undefined) return index % period === offset ? "attention" : "recurrent";
    return "attention";
  });
}

/** The window of a layer: what `layer_types` says, else the family's rule. Undefined: everything is seen. */
function windowOf(config: Config, family: ConfigFamily | undefined, index: number): number | undefined {
  const listed = words(config, "layer_types");
  const window = count(config, "sliding_window");
  const chunk = count(config, "attention_chunk_size");
  if (listed !== undefined) {
    if (listed[index] === "sliding_attention") return window;
    return listed[index] === "chunked_attention" ? chunk : undefined;
  }
  if (family?.window === "chunked") {
    const rope = counts(config, "no_rope_layers");
    const chunked = rope === undefined || rope.length === 0 ? (index + 1) % 4 !== 0 : rope[index] !== 0;
    return chunked ? (chunk ?? 8192) : undefined;
  }
  if (window === undefined || window === 0 || truth(config, "use_sliding_window") === false) return undefined;
  if (family?.window === "all") return window;
  if (family?.window === "period") {
    const period = count(config, "sliding_window_pattern", "_sliding_window_pattern") ?? 1;
    return (index + 1) % Math.max(1, period) === 0 ? undefined : window;
  }
  if (family?.window === "from-layer") {
    const asked = truth(config, "use_sliding_window") === true;
    return asked && index >= (count(config, "max_window_layers") ?? 0) ? window : undefined;
  }
  return undefined;
}

function headsOf(config: Config, index: number): { heads: number; keyValueHeads: number } | undefined {
  const perLayer = counts(config, "num_attention_heads");
  const heads = perLayer?.[index] ?? count(config, "num_attention_heads", "n_head", "n_heads", "num_heads");
  if (heads === undefined || heads === 0) return undefined;
  const single = truth(config, "multi_query") === true;
  // Falcon's first files list heads that are not used: one key and one value head serve all
  if (config["model_type"] === "falcon" && single && truth(config, "new_decoder_architecture") !== true)
    return { heads, keyValueHeads: 1 };
  const keyValueHeads =
    counts(config, "num_key_value_heads")?.[index] ??
    count(config, "num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num") ??
    (single ? 1 : heads);
  return { heads, keyValueHeads };
}

function attentionOf(
  config: Config,
  family: ConfigFamily | undefined,
  width: number,
  index: number,
): AttentionSpec | undefined {
  const heads = headsOf(config, index);
  if (heads === undefined) return undefined;
  const window = windowOf(config, family, index);
  const rank = count(config, "kv_lora_rank");
  if (rank !== undefined) {
    const ropeWidth = count(config, "qk_rope_head_dim") ?? 64;
    return {
      heads: heads.heads,
      keyValueHeads: heads.heads,
      keyWidth: (count(config, "qk_nope_head_dim") ?? 128) + ropeWidth,
      valueWidth: count(config, "v_head_dim") ?? 128,
      window,
      latent: { rank, ropeWidth, queryRank: count(config, "q_lora_rank") },
    };
  }
  const headWidth =
    count(config, "head_dim", "attention_head_dim", "d_kv", "kv_channels") ?? Math.floor(width / heads.heads);
  return { ...heads, keyWidth: headWidth, valueWidth: headWidth, window };
}

/** True for a layer whose feed-forward part is made of experts. */
function hasExperts(config: Config, index: number): boolean {
  const pattern = config["hybrid_override_pattern"];
  if (typeof pattern === "string") return pattern[index] === "E";
  const dense = count(config, "first_k_dense_replace", "num_dense_layers") ?? 0;
  if (index < dense || (counts(config, "mlp_only_layers") ?? []).includes(index)) return false;
  const step = count(config, "decoder_sparse_step", "moe_layer_freq", "interleave_moe_layer_step");
  if (config["model_type"] === "jamba") {
    const period = Math.max(1, count(config, "expert_layer_period") ?? 2);
    return index % period === (count(config, "expert_layer_offset") ?? 1);
  }
  if (step === undefined || step <= 1) return true;
  const first = count(config, "moe_layer_freq") === undefined ? index + 1 : index;
  return first % step === 0;
}

function expertsOf(config: Config): ExpertSpec | undefined {
  const experts = count(config, "n_routed_experts", "num_local_experts", "num_experts", "moe_num_experts");
  // a dense model's widths may be a list (Gemma 3n)
  if (experts === undefined || experts <= 1) return undefined;
  const width = count(config, "moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size");
  if (width === undefined) return undefined;
  const each = count(config, "moe_intermediate_size") ?? width;
  const shared = count(config, "n_shared_experts", "num_shared_experts");
  const sharedWidth =
    count(
      config,
      "shared_expert_intermediate_size",
      "shared_intermediate_size",
      "moe_shared_expert_intermediate_size",
    ) ??
    (shared === undefined ? undefined : shared * each) ??
    (config["interleave_moe_layer_step"] === undefined ? undefined : each);
  return {
    count: experts,
    used: count(config, "num_experts_per_tok", "num_experts_per_token", "moe_k", "moe_topk", "top_k") ?? 1,
    width,
    sharedWidth: sharedWidth === 0 ? undefined : sharedWidth,
  };
}

/** The layer whose cache the last `num_kv_shared_layers` read: the last of the same kind before them. */
function sharedCache(layers: readonly LayerSpec[], shared: number, index: number): number | undefined {
  const first = layers.length - shared;
  if (shared === 0 || index < first) return undefined;
  const windowed = layers[index]?.attention?.window !== undefined;
  const before = layers.slice(0, first).map((layer) => layer.attention?.window !== undefined);
  const found = before.lastIndexOf(windowed);
  return found === -1 ? undefined : found;
}

/** LFM2 gives a width that is cut to two thirds, multiplied and rounded up (transformers 4.57, `Lfm2MLP`). */
function shortConvolutionWidth(config: Config): number | undefined {
  const given = count(config, "block_ff_dim", "intermediate_size");
  if (given === undefined || truth(config, "block_auto_adjust_ff_dim") === false) return given;
  const factor = config["block_ffn_dim_multiplier"];
  const cut = Math.floor((2 * given) / 3);
  const scaled = typeof factor === "number" ? Math.floor(factor * cut) : cut;
  const multiple = Math.max(1, count(config, "block_multiple_of") ?? 256);
  return multiple * Math.ceil(scaled / multiple);
}

function feedForwardWidth(config: Config, width: number, index: number): number | undefined {
  const listed = counts(config, "intermediate_size");
  if (listed !== undefined) return listed[index];
  const modelType = String(config["model_type"]);
  if (modelType === "lfm2") return shortConvolutionWidth(config);
  if (modelType === "granitemoehybrid") {
    const shared = count(config, "shared_intermediate_size");
    if (shared !== undefined) return shared;
  }
  const given = count(
    config,
    "intermediate_size_mlp",
    "intermediate_size",
    "n_inner",
    "ffn_dim",
    "ffn_hidden_size",
  );
  return given ?? (["gpt2", "bloom", "gpt_bigcode", "falcon"].includes(modelType) ? 4 * width : undefined);
}

function oneLayer(
  config: Config,
  family: ConfigFamily | undefined,
  kind: LayerKind,
  width: number,
  index: number,
): LayerSpec {
  const modelType = String(config["model_type"]);
  const attends = kind === "attention" || kind === "both";
  const recurs = kind === "recurrent" || kind === "both";
  const pattern = config["hybrid_override_pattern"];
  const onlyMixer = recurrentFamilies.has(modelType) || (typeof pattern === "string" && kind !== "none");
  const experts = onlyMixer || !hasExperts(config, index) ? undefined : expertsOf(config);
  return {
    kind,
    attention: attends ? attentionOf(config, family, width, index) : undefined,
    recurrent: recurs ? recurrentOf(config, modelType, width) : undefined,
    feedForwardWidth: onlyMixer || experts !== undefined ? undefined : feedForwardWidth(config, width, index),
    experts,
  };
}

/** The layers of a text model, those that predict further tokens last. */
export function configLayers(
  config: Config,
  family: ConfigFamily | undefined,
  layerCount: number,
  width: number,
): readonly LayerSpec[] {
  const kinds = layerKinds(config, String(config["model_type"]), layerCount);
  const layers = kinds.map((kind, index) => oneLayer(config, family, kind, width, index));
  const shared = count(config, "num_kv_shared_layers") ?? 0;
  const main = layers.map((layer, index): LayerSpec => {
    const source = sharedCache(layers, shared, index);
    return source === undefined || layer.attention === undefined
      ? layer
      : { ...layer, attention: { ...layer.attention, sharesCacheOf: source } };
  });
  const last = main.at(-1);
  const predicting = last === undefined ? 0 : (count(config, "num_nextn_predict_layers") ?? 0);
  return [
    ...main,
    ...Array.from({ length: Math.min(predicting, 64) }, (): LayerSpec => ({
      ...last,
      kind: last?.kind ?? "none",
      prediction: true,
    })),
  ];
}
