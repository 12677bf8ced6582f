import type { Header } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

/** Experts after leading dense layers, one of them shared. */
interface Experts {
  readonly count: number;
  readonly used: number;
  readonly width: number;
  readonly dense: number;
  readonly feedForward: number;
}

function expertSettings(build: HeaderBuilder, experts: Experts, gating: number): void {
  build.set({
    feed_forward_length: experts.feedForward,
    expert_count: experts.count,
    expert_used_count: experts.used,
    expert_shared_count: 1,
    expert_feed_forward_length: experts.width,
    expert_weights_norm: true,
    expert_weights_scale: 2.5,
    expert_gating_func: gating,
    leading_dense_block_count: experts.dense,
    "attention.layer_norm_rms_epsilon": 1e-6,
  });
}

/** Adds gate, up and down of a feed-forward part. */
function addFeedForward(
  build: HeaderBuilder,
  layer: number,
  width: number,
  inner: number,
  suffix = "",
): void {
  for (const name of ["gate", "up"]) build.layer(layer, `ffn_${name}${suffix}.weight`, width, inner);
  build.layer(layer, `ffn_down${suffix}.weight`, inner, width);
}

function addExperts(build: HeaderBuilder, layer: number, experts: Experts, inside = build.sizes.width): void {
  const { width } = build.sizes;
  build.layer(layer, "ffn_gate_inp.weight", width, experts.count);
  for (const name of ["gate", "up"])
    build.layer(layer, `ffn_${name}_exps.weight`, inside, experts.width, experts.count);
  build.layer(layer, "ffn_down_exps.weight", experts.width, inside, experts.count);
  addFeedForward(build, layer, width, experts.width, "_shexp");
}

function vectors(build: HeaderBuilder, layer: number, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) build.layer(layer, name, size);
}

function matrices(
  build: HeaderBuilder,
  layer: number,
  sizes: Readonly<Record<string, readonly number[]>>,
): void {
  for (const [name, shape] of Object.entries(sizes)) build.layer(layer, `${name}.weight`, ...shape);
}

/** MiniMax M3: an indexer with one head per key-value head chooses blocks of positions. */
export function minimaxM3(
  sizes: CommonSizes & {
    readonly heads: number;
    readonly keyValueHeads: number;
    readonly headWidth: number;
    readonly block: number;
    readonly chosen: number;
    readonly experts: Experts;
  },
): Header {
  const build = new HeaderBuilder("minimax-m3", sizes);
  const { width, heads, keyValueHeads, headWidth, experts } = sizes;
  expertSettings(build, experts, 2);
  build.set({
    "attention.head_count": heads,
    "attention.head_count_kv": keyValueHeads,
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
    "rope.dimension_count": headWidth / 2,
    "attention.indexer.head_count": keyValueHeads,
    "attention.indexer.key_length": headWidth,
    "attention.indexer.top_k": sizes.chosen,
    "attention.indexer.block_size": sizes.block,
    "attention.indexer.local_blocks": 1,
  });
  build.ends();
  for (let layer = 0; layer < sizes.layers; layer++) {
    const keys = keyValueHeads * headWidth;
    vectors(build, layer, { "attn_norm.weight": width, "ffn_norm.weight": width });
    vectors(build, layer, { "attn_q_norm.weight": headWidth, "attn_k_norm.weight": headWidth });
    matrices(build, layer, {
      attn_q: [width, heads * headWidth],
      attn_k: [width, keys],
      attn_v: [width, keys],
      attn_output: [heads * headWidth, width],
    });
    if (layer < experts.dense) addFeedForward(build, layer, width, experts.feedForward);
    else {
      matrices(build, layer, { "indexer.q_proj": [width, keys], "indexer.k_proj": [width, headWidth] });
      vectors(build, layer, { "indexer.q_norm.weight": headWidth, "indexer.k_norm.weight": headWidth });
      vectors(build, layer, { "exp_probs_b.bias": experts.count });
      addExperts(build, layer, experts);
    }
  }
  return build.done();
}

