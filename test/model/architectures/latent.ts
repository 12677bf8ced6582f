import type { Header } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

const expert = { count: 64, used: 6, width: 1408 };

function feedForward(build: HeaderBuilder, layer: number, width: number): void {
  if (layer === 0) {
    for (const name of ["gate", "up"]) build.layer(layer, `ffn_${name}.weight`, width, 10944);
    build.layer(layer, "ffn_down.weight", 10944, width);
    return;
  }
  build.layer(layer, "ffn_gate_inp.weight", width, expert.count);
  for (const name of ["gate", "up"]) {
    build.layer(layer, `ffn_${name}_exps.weight`, width, expert.width, expert.count);
    build.layer(layer, `ffn_${name}_shexp.weight`, width, 2 * expert.width);
  }
  build.layer(layer, "ffn_down_exps.weight", expert.width, width, expert.count);
  build.layer(layer, "ffn_down_shexp.weight", 2 * expert.width, width);
}

/** DeepSeek V2 and V3: latent attention with absorbed matrices or, as in older files, without. */
export function deepseek2(
  options: CommonSizes & { readonly absorbed: boolean; readonly queryRank?: number },
): Header {
  const build = new HeaderBuilder("deepseek2", options);
  const { width, layers } = options;
  const heads = 16;
  const rank = 512;
  const rotated = 64;
  const plain = 128;
  const value = 128;
  build.set({
    "attention.head_count": heads,
    "attention.head_count_kv": options.absorbed ? 1 : heads,
    "attention.key_length": options.absorbed ? rank + rotated : plain + rotated,
    "attention.value_length": options.absorbed ? rank : value,
    ...(options.absorbed
      ? { "attention.key_length_mla": plain + rotated, "attention.value_length_mla": value }
      : {}),
    "attention.kv_lora_rank": rank,
    ...(options.queryRank === undefined ? {} : { "attention.q_lora_rank": options.queryRank }),
    "attention.layer_norm_rms_epsilon": 1e-6,
    "rope.dimension_count": rotated,
    "rope.scaling.type": "yarn",
    "rope.scaling.factor": 40,
    "rope.scaling.original_context_length": 4096,
    feed_forward_length: 10944,
    expert_count: expert.count,
    expert_used_count: expert.used,
    expert_feed_forward_length: expert.width,
    expert_shared_count: 2,
    leading_dense_block_count: 1,
    expert_weights_norm: false,
    expert_weights_scale: 1.5,
    expert_gating_func: 1,
  });
  build.ends();
  for (let layer = 0; layer < layers; layer++) {
    build.layer(layer, "attn_norm.weight", width);
    if (options.queryRank === undefined)
      build.layer(layer, "attn_q.weight", width, heads * (plain + rotated));
    else {
      build.layer(layer, "attn_q_a.weight", width, options.queryRank);
      build.layer(layer, "attn_q_a_norm.weight", options.queryRank);
      build.layer(layer, "attn_q_b.weight", options.queryRank, heads * (plain + rotated));
    }
    build.layer(layer, "attn_kv_a_mqa.weight", width, rank + rotated);
    build.layer(layer, "attn_kv_a_norm.weight", rank);
    if (options.absorbed) {
      build.layer(layer, "attn_k_b.weight", plain, rank, heads);
      build.layer(layer, "attn_v_b.weight", rank, value, heads);
    } else build.layer(layer, "attn_kv_b.weight", rank, heads * (plain + value));
    build.layer(layer, "attn_output.weight", heads * value, width);
    build.layer(layer, "ffn_norm.weight", width);
    feedForward(build, layer, width);
  }
  return build.done();
}
