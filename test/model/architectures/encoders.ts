import type { Header, HeaderValue } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

/** Sizes of an encoder. */
export interface EncoderSizes extends CommonSizes {
  readonly heads: number;
  readonly feedForward: number;
  readonly settings?: Readonly<Record<string, HeaderValue>>;
}

function startEncoder(architecture: string, sizes: EncoderSizes): HeaderBuilder {
  const build = new HeaderBuilder(architecture, sizes);
  build.set({
    "attention.head_count": sizes.heads,
    "attention.layer_norm_epsilon": 1e-12,
    "attention.layer_norm_rms_epsilon": 1e-6,
    "attention.causal": false,
    feed_forward_length: sizes.feedForward,
    ...sizes.settings,
  });
  return build;
}

function norm(build: HeaderBuilder, layer: number, name: string, width: number): void {
  build.layer(layer, `${name}.weight`, width);
  build.layer(layer, `${name}.bias`, width);
}

/** BERT; with a gate and without biases, Nomic BERT. */
export function bert(architecture: "bert" | "nomic-bert", sizes: EncoderSizes): Header {
  const build = startEncoder(architecture, sizes);
  const { width, feedForward } = sizes;
  const gated = architecture === "nomic-bert";
  build.add("token_embd.weight", width, sizes.vocabulary);
  build.add("token_types.weight", width, 2);
  if (!gated) build.add("position_embd.weight", width, sizes.context);
  build.add("token_embd_norm.weight", width);
  build.add("token_embd_norm.bias", width);
  for (let layer = 0; layer < sizes.layers; layer++) {
    if (gated) build.layer(layer, "attn_qkv.weight", width, 3 * width);
    else
      for (const name of ["attn_q", "attn_k", "attn_v"]) {
        build.layer(layer, `${name}.weight`, width, width);
        build.layer(layer, `${name}.bias`, width);
      }
    build.layer(layer, "attn_output.weight", width, width);
    norm(build, layer, "attn_output_norm", width);
    if (gated) build.layer(layer, "ffn_gate.weight", width, feedForward);
    build.layer(layer, "ffn_up.weight", width, feedForward);
    build.layer(layer, "ffn_down.weight", feedForward, width);
    if (!gated) {
      build.layer(layer, "attn_output.bias", width);
      build.layer(layer, "ffn_up.bias", feedForward);
      build.layer(layer, "ffn_down.bias", width);
    }
    norm(build, layer, "layer_output_norm", width);
  }
  const header = build.done();
  return { ...header, metadata: { ...header.metadata, "tokenizer.ggml.token_type_count": 2 } };
}

/** ModernBERT: a window in two of three layers, and a gated feed-forward part with one fused product. */
export function modernBert(sizes: EncoderSizes): Header {
  const build = startEncoder("modern-bert", sizes);
  const { width, feedForward } = sizes;
  build.add("token_embd.weight", width, sizes.vocabulary);
  build.add("token_embd_norm.weight", width);
  build.add("output_norm.weight", width);
  for (let layer = 0; layer < sizes.layers; layer++) {
    if (layer > 0) build.layer(layer, "attn_norm.weight", width);
    build.layer(layer, "attn_qkv.weight", width, 3 * width);
    build.layer(layer, "attn_output.weight", width, width);
    build.layer(layer, "ffn_norm.weight", width);
    build.layer(layer, "ffn_up.weight", width, 2 * feedForward);
    build.layer(layer, "ffn_down.weight", feedForward, width);
  }
  return build.done();
}

/** T5's encoder: all layers share the relative-position table of the first. */
export function t5Encoder(sizes: EncoderSizes & { readonly headWidth: number }): Header {
  const build = startEncoder("t5encoder", sizes);
  const { width, feedForward, heads, headWidth } = sizes;
  const inner = heads * headWidth;
  build.set({
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
    "attention.relative_buckets_count": 32,
  });
  build.add("token_embd.weight", width, sizes.vocabulary);
  build.add("enc.output_norm.weight", width);
  for (let layer = 0; layer < sizes.layers; layer++) {
    const add = (name: string, ...shape: readonly number[]): void =>
      build.add(`enc.blk.${layer}.${name}.weight`, ...shape);
    add("attn_norm", width);
    for (const name of ["attn_q", "attn_k", "attn_v"]) add(name, width, inner);
    add("attn_o", inner, width);
    if (layer === 0) add("attn_rel_b", heads, 32);
    add("ffn_norm", width);
    add("ffn_gate", width, feedForward);
    add("ffn_up", width, feedForward);
    add("ffn_down", feedForward, width);
  }
  return build.done();
}
