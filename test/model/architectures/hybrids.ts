import type { Header } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";
import { mamba2Tensors, mambaTensors, stateSettings } from "./recurrent.ts";
import type { StateSizes } from "./recurrent.ts";

/** A hybrid: which layers attend, and the sizes of the others. */
export interface HybridOptions extends StateSizes {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly attends: (layer: number) => boolean;
  readonly feedForward: number;
}

function attentionSettings(build: HeaderBuilder, options: HybridOptions, headWidth: number): void {
  const perLayer = (count: number): readonly number[] =>
    Array.from({ length: options.layers }, (_, layer) => (options.attends(layer) ? count : 0));
  build.set({
    "attention.head_count": options.heads,
    "attention.head_count_kv": perLayer(options.keyValueHeads),
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
    "rope.dimension_count": headWidth,
    feed_forward_length: options.feedForward,
  });
}

function attentionTensors(
  build: HeaderBuilder,
  layer: number,
  options: HybridOptions,
  headWidth: number,
): void {
  const { width } = options;
  build.layer(layer, "attn_q.weight", width, options.heads * headWidth);
  build.layer(layer, "attn_k.weight", width, options.keyValueHeads * headWidth);
  build.layer(layer, "attn_v.weight", width, options.keyValueHeads * headWidth);
  build.layer(layer, "attn_output.weight", options.heads * headWidth, width);
}

function feedForward(
  build: HeaderBuilder,
  layer: number,
  width: number,
  inner: number,
  normName = "ffn_norm.weight",
): void {
  build.layer(layer, normName, width);
  for (const name of ["gate", "up"]) build.layer(layer, `ffn_${name}.weight`, width, inner);
  build.layer(layer, "ffn_down.weight", inner, width);
}

/** Jamba: Mamba with norms, and experts in every second layer. */
export function jamba(options: HybridOptions & { readonly experts: number }): Header {
  const build = new HeaderBuilder("jamba", options);
  const { width } = options;
  stateSettings(build, options);
  attentionSettings(build, options, width / options.heads);
  build.set({ expert_count: options.experts, expert_used_count: 2 });
  build.ends();
  for (let layer = 0; layer < options.layers; layer++) {
    build.layer(layer, "attn_norm.weight", width);
    if (options.attends(layer)) attentionTensors(build, layer, options, width / options.heads);
    else mambaTensors(build, layer, options, true);
    if (layer % 2 === 0) {
      feedForward(build, layer, width, options.feedForward);
      continue;
    }
    build.layer(layer, "ffn_norm.weight", width);
    build.layer(layer, "ffn_gate_inp.weight", width, options.experts);
    for (const name of ["gate", "up"])
      build.layer(layer, `ffn_${name}_exps.weight`, width, options.feedForward, options.experts);
    build.layer(layer, "ffn_down_exps.weight", options.feedForward, width, options.experts);
  }
  return build.done();
}

/** Granite 4 hybrid: Mamba 2 and attention without RoPE, with scaled residuals. */
export function graniteHybrid(options: HybridOptions): Header {
  const build = new HeaderBuilder("granitehybrid", options);
  stateSettings(build, options);
  attentionSettings(build, options, options.width / options.heads);
  build.set({
    "rope.scaling.finetuned": false,
    embedding_scale: 12,
    residual_scale: 0.22,
    logit_scale: 8,
    "attention.scale": 0.0078125,
  });
  build.ends({ tied: true });
  for (let layer = 0; layer < options.layers; layer++) {
    build.layer(layer, "attn_norm.weight", options.width);
    if (options.attends(layer)) attentionTensors(build, layer, options, options.width / options.heads);
    else mamba2Tensors(build, layer, options);
    feedForward(build, layer, options.width, options.feedForward);
  }
  return build.done();
}

/** Nemotron-H: each layer is either Mamba 2, attention or a feed-forward part. */
export function nemotronH(options: HybridOptions & { readonly dense: (layer: number) => boolean }): Header {
  const build = new HeaderBuilder("nemotron_h", options);
  stateSettings(build, options);
  attentionSettings(build, options, 128);
  build.set({
    "attention.layer_norm_epsilon": 1e-5,
    feed_forward_length: Array.from({ length: options.layers }, (_, layer) =>
      options.dense(layer) ? options.feedForward : 0,
    ),
  });
  build.ends();
  for (let layer = 0; layer < options.layers; layer++) {
    build.layer(layer, "attn_norm.weight", options.width);
    if (options.dense(layer)) {
      build.layer(layer, "ffn_up.weight", options.width, options.feedForward);
      build.layer(layer, "ffn_down.weight", options.feedForward, options.width);
    } else if (options.attends(layer)) attentionTensors(build, layer, options, 128);
    else mamba2Tensors(build, layer, options);
  }
  return build.done();
}

