import type { FamilyTable } from "./model-family.ts";
import { attentionBiases, llamaBiases, useBias } from "./config-parts.ts";
import { deepseekRecipe, gemmaRecipe } from "./recipe-parts.ts";
import { softmaxNormalized } from "./routing-parts.ts";

/** Decoders with dense layers and RMS norms, as Llama has them. */
export const rmsNormFamilies: FamilyTable = {
  llama: {
    llamaCpp: { compared: true, traits: { routing: softmaxNormalized } },
    config: {
      llama: { ...llamaBiases, training: {} },
      mistral: { window: "all", aliases: ["mistral3"], training: {} },
      ministral: { window: "all" },
      cwm: { ...llamaBiases, window: "period-first" },
      iquestcoder: llamaBiases,
      youtu: { ...llamaBiases, training: { ...deepseekRecipe, expertWeightsDivided: "by-default" } },
      internlm3: { ...llamaBiases, training: {} },
      mixtral: {
        window: "all",
        training: { floatWeights: true, adaptedExperts: true, expertWeightsDivided: "always" },
      },
    },
  },
  deci: { llamaCpp: { compared: true, graph: "deci" } },
  baichuan: { llamaCpp: { compared: true } },
  refact: { llamaCpp: { compared: true, traits: { rope: "never" } } },
  qwen: { llamaCpp: { compared: true } },
  qwen2: {
    llamaCpp: { compared: true },
    config: { qwen2: { queryBias: true, window: "from-layer", training: {} } },
  },
  qwen2vl: {
    llamaCpp: { compared: true, positionParts: 4 },
    config: {
      qwen2_vl_text: { queryBias: true, window: "from-layer", aliases: ["qwen2_vl"] },
      qwen2_5_vl_text: { queryBias: true, window: "from-layer", aliases: ["qwen2_5_vl"] },
    },
  },
  qwen3: {
    llamaCpp: { compared: true },
    config: {
      qwen3: { ...attentionBiases, headNorms: "each", window: "from-layer", training: { headNorms: "each" } },
    },
  },
  qwen3vl: {
    llamaCpp: { compared: true, positionParts: 4 },
    config: { qwen3_vl_text: { ...attentionBiases, headNorms: "each", aliases: ["qwen3_vl"] } },
  },
  plamo: { llamaCpp: { compared: true, traits: { layout: "parallel-falcon" } } },
  internlm2: { llamaCpp: { compared: true } },
  minicpm: {
    llamaCpp: { compared: true, traits: { scalesEmbeddings: true, scalesResiduals: true, logits: "scale" } },
  },
  gemma: {
    llamaCpp: { compared: true, traits: { scalesEmbeddings: true, scalesQueries: true } },
    config: { gemma: { ...attentionBiases, tied: true, training: gemmaRecipe } },
  },
  xverse: { llamaCpp: { compared: true } },
  openelm: { llamaCpp: { compared: true, traits: { residualFirst: "mixer" } } },
  chatglm: {
    llamaCpp: { compared: true, traits: { activation: "halves" } },
    config: {
      glm: {
        queryBias: "attention_bias",
        training: { partlyRotated: true, fusedGate: true, ownRotation: 0.5 },
      },
    },
  },
  glm4: {
    llamaCpp: { compared: true, positionParts: "by-file", traits: { activation: "halves" } },
    config: {
      glm4: {
        queryBias: "attention_bias",
        norms: 4,
        training: { normsAfter: 2, partlyRotated: true, fusedGate: true, ownRotation: 0.5 },
      },
    },
  },
  bitnet: {
    llamaCpp: { compared: true, singleEmbedding: true },
    config: { bitnet: { ...attentionBiases, innerNorms: true } },
  },
  exaone: { llamaCpp: { compared: true } },
  granite: {
    llamaCpp: {
      compared: true,
      scalesByFile: true,
      traits: { rope: "when-set", scalesResiduals: true, logits: "scale", routing: softmaxNormalized },
    },
    config: {
      granite: { ...llamaBiases, training: {} },
      granite_swa: { ...llamaBiases, perHead: 1, window: "period-first" },
    },
  },
  chameleon: { llamaCpp: { compared: true, graph: "chameleon" } },
  plm: { llamaCpp: { compared: false } },
  arcee: {
    llamaCpp: { compared: true, traits: { activation: "square" } },
    config: { arcee: { ...llamaBiases, plainFeedForward: true, training: { gated: false } } },
  },
  ernie4_5: {
    llamaCpp: { compared: true },
    config: {
      ernie4_5: { ...useBias, training: { rotatesBack: true, ownRotation: 1, floatRotation: true } },
    },
  },
  "hunyuan-dense": {
    llamaCpp: { compared: true },
    config: {
      hunyuan_v1_dense: {
        ...attentionBiases,
        headNorms: "each",
        training: { headNorms: "each", normsRotated: true },
      },
    },
  },
  hunyuan_vl: { llamaCpp: { compared: true, positionParts: "by-file" } },
  smollm3: {
    llamaCpp: { compared: true, traits: { rope: { skips: 4 } } },
    config: { smollm3: { ...llamaBiases, window: "unrotated", training: {} } },
  },
  seed_oss: {
    llamaCpp: { compared: true },
    config: {
      seed_oss: {
        queryBias: "attention_bias",
        outputBias: "attention_out_bias",
        feedForwardBias: "mlp_bias",
        training: { usualDropout: "all" },
      },
    },
  },
  apertus: {
    llamaCpp: { compared: true },
    config: { apertus: { ...attentionBiases, plainFeedForward: true, headNorms: "each", perLayer: 4 } },
  },
  cogvlm: { llamaCpp: { compared: true, graph: "cogvlm" } },
  "pangu-embedded": { llamaCpp: { compared: true } },
  nanbeige: { llamaCpp: { compared: true } },
  hrm_text: { llamaCpp: { compared: true, graph: "hrm-text" } },
  mistral3: {
    llamaCpp: { compared: true, traits: { routing: softmaxNormalized } },
    config: { ministral3: { window: "all" } },
  },
  paddleocr: { llamaCpp: { compared: true, positionParts: 4 } },
  maincoder: { llamaCpp: { compared: true } },
  talkie: { llamaCpp: { compared: true, graph: "talkie" } },
  qwen3tts: { llamaCpp: { compared: true, positionParts: 4, graph: "qwen3-tts" } },
  "llama-embed": { llamaCpp: { compared: true, ignoresCache: true, traits: { headless: true } } },
  phi3: {
    llamaCpp: {
      compared: true,
      window: { kind: "ignored" },
      traits: {
        activation: "halves",
        scalesQueries: true,
        residualFirst: "feed-forward",
        routing: softmaxNormalized,
      },
    },
    config: {
      phi3: { window: "all", training: { fusedProjection: true, partlyRotated: true, fusedGate: true } },
    },
  },
  helium: {
    config: { helium: { squareOutput: true, queryBias: "attention_bias", feedForwardBias: "mlp_bias" } },
  },
  diffllama: { config: { diffllama: { ...llamaBiases, feedForwardBias: false, perHeadWidth: 4 } } },
};
