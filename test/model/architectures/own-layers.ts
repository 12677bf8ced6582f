import type { Header, HeaderValue } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

/** Sizes of a decoder with layers of its own. */
export interface OwnLayerSizes extends CommonSizes {
  readonly heads: readonly number[];
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly feedForward: number;
  readonly experts?: { readonly count: number; readonly used: number; readonly width: number };
  readonly settings?: Readonly<Record<string, HeaderValue>>;
}

function startDecoder(architecture: string, sizes: OwnLayerSizes): HeaderBuilder {
  const build = new HeaderBuilder(architecture, sizes);
  build.set({
    "attention.head_count": sizes.heads,
    "attention.head_count_kv": sizes.heads.map(() => sizes.keyValueHeads),
    "attention.key_length": sizes.headWidth,
    "attention.value_length": sizes.headWidth,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "rope.dimension_count": sizes.headWidth,
    feed_forward_length: sizes.feedForward,
    ...(sizes.experts === undefined
      ? {}
      : {
          expert_count: sizes.experts.count,
          expert_used_count: sizes.experts.used,
          expert_feed_forward_length: sizes.experts.width,
        }),
    ...sizes.settings,
  });
  return build;
}

function attention(build: HeaderBuilder, layer: number, sizes: OwnLayerSizes): void {
  const { width, headWidth } = sizes;
  const query = (sizes.heads[layer] ?? 1) * headWidth;
  const key = sizes.keyValueHeads * headWidth;
  build.layer(layer, "attn_norm.weight", width);
  build.layer(layer, "attn_q.weight", width, query);
  build.layer(layer, "attn_k.weight", width, key);
  build.layer(layer, "attn_v.weight", width, key);
  build.layer(layer, "attn_output.weight", query, width);
}

function part(build: HeaderBuilder, layer: number, width: number, inner: number, suffix = ""): void {
  build.layer(layer, `ffn_gate${suffix}.weight`, width, inner);
  build.layer(layer, `ffn_up${suffix}.weight`, width, inner);
  build.layer(layer, `ffn_down${suffix}.weight`, inner, width);
}

function addExperts(build: HeaderBuilder, layer: number, sizes: OwnLayerSizes): void {
  const { width, experts } = sizes;
  if (experts === undefined) return;
  build.layer(layer, "ffn_gate_inp.weight", width, experts.count);
  for (const name of ["gate", "up"])
    build.layer(layer, `ffn_${name}_exps.weight`, width, experts.width, experts.count);
  build.layer(layer, "ffn_down_exps.weight", experts.width, width, experts.count);
}

/** Step 3.5: more heads in layers with a window, a gate per head, leading dense layers. */
export function step35(sizes: OwnLayerSizes & { readonly dense: number }): Header {
  const build = startDecoder("step35", sizes);
  const { width, headWidth } = sizes;
  build.ends();
  for (let layer = 0; layer < sizes.layers; layer++) {
    attention(build, layer, sizes);
    for (const name of ["attn_q_norm", "attn_k_norm"]) build.layer(layer, `${name}.weight`, headWidth);
    build.layer(layer, "attn_gate.weight", width, sizes.heads[layer] ?? 1);
    build.layer(layer, "ffn_norm.weight", width);
    if (layer < sizes.dense) part(build, layer, width, sizes.feedForward);
    else {
      addExperts(build, layer, sizes);
      build.layer(layer, "exp_probs_b.bias", sizes.experts?.count ?? 0);
      part(build, layer, width, sizes.experts?.width ?? 0, "_shexp");
    }
  }
  return build.done();
}

/** Arctic: a dense part as wide as the stream, and experts in parallel. */
export function arctic(sizes: OwnLayerSizes): Header {
  const build = startDecoder("arctic", sizes);
  const { width } = sizes;
  build.ends();
  for (let layer = 0; layer < sizes.layers; layer++) {
    attention(build, layer, sizes);
    build.layer(layer, "ffn_norm.weight", width);
    build.layer(layer, "ffn_norm_exps.weight", width);
    part(build, layer, width, width);
    addExperts(build, layer, sizes);
  }
  return build.done();
}

/** Grok: norms after attention and experts. */
export function grok(sizes: OwnLayerSizes): Header {
  const build = startDecoder("grok", sizes);
  build.ends();
  for (let layer = 0; layer < sizes.layers; layer++) {
    attention(build, layer, sizes);
    for (const name of ["attn_output_norm", "ffn_norm", "layer_output_norm"])
      build.layer(layer, `${name}.weight`, sizes.width);
    addExperts(build, layer, sizes);
  }
  return build.done();
}

/** BitNet: norms before the last product of each part. */
export function bitnet(sizes: OwnLayerSizes): Header {
  const build = startDecoder("bitnet", sizes);
  const { width, feedForward } = sizes;
  build.ends({ tied: true });
  for (let layer = 0; layer < sizes.layers; layer++) {
    attention(build, layer, sizes);
    build.layer(layer, "attn_sub_norm.weight", width);
    build.layer(layer, "ffn_norm.weight", width);
    build.layer(layer, "ffn_sub_norm.weight", feedForward);
    part(build, layer, width, feedForward);
  }
  return build.done();
}
