import { expertSettings, pick } from "./draw-family.ts";
import {
  deltaNets,
  deltaTensors,
  everyOther,
  half,
  kimiDelta,
  latent,
  latentOrState,
  listOf,
  mambaState,
  mixture,
  projections,
  rwkv,
  rwkv7,
  withMamba,
} from "./family-case.ts";
import type { MakeFamily } from "./family-case.ts";

/** Delta attention, with latent attention in every third layer. */
function latentAndDelta(): MakeFamily {
  return (sizes, random) => {
    const made = mixture(true, () => ({}))(sizes, random);
    return {
      settings: { ...made.settings, ...latent(sizes, random), ...latentOrState(sizes), ...kimiDelta },
      tensors: made.tensors ?? [],
    };
  };
}

/** Families with a recurrent state, in some layers or in all. */
export const hybrids: Readonly<Record<string, MakeFamily>> = {
  mamba: (sizes, random) => ({
    settings: {
      ...mambaState(sizes, random, 0),
      "ssm.state_size": 16,
      "ssm.time_step_rank": sizes.width / 16,
      "attention.head_count": 0,
      "attention.head_count_kv": 0,
    },
  }),
  mamba2: (sizes, random) => ({
    settings: {
      ...mambaState(sizes, random, pick(random, 1, 2)),
      "attention.head_count": 0,
      "attention.head_count_kv": 0,
    },
  }),
  jamba: (sizes, random) => ({
    settings: {
      ...everyOther(sizes, random),
      ...mambaState(sizes, random, 0),
      "ssm.state_size": 16,
      "ssm.time_step_rank": sizes.width / 16,
      ...expertSettings(sizes),
    },
  }),
  granitehybrid: (sizes, random) => ({
    settings: {
      ...everyOther(sizes, random),
      ...mambaState(sizes, random, 1),
      embedding_scale: 12.5,
      residual_scale: 0.22,
      logit_scale: 8.5,
      "attention.scale": 0.0078125,
      ...(half(random) ? { "rope.scaling.finetuned": false } : {}),
    },
    ...withMamba,
  }),
  "falcon-h1": (sizes, random) => ({
    settings: {
      ...mambaState(sizes, random, 1),
      "attention.key_length": 64,
      "attention.value_length": 64,
      "rope.dimension_count": 64,
    },
    ...withMamba,
  }),
  plamo2: (sizes, random) => ({
    settings: { ...everyOther(sizes, random), ...mambaState(sizes, random, 0) },
  }),
  ...listOf("nemotron_h nemotron_h_moe", (sizes, random) => ({
    settings: {
      ...mambaState(sizes, random, 2),
      ...(half(random) ? {} : { "attention.key_length": 128, "attention.value_length": 128 }),
      "attention.head_count_kv": Array.from({ length: sizes.layers }, (_, layer) =>
        layer % 3 === 1 ? sizes.keyValueHeads : 0,
      ),
      feed_forward_length: Array.from({ length: sizes.layers }, (_, layer) =>
        layer % 3 === 2 ? sizes.feedForward : 0,
      ),
      ...expertSettings(sizes),
      expert_shared_feed_forward_length: sizes.expertWidth,
      expert_shared_count: 1,
      expert_weights_norm: true,
      expert_weights_scale: 1.5,
      expert_gating_func: 2,
    },
    ...withMamba,
  })),
  ...listOf("lfm2 lfm2moe", (sizes, random) => ({
    settings: {
      ...everyOther(sizes, random),
      ...expertSettings(sizes),
      "shortconv.l_cache": pick(random, 3, 4),
      leading_dense_block_count: 1,
      expert_gating_func: 2,
    },
  })),
  ...listOf("qwen3next qwen35moe", (sizes) => ({
    settings: {
      ...deltaNets(sizes),
      ...expertSettings(sizes),
      expert_shared_feed_forward_length: sizes.expertWidth,
    },
    tensors: deltaTensors(sizes),
  })),
  qwen35: (sizes) => ({ settings: deltaNets(sizes), tensors: deltaTensors(sizes) }),
  "minimax-01": ({ expertCount, expertsUsed }, random) => ({
    settings: {
      expert_count: expertCount,
      expert_used_count: expertsUsed,
      full_attention_interval: pick(random, 2, 3, 8),
      residual_scale: 1.5,
    },
    layerTensors: [...projections, "ffn_gate_exps.weight"],
    oneSequence: true,
  }),
  "kimi-linear": (sizes, random) => ({ ...latentAndDelta()(sizes, random), oneSequence: true }),
  ...listOf("rwkv6", ({ width }) => ({
    settings: {
      ...rwkv,
      token_shift_count: 2,
      time_mix_extra_dim: 32,
      time_decay_extra_dim: 64,
      feed_forward_length: 4 * width,
    },
    layerTensors: ["time_mix_lerp_fused.weight"],
  })),
  rwkv6qwen2: () => ({
    settings: { ...rwkv, time_mix_extra_dim: 32, time_decay_extra_dim: 64, token_shift_count: 1 },
  }),
  rwkv7: ({ width }) => ({ settings: { ...rwkv7, token_shift_count: 2, feed_forward_length: 4 * width } }),
  arwkv7: () => ({
    settings: { ...rwkv7, token_shift_count: 1, "attention.gate_lora_rank": 0 },
  }),
};
