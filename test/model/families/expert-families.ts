import { expertSettings } from "./draw-family.ts";
import {
  half,
  listOf,
  listWindows,
  mixture,
  sections,
  windowSettings,
  withExperts,
  withSharedExperts,
} from "./family-case.ts";
import type { MakeFamily } from "./family-case.ts";

/** Decoders with windows. */
export const windows: Readonly<Record<string, MakeFamily>> = {
  ...listOf("gemma2 gemma3 gemma-embedding cohere2 muse-glimmer", (sizes) => ({
    settings: { ...windowSettings(sizes), logit_scale: 0.5 },
  })),
  ...listOf("exaone-moe afmoe mellum", withSharedExperts(windowSettings)),
  cohere2moe: (sizes, random) => ({
    settings: {
      ...withSharedExperts(windowSettings)(sizes, random).settings,
      logit_scale: 0.5,
      "attention.layer_norm_rms_epsilon": half(random) ? 1e-5 : 0,
    },
    layerTensors: ["ffn_gate_exps.weight"],
  }),
  gemma3n: (sizes) => ({
    settings: {
      ...windowSettings(sizes),
      block_count: 19 + sizes.layers,
      embedding_length_per_layer_input: 256,
      "attention.key_length": 64,
      "attention.value_length": 64,
    },
  }),
  "gpt-oss": (sizes) => ({
    settings: { ...expertSettings(sizes), ...windowSettings(sizes) },
  }),
  llama4: withExperts(() => ({ interleave_moe_layer_step: 1 })),
  smallthinker: withExperts((sizes) => ({ ...windowSettings(sizes), expert_gating_func: 2 })),
  laguna: (sizes, random) => {
    const made = mixture(true, windowSettings)(sizes, random);
    const gate = half(random) ? sizes.heads : sizes.width;
    return { ...made, given: { "attn_gate.weight": [sizes.width, gate] } };
  },
  spark2_5: (sizes, random) => ({ settings: listWindows(sizes, random) }),
  maple: (sizes, random) => ({
    settings: {
      ...expertSettings(sizes),
      ...listWindows(sizes, random),
      swiglu_clamp_exp: Array.from({ length: sizes.layers }, () => 7.5),
    },
  }),
  granite_swa: (sizes, random) => ({ settings: { ...listWindows(sizes, random), logit_scale: 0.5 } }),
};

/** Decoders with routed experts. */
export const experts: Readonly<Record<string, MakeFamily>> = {
  ...listOf("phimoe qwen3moe llada-moe rnd1", withExperts()),
  ...listOf("bailingmoe bailingmoe2 hunyuan-moe qwen2moe", withSharedExperts()),
  "ernie4_5-moe": withSharedExperts(() => ({ interleave_moe_layer_step: 1 })),
  hy_v3: mixture(true, () => ({})),
  mimo2: mixture(false, listWindows),
  step35: mixture(true, listWindows),
  arctic: withExperts(),
  grovemoe: withExperts(() => ({
    expert_group_scale: 0.5,
    expert_chunk_feed_forward_length: 256,
    experts_per_group: 2,
  })),
  "minimax-m2": withExperts(() => ({ expert_gating_func: 2 })),
  granitemoe: withExperts(() => ({
    logit_scale: 0.5,
    embedding_scale: 1.5,
    residual_scale: 0.5,
    "attention.scale": 0.1,
  })),
  dots1: withSharedExperts(({ heads, headWidth }) => ({
    "attention.head_count_kv": heads,
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
  })),
  dbrx: withExperts(() => ({ "attention.clamp_kqv": 8.5 })),
  deepseek: withSharedExperts(({ heads }) => ({ "attention.head_count_kv": heads })),
  glm4moe: withSharedExperts(),
  grok: withExperts(({ keyValueHeads }) => ({
    "attention.head_count_kv": keyValueHeads,
    "attention.output_scale": 0.5,
  })),
  olmoe: withExperts(({ heads }) => ({ "attention.head_count_kv": heads })),
  qwen3vlmoe: withExperts(() => sections),
};
