import { expertSettings } from "./draw-family.ts";
import {
  sections,
  half,
  routed,
  sharedExperts,
  windowed,
  listedWindows,
  mixture,
  listOf,
  type MakeFamily,
} from "./family-case.ts";

/** Decoders with windows. */
export const windows: Readonly<Record<string, MakeFamily>> = {
  ...listOf("gemma2 gemma3 gemma-embedding cohere2 muse-glimmer", (sizes) => ({
    settings: { ...windowed(sizes), logit_scale: 0.5 },
  })),
  ...listOf("exaone-moe afmoe mellum", sharedExperts(windowed)),
  cohere2moe: (sizes, random) => ({
    settings: {
      ...sharedExperts(windowed)(sizes, random).settings,
      logit_scale: 0.5,
      "attention.layer_norm_rms_epsilon": half(random) ? 1e-5 : 0,
    },
    layerTensors: ["ffn_gate_exps.weight"],
  }),
  gemma3n: (sizes) => ({
    settings: {
      ...windowed(sizes),
      block_count: 19 + sizes.layers,
      embedding_length_per_layer_input: 256,
      "attention.key_length": 64,
      "attention.value_length": 64,
    },
  }),
  "gpt-oss": (sizes) => ({
    settings: { ...expertSettings(sizes), ...windowed(sizes) },
  }),
  llama4: routed(() => ({ interleave_moe_layer_step: 1 })),
  smallthinker: routed((sizes) => ({ ...windowed(sizes), expert_gating_func: 2 })),
  laguna: (sizes, random) => {
    const made = mixture(true, windowed)(sizes, random);
    const gate = half(random) ? sizes.heads : sizes.width;
    return { ...made, given: { "attn_gate.weight": [sizes.width, gate] } };
  },
  spark2_5: (sizes, random) => ({ settings: listedWindows(sizes, random) }),
  maple: (sizes, random) => ({
    settings: {
      ...expertSettings(sizes),
      ...listedWindows(sizes, random),
      swiglu_clamp_exp: Array.from({ length: sizes.layers }, () => 7.5),
    },
  }),
  granite_swa: (sizes, random) => ({ settings: { ...listedWindows(sizes, random), logit_scale: 0.5 } }),
};

/** Decoders with routed experts. */
export const experts: Readonly<Record<string, MakeFamily>> = {
  ...listOf("phimoe qwen3moe llada-moe rnd1", routed()),
  ...listOf("bailingmoe bailingmoe2 hunyuan-moe qwen2moe", sharedExperts()),
  "ernie4_5-moe": sharedExperts(() => ({ interleave_moe_layer_step: 1 })),
  hy_v3: mixture(true, () => ({})),
  mimo2: mixture(false, listedWindows),
  step35: mixture(true, listedWindows),
  arctic: routed(),
  grovemoe: routed(() => ({
    expert_group_scale: 0.5,
    expert_chunk_feed_forward_length: 256,
    experts_per_group: 2,
  })),
  "minimax-m2": routed(() => ({ expert_gating_func: 2 })),
  granitemoe: routed(() => ({
    logit_scale: 0.5,
    embedding_scale: 1.5,
    residual_scale: 0.5,
    "attention.scale": 0.1,
  })),
  dots1: sharedExperts(({ heads, headWidth }) => ({
    "attention.head_count_kv": heads,
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
  })),
  dbrx: routed(() => ({ "attention.clamp_kqv": 8.5 })),
  deepseek: sharedExperts(({ heads }) => ({ "attention.head_count_kv": heads })),
  glm4moe: sharedExperts(),
  grok: routed(({ keyValueHeads }) => ({
    "attention.head_count_kv": keyValueHeads,
    "attention.output_scale": 0.5,
  })),
  olmoe: routed(({ heads }) => ({ "attention.head_count_kv": heads })),
  qwen3vlmoe: routed(() => sections),
};
