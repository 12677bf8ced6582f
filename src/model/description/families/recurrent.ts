import type { FamilyTable } from "./model-family.ts";
import { attentionBiases, llamaBiases, qwenNextLayers } from "./config-parts.ts";
import { sigmoidNormalized, softmaxNormalized, softmaxRaw } from "./routing-parts.ts";

const mamba = (times: number): readonly string[] => Array.from({ length: times }, () => "mamba");
/** The layers that Zamba 2's class lists: every sixth has the shared attention, towards the end more of them. */
const zamba2Blocks: readonly string[] = [
  "mamba",
  ...Array.from({ length: 7 }, () => [...mamba(5), "hybrid"]).flat(),
  ...mamba(4),
  "hybrid",
  ...mamba(3),
  "hybrid",
  ...mamba(2),
];

/** Families whose layers keep a recurrent state, all of them or some. */
export const recurrentFamilies: FamilyTable = {
  mamba: {
    llamaCpp: {
      compared: true,
      recurrent: "all",
      mixer: "mamba",
      traits: { singleBlocks: true, rope: "never" },
    },
    config: {
      mamba: { mixer: "mamba", tied: true, norms: 1, kinds: "recurrent" },
      falcon_mamba: { mixer: "mamba", tied: true, norms: 1, kinds: "recurrent" },
    },
  },
  mamba2: {
    llamaCpp: {
      compared: true,
      recurrent: "all",
      mixer: "mamba2",
      traits: { singleBlocks: true, rope: "never" },
    },
    config: { mamba2: { mixer: "mamba2", norms: 1, tied: false, kinds: "recurrent" } },
  },
  rwkv6: { llamaCpp: { compared: true, recurrent: "all", graph: "rwkv" } },
  rwkv6qwen2: { llamaCpp: { compared: true, recurrent: "all", graph: "rwkv" } },
  rwkv7: { llamaCpp: { compared: true, recurrent: "all", graph: "rwkv" } },
  arwkv7: { llamaCpp: { compared: true, recurrent: "all", graph: "rwkv" } },
  "falcon-h1": {
    llamaCpp: { compared: true, recurrent: "both", graph: "falcon-h1" },
    config: { falcon_h1: { mixer: "mamba2", ...llamaBiases, kinds: "both" } },
  },
  jamba: {
    llamaCpp: {
      compared: true,
      recurrent: "zero-key-value-heads",
      mixer: "mamba",
      traits: { rope: "never", residualFirst: "both", routing: softmaxRaw },
    },
    config: {
      jamba: { mixer: "mamba", kinds: "period", experts: "period-offset", training: { rotations: 0 } },
    },
  },
  plamo2: {
    llamaCpp: {
      compared: true,
      recurrent: "zero-key-value-heads",
      mixer: "plamo2",
      traits: { activation: "halves" },
    },
  },
  granitehybrid: {
    llamaCpp: {
      compared: true,
      scalesByFile: true,
      recurrent: "zero-key-value-heads",
      mixer: "mamba2",
      traits: { rope: "when-set", scalesResiduals: true, logits: "scale", routing: softmaxNormalized },
    },
    config: { granitemoehybrid: { mixer: "mamba2", ...attentionBiases, kinds: "listed-recurrent" } },
  },
  lfm2: {
    llamaCpp: {
      compared: true,
      recurrent: "zero-key-value-heads",
      window: { kind: "recurrent-free" },
      mixer: "short-convolution",
      traits: { residualFirst: "both", lastNorm: "token_embd_norm", routing: sigmoidNormalized },
    },
    config: {
      lfm2: { mixer: "short-convolution", tied: true, headNorms: "each", training: { headNorms: "each" } },
    },
  },
  lfm2moe: {
    llamaCpp: {
      compared: true,
      recurrent: "zero-key-value-heads",
      mixer: "short-convolution",
      traits: { residualFirst: "both", lastNorm: "token_embd_norm", routing: sigmoidNormalized },
    },
    config: {
      lfm2_moe: {
        mixer: "short-convolution",
        tied: true,
        headNorms: "each",
        routerBias: "use_expert_bias",
        experts: "from-dense",
      },
    },
  },
  "kimi-linear": {
    llamaCpp: { compared: true, recurrent: "zero-key-value-heads", graph: "kimi-linear" },
    config: {
      kimi_linear: {
        mixer: "kimi-delta",
        ...attentionBiases,
        neverTied: true,
        routerBias: true,
        experts: "from-dense",
        kinds: "interval",
        defaults: { first_k_dense_replace: 1, full_attention_interval: 4 },
      },
    },
  },
  "kimi-k3": { llamaCpp: { compared: true, recurrent: "zero-key-value-heads", graph: "kimi-k3" } },
  bailingmoe3: { llamaCpp: { compared: false, recurrent: "zero-key-value-heads", graph: "ling3" } },
  nemotron_h: {
    llamaCpp: {
      compared: true,
      recurrent: "zero-heads-and-width",
      mixer: "mamba2",
      traits: { rope: "never", singleBlocks: true, activation: "square", lateRows: "normed" },
    },
    config: {
      nemotron_h: {
        mixer: "mamba2",
        feedForwardBias: "mlp_bias",
        norms: 1,
        plainFeedForward: true,
        plainExperts: true,
        neverTied: true,
        routerBias: true,
        defaults: { layers_block_type: ["linear_attention", "moe", "full_attention", "mlp"] },
      },
    },
  },
  nemotron_h_moe: {
    llamaCpp: {
      compared: true,
      recurrent: "zero-heads-and-width",
      mixer: "mamba2",
      traits: { rope: "never", singleBlocks: true, activation: "square", lateRows: "normed" },
    },
  },
  qwen3next: {
    llamaCpp: {
      compared: true,
      recurrent: "interval",
      mixer: "delta-net",
      traits: { routing: softmaxNormalized, lateRows: "normed", expandsNorm: true },
    },
    config: { qwen3_next: qwenNextLayers },
  },
  qwen35: {
    llamaCpp: {
      compared: true,
      positionParts: 4,
      recurrent: "interval",
      mixer: "delta-net",
      traits: { routing: softmaxNormalized, lateRows: "normed", expandsNorm: true },
    },
    config: { qwen3_5_text: { ...qwenNextLayers, aliases: ["qwen3_5"] } },
  },
  qwen35moe: {
    llamaCpp: {
      compared: true,
      positionParts: 4,
      recurrent: "interval",
      mixer: "delta-net",
      traits: { routing: softmaxNormalized, lateRows: "normed", expandsNorm: true },
    },
    config: { qwen3_5_moe_text: { ...qwenNextLayers, aliases: ["qwen3_5_moe"] } },
  },
  "minimax-01": { llamaCpp: { compared: true, recurrent: "interval", interval: 8, graph: "minimax-01" } },
  bamba: { config: { bamba: { mixer: "mamba2", ...llamaBiases, kinds: "listed-recurrent" } } },
  zamba2: {
    config: {
      zamba2: {
        mixer: "mamba2",
        countable: false,
        kinds: "listed-recurrent",
        defaults: { layers_block_type: zamba2Blocks },
      },
    },
  },
  recurrent_gemma: {
    config: {
      recurrent_gemma: {
        mixer: "griffin",
        tied: true,
        queryBias: "attention_bias",
        outputBias: true,
        feedForwardBias: true,
        window: "all",
        kinds: "blocks",
      },
    },
  },
  minimax: { config: { minimax: { mixer: "lightning", kinds: "even", window: "all" } } },
  rwkv: {
    config: {
      rwkv: {
        fourfoldFeedForward: true,
        mixer: "rwkv",
        kinds: "recurrent",
        normBias: true,
        plainFeedForward: true,
        embeddingNorms: 2,
      },
    },
  },
};