function deepSeek4Layer(build: HeaderBuilder, layer: number, sizes: DeepSeek4Sizes, ratio: number): void {
  const { width, heads, headWidth, queryRank, outputRank, groups, indexHeads, indexWidth } = sizes;
  vectors(build, layer, {
    "attn_norm.weight": width,
    "ffn_norm.weight": width,
    "attn_sinks.weight": heads,
    "attn_q_a_norm.weight": queryRank,
    "attn_kv_a_norm.weight": headWidth,
  });
  matrices(build, layer, {
    attn_q_a: [width, queryRank],
    attn_q_b: [queryRank, heads * headWidth],
    attn_kv: [width, headWidth],
    attn_output_a: [(heads * headWidth) / groups, outputRank, groups],
    attn_output_b: [groups * outputRank, width],
  });
  for (const name of ["hc_attn", "hc_ffn"]) {
    matrices(build, layer, { [`${name}_fn`]: [4 * width, 24] });
    vectors(build, layer, { [`${name}_base.weight`]: 24, [`${name}_scale.weight`]: 3 });
  }
  const compressor = (name: string, inner: number, own: number): void => {
    matrices(build, layer, {
      [`${name}_compressor_kv`]: [width, inner],
      [`${name}_compressor_gate`]: [width, inner],
      [`${name}_compressor_ape`]: [inner, ratio],
    });
    vectors(build, layer, { [`${name}_compressor_norm.weight`]: own });
  };
  if (ratio > 0) compressor("attn", (ratio === 4 ? 2 : 1) * headWidth, headWidth);
  if (ratio !== 4) return;
  compressor("indexer", 2 * indexWidth, indexWidth);
  matrices(build, layer, {
    "indexer.proj": [width, indexHeads],
    "indexer.attn_q_b": [queryRank, indexHeads * indexWidth],
  });
}

interface DeepSeek4Sizes extends CommonSizes {
  readonly heads: number;
  readonly headWidth: number;
  readonly queryRank: number;
  readonly outputRank: number;
  readonly groups: number;
  readonly indexHeads: number;
  readonly indexWidth: number;
  readonly chosen: number;
  readonly window: number;
  /** Tokens per compressed row in each layer: 0, 4 or 128. */
  readonly ratios: readonly number[];
  /** Layers that choose their experts by the token id. */
  readonly hashed: number;
  readonly experts: Experts;
}

/**
 * DeepSeek V4: a window, compressed rows of older tokens, four residual streams, and experts chosen by token id in the
 * first layers.
 */
export function deepSeek4(sizes: DeepSeek4Sizes): Header {
  const build = new HeaderBuilder("deepseek4", sizes);
  const { width, experts } = sizes;
  expertSettings(build, experts, 4);
  build.set({
    "attention.head_count": sizes.heads,
    "attention.head_count_kv": 1,
    "attention.key_length": sizes.headWidth,
    "attention.value_length": sizes.headWidth,
    "attention.q_lora_rank": sizes.queryRank,
    "attention.sliding_window": sizes.window,
    "rope.dimension_count": 64,
    swiglu_clamp_exp: sizes.ratios.map(() => 10.5),
    "attention.indexer.head_count": sizes.indexHeads,
    "attention.indexer.key_length": sizes.indexWidth,
    "attention.indexer.top_k": sizes.chosen,
    "attention.output_group_count": sizes.groups,
    "attention.output_lora_rank": sizes.outputRank,
    "attention.compress_rope_freq_base": 160000.5,
    "attention.compress_ratios": sizes.ratios,
    "hyper_connection.count": 4,
    "hyper_connection.sinkhorn_iterations": 20,
    "hyper_connection.epsilon": 1e-6,
    hash_layer_count: sizes.hashed,
  });
  build.ends();
  build.add("output_hc_fn.weight", 4 * width, 4);
  build.add("output_hc_base.weight", 4);
  build.add("output_hc_scale.weight", 1);
  sizes.ratios.forEach((ratio, layer) => {
    deepSeek4Layer(build, layer, sizes, ratio);
    if (layer < sizes.hashed) {
      const name = `blk.${layer}.ffn_gate_tid2eid.weight`;
      build.tensors.push({ name, shape: [experts.used, sizes.vocabulary], type: "i32" });
    } else vectors(build, layer, { "exp_probs_b.bias": experts.count });
    addExperts(build, layer, experts);
  });
  return build.done();
}

