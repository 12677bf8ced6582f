import type { Header } from "../write-gguf.ts";
import { HeaderBuilder } from "./header-builder.ts";
import type { CommonSizes } from "./header-builder.ts";

/** Sizes of a state space model. */
export interface StateSizes extends CommonSizes {
  readonly inner: number;
  readonly state: number;
  readonly rank: number;
  readonly kernel: number;
  readonly groups?: number;
}

/** Returns the settings of a state space model. */
export function stateSettings(build: HeaderBuilder, sizes: StateSizes): void {
  build.set({
    "ssm.conv_kernel": sizes.kernel,
    "ssm.inner_size": sizes.inner,
    "ssm.state_size": sizes.state,
    "ssm.time_step_rank": sizes.rank,
    "ssm.group_count": sizes.groups ?? 0,
    "attention.layer_norm_rms_epsilon": 1e-5,
  });
}

/** Returns the tensors of a Mamba 1 block. */
export function mambaTensors(build: HeaderBuilder, layer: number, sizes: StateSizes, norms: boolean): void {
  const { inner, state, rank, kernel, width } = sizes;
  build.layer(layer, "ssm_in.weight", width, 2 * inner);
  build.layer(layer, "ssm_conv1d.weight", kernel, inner);
  build.layer(layer, "ssm_conv1d.bias", inner);
  build.layer(layer, "ssm_x.weight", inner, rank + 2 * state);
  build.layer(layer, "ssm_dt.weight", rank, inner);
  build.layer(layer, "ssm_dt.bias", inner);
  build.layer(layer, "ssm_a", state, inner);
  build.layer(layer, "ssm_d", inner);
  build.layer(layer, "ssm_out.weight", inner, width);
  if (!norms) return;
  build.layer(layer, "ssm_dt_norm.weight", rank);
  build.layer(layer, "ssm_b_norm.weight", state);
  build.layer(layer, "ssm_c_norm.weight", state);
}

/** Returns the tensors of a Mamba 2 block. */
export function mamba2Tensors(build: HeaderBuilder, layer: number, sizes: StateSizes): void {
  const { inner, state, rank, kernel, width } = sizes;
  const groups = sizes.groups ?? 1;
  const channels = inner + 2 * groups * state;
  build.layer(layer, "ssm_in.weight", width, inner + channels + rank);
  build.layer(layer, "ssm_conv1d.weight", kernel, channels);
  build.layer(layer, "ssm_conv1d.bias", channels);
  build.layer(layer, "ssm_dt.bias", rank);
  build.layer(layer, "ssm_a", 1, rank);
  build.layer(layer, "ssm_d", 1, rank);
  build.layer(layer, "ssm_norm.weight", inner / groups, groups);
  build.layer(layer, "ssm_out.weight", inner, width);
}

/** Mamba and Mamba 2: one block per layer and nothing else. */
export function mamba(architecture: "mamba" | "mamba2", sizes: StateSizes): Header {
  const build = new HeaderBuilder(architecture, sizes);
  stateSettings(build, sizes);
  build.set({ "attention.head_count": 0, feed_forward_length: 0 });
  build.ends({ tied: true });
  for (let layer = 0; layer < sizes.layers; layer++) {
    build.layer(layer, "attn_norm.weight", sizes.width);
    if (architecture === "mamba") mambaTensors(build, layer, sizes, false);
    else mamba2Tensors(build, layer, sizes);
  }
  return build.done();
}

function addTensors(
  build: HeaderBuilder,
  layer: number,
  prefix: string,
  names: string,
  ...shape: readonly number[]
): void {
  for (const name of names.split(" ")) build.layer(layer, `${prefix}_${name}.weight`, ...shape);
}

/** RWKV 6: a time mix with low-rank mixtures, and a channel mix with a receptance. */
export function rwkv6(sizes: CommonSizes & { readonly feedForward: number }): Header {
  const build = new HeaderBuilder("rwkv6", sizes);
  const { width } = sizes;
  build.set({
    "wkv.head_size": 64,
    feed_forward_length: sizes.feedForward,
    time_mix_extra_dim: 32,
    time_decay_extra_dim: 64,
    rescale_every_n_layers: 6,
    "attention.layer_norm_epsilon": 1e-5,
    "attention.head_count": 0,
  });
  build.ends({ bias: true });
  build.add("token_embd_norm.weight", width);
  build.add("token_embd_norm.bias", width);
  for (let layer = 0; layer < sizes.layers; layer++) {
    for (const name of ["attn_norm", "attn_norm_2", "time_mix_ln"]) {
      build.layer(layer, `${name}.weight`, width);
      build.layer(layer, `${name}.bias`, width);
    }
    build.layer(layer, "time_mix_w1.weight", width, 160);
    build.layer(layer, "time_mix_w2.weight", 32, width, 5);
    addTensors(build, layer, "time_mix", "lerp_x lerp_w lerp_k lerp_v lerp_r lerp_g", width, 1, 1);
    build.layer(layer, "time_mix_first.weight", 64, width / 64);
    build.layer(layer, "time_mix_decay.weight", width);
    build.layer(layer, "time_mix_decay_w1.weight", width, 64);
    build.layer(layer, "time_mix_decay_w2.weight", 64, width);
    addTensors(build, layer, "time_mix", "key value receptance gate output", width, width);
    addTensors(build, layer, "channel_mix", "lerp_k lerp_r", width, 1, 1);
    build.layer(layer, "channel_mix_key.weight", width, sizes.feedForward);
    build.layer(layer, "channel_mix_value.weight", sizes.feedForward, width);
    build.layer(layer, "channel_mix_receptance.weight", width, width);
  }
  return build.done();
}

/** RWKV 7: low-rank decay, learning rate, value and gate. */
export function rwkv7(sizes: CommonSizes & { readonly feedForward: number }): Header {
  const build = new HeaderBuilder("rwkv7", sizes);
  const { width } = sizes;
  build.set({
    "wkv.head_size": 64,
    feed_forward_length: sizes.feedForward,
    "attention.decay_lora_rank": 64,
    "attention.iclr_lora_rank": 64,
    "attention.value_residual_mix_lora_rank": 32,
    "attention.gate_lora_rank": 128,
    "attention.layer_norm_epsilon": 1e-5,
    "attention.head_count": 0,
  });
  build.ends({ bias: true });
  build.add("token_embd_norm.weight", width);
  build.add("token_embd_norm.bias", width);
  for (let layer = 0; layer < sizes.layers; layer++) {
    for (const name of ["attn_norm", "attn_norm_2", "time_mix_ln"]) {
      build.layer(layer, `${name}.weight`, width);
      build.layer(layer, `${name}.bias`, width);
    }
    addTensors(build, layer, "time_mix", "w0 a0 v0 k_k k_a r_k", width);
    const ranks = { w: 64, a: 64, v: layer === 0 ? 64 : 32, g: 128 };
    for (const [name, rank] of Object.entries(ranks)) {
      build.layer(layer, `time_mix_${name}1.weight`, width, rank);
      build.layer(layer, `time_mix_${name}2.weight`, rank, width);
    }
    build.layer(layer, "time_mix_lerp_fused.weight", width, 1, 1, 6);
    addTensors(build, layer, "time_mix", "key value receptance output", width, width);
    build.layer(layer, "channel_mix_lerp_k.weight", width, 1, 1);
    build.layer(layer, "channel_mix_key.weight", width, sizes.feedForward);
    build.layer(layer, "channel_mix_value.weight", sizes.feedForward, width);
  }
  return build.done();
}
