import type { Header, HeaderValue } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

/** A decoder: the optional tensors of its layers. */
export interface DecoderOptions extends CommonSizes {
  readonly heads: number | readonly number[];
  readonly keyValueHeads?: number | readonly number[];
  readonly headWidth?: number;
  readonly feedForward?: number | readonly number[];
  readonly tied?: boolean;
  readonly fused?: boolean;
  readonly biases?: boolean;
  readonly layerNorm?: boolean;
  readonly headNorms?: "heads" | "flat";
  readonly postNorms?: boolean;
  readonly gateless?: boolean;
  readonly noFeedForwardNorm?: boolean;
  readonly positions?: boolean;
  readonly sinks?: boolean;
  readonly experts?: {
    readonly count: number;
    readonly used: number;
    readonly width: number;
    readonly dense?: number;
    readonly shared?: number;
    readonly sharedGate?: boolean;
    readonly correction?: boolean;
    readonly biases?: boolean;
  };
  readonly settings?: Readonly<Record<string, HeaderValue>>;
}

function at(value: number | readonly number[], index: number): number {
  return typeof value === "number" ? value : (value[index] ?? 0);
}

function attention(build: HeaderBuilder, layer: number, options: DecoderOptions, width: number): void {
  const heads = at(options.heads, layer);
  const groups = at(options.keyValueHeads ?? options.heads, layer);
  if (heads === 0) return;
  const query = heads * width;
  const key = groups * width;
  const embedding = options.width;
  if (groups === 0) {
    build.layer(layer, "attn_output.weight", embedding, embedding);
    return;
  }
  if (options.fused === true) build.layer(layer, "attn_qkv.weight", embedding, query + 2 * key);
  else {
    build.layer(layer, "attn_q.weight", embedding, query);
    build.layer(layer, "attn_k.weight", embedding, key);
    build.layer(layer, "attn_v.weight", embedding, key);
  }
  if (options.biases === true) {
    if (options.fused === true) build.layer(layer, "attn_qkv.bias", query + 2 * key);
    else
      for (const [name, size] of [
        ["q", query],
        ["k", key],
        ["v", key],
      ] as const)
        build.layer(layer, `attn_${name}.bias`, size);
  }
  build.layer(layer, "attn_output.weight", query, embedding);
  if (options.headNorms !== undefined) {
    const flat = options.headNorms === "flat";
    build.layer(layer, "attn_q_norm.weight", flat ? query : width);
    build.layer(layer, "attn_k_norm.weight", flat ? key : width);
  }
  if (options.sinks === true) build.layer(layer, "attn_output.bias", embedding);
  if (options.sinks === true) build.layer(layer, "attn_sinks.weight", heads);
}

function experts(build: HeaderBuilder, layer: number, options: DecoderOptions): void {
  const parts = options.experts;
  if (parts === undefined) return;
  const { width } = options;
  build.layer(layer, "ffn_gate_inp.weight", width, parts.count);
  for (const name of ["gate", "up"])
    build.layer(layer, `ffn_${name}_exps.weight`, width, parts.width, parts.count);
  build.layer(layer, "ffn_down_exps.weight", parts.width, width, parts.count);
  if (parts.correction === true) build.layer(layer, "exp_probs_b.bias", parts.count);
  if (parts.biases === true) {
    build.layer(layer, "ffn_gate_inp.bias", parts.count);
    for (const name of ["gate", "up"]) build.layer(layer, `ffn_${name}_exps.bias`, parts.width, parts.count);
    build.layer(layer, "ffn_down_exps.bias", width, parts.count);
  }
  if (parts.shared !== undefined) {
    for (const name of ["gate", "up"]) build.layer(layer, `ffn_${name}_shexp.weight`, width, parts.shared);
    build.layer(layer, "ffn_down_shexp.weight", parts.shared, width);
    if (parts.sharedGate === true) build.layer(layer, "ffn_gate_inp_shexp.weight", width);
  }
}

/** Adds the dense part of a layer. */
export function denseFeedForward(
  build: HeaderBuilder,
  layer: number,
  options: DecoderOptions,
  inner: number,
): void {
  const { width } = options;
  if (inner === 0) return;
  if (options.gateless !== true) build.layer(layer, "ffn_gate.weight", width, inner);
  build.layer(layer, "ffn_up.weight", width, options.settings?.["fused_gate"] === 1 ? 2 * inner : inner);
  build.layer(layer, "ffn_down.weight", inner, width);
  if (options.biases === true && options.layerNorm === true) {
    build.layer(layer, "ffn_up.bias", inner);
    build.layer(layer, "ffn_down.bias", width);
    build.layer(layer, "attn_output.bias", width);
  }
}

function norms(build: HeaderBuilder, layer: number, options: DecoderOptions, name: string): void {
  build.layer(layer, `${name}.weight`, options.width);
  if (options.layerNorm === true) build.layer(layer, `${name}.bias`, options.width);
}

/** Builds the header of a decoder with layers of attention and a feed-forward part. */
export function decoder(architecture: string, options: DecoderOptions): Header {
  const build = new HeaderBuilder(architecture, options);
  const firstHeads =
    typeof options.heads === "number" ? options.heads : (options.heads.find((count) => count > 0) ?? 1);
  const headWidth = options.headWidth ?? options.width / firstHeads;
  const { fused_gate: _, ...settings } = options.settings ?? {};
  build.set({
    "attention.head_count": options.heads,
    "attention.head_count_kv": options.keyValueHeads ?? options.heads,
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "attention.layer_norm_epsilon": 1e-5,
    "rope.dimension_count": headWidth,
    feed_forward_length: options.feedForward ?? 0,
    ...(options.experts === undefined
      ? {}
      : {
          expert_count: options.experts.count,
          expert_used_count: options.experts.used,
          expert_feed_forward_length: options.experts.width,
        }),
    ...settings,
  });
  build.ends({ tied: options.tied === true, bias: options.layerNorm === true });
  if (options.positions === true) build.add("position_embd.weight", options.width, options.context);
  const dense = options.experts === undefined ? options.layers : (options.experts.dense ?? 0);
  for (let layer = 0; layer < options.layers; layer++) {
    const postOnly =
      options.noFeedForwardNorm === true && options.postNorms === true && options.experts === undefined;
    if (at(options.heads, layer) > 0 && !postOnly) norms(build, layer, options, "attn_norm");
    attention(build, layer, options, headWidth);
    if (options.postNorms === true) build.layer(layer, "post_attention_norm.weight", options.width);
    if (options.noFeedForwardNorm !== true && at(options.feedForward ?? 1, layer) > 0)
      norms(build, layer, options, "ffn_norm");
    if (layer < dense) denseFeedForward(build, layer, options, at(options.feedForward ?? 0, layer));
    else experts(build, layer, options);
    if (options.postNorms === true && options.experts === undefined)
      build.layer(layer, "post_ffw_norm.weight", options.width);
  }
  return build.done();
}
