import type { ConfigFamily } from "./config-family.ts";
import { llama } from "./families-decoder.ts";

const asked = { queryBias: "attention_bias", outputBias: "attention_bias" } as const;
const qwenNext: ConfigFamily = {
  gguf: "qwen3next",
  headNorms: "each",
  sharedGate: true,
  queryGate: true,
  gateBias: true,
  ...asked,
  kinds: "interval",
  experts: "every-step",
  defaults: { full_attention_interval: 4 },
};
const lfm2: ConfigFamily = { gguf: "lfm2", tied: true, headNorms: "each" };
const mamba = (times: number): readonly string[] => Array.from({ length: times }, () => "mamba");
/** Zamba 2's class lists where the shared attention stands: every sixth layer, closer towards the end. */
const zamba2Blocks: readonly string[] = [
  "mamba",
  ...Array.from({ length: 7 }, () => [...mamba(5), "hybrid"]).flat(),
  ...mamba(4),
  "hybrid",
  ...mamba(3),
  "hybrid",
  ...mamba(2),
];

/** Models with layers that keep a state, by `model_type`. */
export const hybridFamilies: Readonly<Record<string, ConfigFamily>> = {
  mamba: { gguf: "mamba", tied: true, norms: 1, kinds: "recurrent" },
  falcon_mamba: { gguf: "mamba", tied: true, norms: 1, kinds: "recurrent" },
  mamba2: { gguf: "mamba2", norms: 1, tied: false, kinds: "recurrent" },
  jamba: { gguf: "jamba", kinds: "period", experts: "period-offset" },
  bamba: { ...llama, gguf: "bamba", kinds: "listed-recurrent" },
  falcon_h1: { ...llama, gguf: "falcon-h1", kinds: "both" },
  granitemoehybrid: { gguf: "granitehybrid", ...asked, kinds: "listed-recurrent" },
  nemotron_h: {
    gguf: "nemotron_h",
    feedForwardBias: "mlp_bias",
    norms: 1,
    plainFeedForward: true,
    plainExperts: true,
    neverTied: true,
    routerBias: true,
    defaults: { layers_block_type: ["linear_attention", "moe", "full_attention", "mlp"] },
  },
  qwen3_next: qwenNext,
  qwen3_5_text: { ...qwenNext, gguf: "qwen35" },
  qwen3_5_moe_text: { ...qwenNext, gguf: "qwen35moe" },
  lfm2,
  lfm2_moe: { ...lfm2, gguf: "lfm2moe", routerBias: "use_expert_bias", experts: "from-dense" },
  gemma3n_text: {
    gguf: "gemma3n",
    tied: true,
    ...asked,
    norms: 4,
    headNorms: "each",
    window: "period",
    defaults: { sliding_window_pattern: 5 },
  },
  zamba2: {
    gguf: "zamba2",
    countable: false,
    kinds: "listed-recurrent",
    defaults: { layers_block_type: zamba2Blocks },
  },
  recurrent_gemma: {
    gguf: "recurrent_gemma",
    tied: true,
    queryBias: "attention_bias",
    outputBias: true,
    feedForwardBias: true,
    window: "all",
    kinds: "blocks",
  },
  minimax: { gguf: "minimax", kinds: "even", window: "all" },
  rwkv: { gguf: "rwkv", kinds: "recurrent", normBias: true, plainFeedForward: true, embeddingNorms: 2 },
  kimi_linear: {
    gguf: "kimi-linear",
    neverTied: true,
    ...asked,
    routerBias: true,
    experts: "from-dense",
    kinds: "interval",
    defaults: { first_k_dense_replace: 1, full_attention_interval: 4 },
  },
};