/** Falcon-H1: attention and Mamba 2 in parallel in every layer. */
export function falconH1(options: HybridOptions): Header {
  const build = new HeaderBuilder("falcon-h1", options);
  stateSettings(build, options);
  attentionSettings(build, options, 64);
  build.ends();
  for (let layer = 0; layer < options.layers; layer++) {
    build.layer(layer, "attn_norm.weight", options.width);
    attentionTensors(build, layer, options, 64);
    mamba2Tensors(build, layer, options);
    feedForward(build, layer, options.width, options.feedForward, "ffn_norm");
  }
  return build.done();
}

/** LFM2: short convolutions, and attention in the listed layers. */
export function lfm2(options: Omit<HybridOptions, keyof StateSizes> & CommonSizes): Header {
  const build = new HeaderBuilder("lfm2", options);
  const { width } = options;
  const headWidth = width / options.heads;
  attentionSettings(build, { ...options, inner: 0, state: 0, rank: 0, kernel: 0 }, headWidth);
  build.set({ "shortconv.l_cache": 3, "attention.layer_norm_rms_epsilon": 1e-5 });
  build.ends({ tied: true, norm: "token_embd_norm" });
  for (let layer = 0; layer < options.layers; layer++) {
    build.layer(layer, "attn_norm.weight", width);
    if (options.attends(layer)) {
      attentionTensors(build, layer, { ...options, inner: 0, state: 0, rank: 0, kernel: 0 }, headWidth);
      build.layer(layer, "attn_q_norm.weight", headWidth);
      build.layer(layer, "attn_k_norm.weight", headWidth);
    } else {
      build.layer(layer, "shortconv.conv.weight", 3, width);
      build.layer(layer, "shortconv.in_proj.weight", width, 3 * width);
      build.layer(layer, "shortconv.out_proj.weight", width, width);
    }
    feedForward(build, layer, width, options.feedForward);
  }
  return build.done();
}

/** Qwen3-Next: gated delta nets, gated attention in every fourth layer, routed experts and a shared one. */
export function qwen3next(
  options: HybridOptions & { readonly experts: number; readonly used: number },
): Header {
  const build = new HeaderBuilder("qwen3next", options);
  const { width, inner, state, kernel, rank } = options;
  const groups = options.groups ?? 16;
  const headWidth = 256;
  stateSettings(build, options);
  attentionSettings(build, options, headWidth);
  build.set({
    "attention.head_count_kv": options.keyValueHeads,
    "rope.dimension_count": 64,
    expert_count: options.experts,
    expert_used_count: options.used,
    expert_feed_forward_length: options.feedForward,
    expert_shared_feed_forward_length: options.feedForward,
  });
  build.ends();
  for (let layer = 0; layer < options.layers; layer++) {
    build.layer(layer, "attn_norm.weight", width);
    build.layer(layer, "post_attention_norm.weight", width);
    if (options.attends(layer)) {
      build.layer(layer, "attn_q.weight", width, options.heads * headWidth * 2);
      build.layer(layer, "attn_k.weight", width, options.keyValueHeads * headWidth);
      build.layer(layer, "attn_v.weight", width, options.keyValueHeads * headWidth);
      build.layer(layer, "attn_output.weight", options.heads * headWidth, width);
      build.layer(layer, "attn_q_norm.weight", headWidth);
      build.layer(layer, "attn_k_norm.weight", headWidth);
    } else {
      const key = groups * state;
      build.layer(layer, "attn_qkv.weight", width, 2 * key + inner);
      build.layer(layer, "attn_gate.weight", width, inner);
      build.layer(layer, "ssm_conv1d.weight", kernel, 2 * key + inner);
      build.layer(layer, "ssm_dt.bias", rank);
      build.layer(layer, "ssm_a", rank);
      build.layer(layer, "ssm_ba.weight", width, 2 * rank);
      build.layer(layer, "ssm_norm.weight", inner / rank);
      build.layer(layer, "ssm_out.weight", inner, width);
    }
    build.layer(layer, "ffn_gate_inp.weight", width, options.experts);
    build.layer(layer, "ffn_gate_inp_shexp.weight", width);
    for (const name of ["gate", "up"]) {
      build.layer(layer, `ffn_${name}_exps.weight`, width, options.feedForward, options.experts);
      build.layer(layer, `ffn_${name}_shexp.weight`, width, options.feedForward);
    }
    build.layer(layer, "ffn_down_exps.weight", options.feedForward, width, options.experts);
    build.layer(layer, "ffn_down_shexp.weight", options.feedForward, width);
  }
  return build.done();
}