interface KimiK3Sizes extends CommonSizes {
  readonly heads: number;
  readonly block: number;
  readonly latent: number;
  readonly experts: Experts;
  /** True for layers with latent attention; the others keep a state. */
  readonly attends: (layer: number) => boolean;
}

const kimi = { rank: 512, rotated: 64, plain: 128, value: 128, head: 128, queryRank: 1536 } as const;

function kimiAttention(build: HeaderBuilder, layer: number, sizes: KimiK3Sizes): void {
  const { width, heads } = sizes;
  const { rank, rotated, plain, value, head, queryRank } = kimi;
  if (sizes.attends(layer)) {
    vectors(build, layer, { "attn_q_a_norm.weight": queryRank, "attn_kv_a_norm.weight": rank });
    matrices(build, layer, {
      attn_q_a: [width, queryRank],
      attn_q_b: [queryRank, heads * (plain + rotated)],
      attn_kv_a_mqa: [width, rank + rotated],
      attn_k_b: [plain, rank, heads],
      attn_v_b: [rank, value, heads],
      attn_gate: [width, heads * value],
      attn_output: [heads * value, width],
    });
    return;
  }
  const inner = heads * head;
  for (const name of ["q", "k", "v"]) {
    build.layer(layer, `ssm_conv1d_${name}.weight`, 4, 1, inner, 1);
    build.layer(layer, `attn_${name}.weight`, width, inner);
  }
  matrices(build, layer, {
    ssm_f_a: [width, head],
    ssm_f_b: [head, inner],
    ssm_beta: [width, heads],
    ssm_g: [width, inner],
    attn_output: [inner, width],
  });
  vectors(build, layer, { ssm_a: heads, "ssm_dt.bias": inner, "ssm_norm.weight": head });
}

/** Kimi K3: delta and latent attention, kept inputs of blocks, and experts over a narrower stream. */
export function kimiK3(sizes: KimiK3Sizes): Header {
  const build = new HeaderBuilder("kimi-k3", sizes);
  const { width, heads, latent, experts } = sizes;
  expertSettings(build, experts, 2);
  const layers = Array.from({ length: sizes.layers }, (_, layer) => layer);
  build.set({
    "attention.head_count": layers.map(() => heads),
    "attention.head_count_kv": layers.map((layer) => (sizes.attends(layer) ? 1 : 0)),
    "attention.key_length": kimi.rank + kimi.rotated,
    "attention.value_length": kimi.rank,
    "attention.key_length_mla": kimi.plain + kimi.rotated,
    "attention.value_length_mla": kimi.value,
    "attention.q_lora_rank": kimi.queryRank,
    "attention.kv_lora_rank": kimi.rank,
    "rope.dimension_count": kimi.rotated,
    "ssm.conv_kernel": 4,
    "kda.head_dim": kimi.head,
    "kda.gate_lower_bound": -5.5,
    expert_latent_length: latent,
    "attn_res.block_size": sizes.block,
    "activation.situ_beta": 4.5,
    "activation.situ_linear_beta": 25.5,
  });
  build.ends();
  build.add("output_res_score.weight", width);
  for (const layer of layers) {
    const names = ["attn_norm", "ffn_norm", "attn_res_score", "ffn_res_score"];
    for (const name of names) build.layer(layer, `${name}.weight`, width);
    kimiAttention(build, layer, sizes);
    if (layer < experts.dense) addFeedForward(build, layer, width, experts.feedForward);
    else {
      vectors(build, layer, { "exp_probs_b.bias": experts.count, "ffn_routed_norm.weight": latent });
      matrices(build, layer, { ffn_routed_down: [width, latent], ffn_routed_up: [latent, width] });
      addExperts(build, layer, experts, latent);
    }
  }
  return build.done();
}
