import type { Header } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

function attention(
  build: HeaderBuilder,
  layer: number,
  heads: number,
  groups: number,
  width: number,
  own: boolean,
): void {
  const embedding = build.sizes.width;
  build.layer(layer, "attn_norm.weight", embedding);
  build.layer(layer, "attn_q.weight", embedding, heads * width);
  if (own) {
    build.layer(layer, "attn_k.weight", embedding, groups * width);
    build.layer(layer, "attn_v.weight", embedding, groups * width);
    build.layer(layer, "attn_k_norm.weight", width);
  }
  build.layer(layer, "attn_output.weight", heads * width, embedding);
  build.layer(layer, "attn_q_norm.weight", width);
  build.layer(layer, "post_attention_norm.weight", embedding);
}

function feedForward(build: HeaderBuilder, layer: number, inner: number): void {
  const { width } = build.sizes;
  build.layer(layer, "ffn_norm.weight", width);
  for (const name of ["gate", "up"]) build.layer(layer, `ffn_${name}.weight`, width, inner);
  build.layer(layer, "ffn_down.weight", inner, width);
  build.layer(layer, "post_ffw_norm.weight", width);
}

function perLayerInputs(build: HeaderBuilder, each: number): void {
  const { width, layers, vocabulary } = build.sizes;
  build.add("per_layer_token_embd.weight", each * layers, vocabulary);
  build.add("per_layer_model_proj.weight", width, each * layers);
  build.add("per_layer_proj_norm.weight", each);
}

function perLayerTensors(build: HeaderBuilder, layer: number, each: number): void {
  const { width } = build.sizes;
  build.layer(layer, "inp_gate.weight", width, each);
  build.layer(layer, "proj.weight", each, width);
  build.layer(layer, "post_norm.weight", width);
}

/** Gemma 3n: four residual streams, an input for each layer, twenty layers with a cache. */
export function gemma3n(
  sizes: CommonSizes & { readonly heads: number; readonly groups: number; readonly feedForward: number },
): Header {
  const build = new HeaderBuilder("gemma3n", sizes);
  const { width, layers } = sizes;
  build.set({
    "attention.head_count": sizes.heads,
    "attention.head_count_kv": sizes.groups,
    "attention.key_length": 256,
    "attention.value_length": 256,
    "attention.sliding_window": 512,
    "attention.layer_norm_rms_epsilon": 1e-6,
    "rope.dimension_count": 256,
    feed_forward_length: sizes.feedForward,
    "altup.num_inputs": 4,
  });
  build.ends({ tied: true });
  build.add("altup_proj.weight", width, width, 3);
  build.add("altup_unembd_proj.weight", width, width, 3);
  perLayerInputs(build, 256);
  for (let layer = 0; layer < layers; layer++) {
    attention(build, layer, sizes.heads, sizes.groups, 256, true);
    feedForward(build, layer, sizes.feedForward);
    perLayerTensors(build, layer, 256);
    build.layer(layer, "altup_correct_coef.weight", 4, 4);
    build.layer(layer, "altup_correct_scale.weight", width);
    build.layer(layer, "altup_predict_coef.weight", 4, 16);
    build.layer(layer, "altup_router.weight", width, 4);
    build.layer(layer, "altup_router_norm.weight", width);
    build.layer(layer, "laurel_l.weight", width, 64);
    build.layer(layer, "laurel_r.weight", 64, width);
    build.layer(layer, "laurel_post_norm.weight", width);
  }
  return build.done();
}

/** Gemma 4: windows by a list, wider heads in layers without a window, no own cache in the last layers. */
export function gemma4(
  sizes: CommonSizes & {
    readonly heads: number;
    readonly groups: number;
    readonly feedForward: number;
    readonly shared: number;
    readonly perLayer: number;
  },
): Header {
  const build = new HeaderBuilder("gemma4", sizes);
  const hasWindow = (layer: number): boolean => layer % 5 !== 4;
  build.set({
    "attention.head_count": sizes.heads,
    "attention.head_count_kv": sizes.groups,
    "attention.key_length": 512,
    "attention.value_length": 512,
    "attention.key_length_swa": 256,
    "attention.value_length_swa": 256,
    "attention.sliding_window": 512,
    "attention.sliding_window_pattern": Array.from({ length: sizes.layers }, (_, layer) => hasWindow(layer)),
    "attention.shared_kv_layers": sizes.shared,
    "attention.layer_norm_rms_epsilon": 1e-6,
    "rope.dimension_count": 512,
    "rope.dimension_count_swa": 256,
    feed_forward_length: sizes.feedForward,
    embedding_length_per_layer_input: sizes.perLayer,
    final_logit_softcapping: 30,
  });
  build.ends({ tied: true });
  build.add("rope_freqs.weight", 256);
  if (sizes.perLayer > 0) perLayerInputs(build, sizes.perLayer);
  for (let layer = 0; layer < sizes.layers; layer++) {
    attention(
      build,
      layer,
      sizes.heads,
      sizes.groups,
      hasWindow(layer) ? 256 : 512,
      layer < sizes.layers - sizes.shared,
    );
    feedForward(build, layer, sizes.feedForward);
    build.layer(layer, "layer_output_scale.weight", 1);
    if (sizes.perLayer > 0) perLayerTensors(build, layer, sizes.perLayer);
  }
  return build.done();
}
