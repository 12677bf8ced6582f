import type { FamilyTable } from "./model-family.ts";
import { attentionBiases, llamaBiases, useBias } from "./config-parts.ts";
import { olmo2Recipe } from "./recipe-parts.ts";
import {
  sigmoidAsSet,
  sigmoidNormalized,
  softmaxAsSet,
  softmaxNormalized,
  softmaxRaw,
} from "./routing-parts.ts";

/** Decoders with experts. */
export const expertFamilies: FamilyTable = {
  grok: { llamaCpp: { compared: true, flashAttention: false, graph: "grok" } },
  qwen2moe: {
    llamaCpp: { compared: true, graph: "qwen2-moe" },
    config: {
      qwen2_moe: {
        queryBias: "qkv_bias",
        window: "even-to-layer",
        sharedGate: true,
        experts: "every-step",
        training: { sharedGate: true },
      },
    },
  },
  qwen3moe: {
    llamaCpp: { compared: true, traits: { routing: softmaxNormalized } },
    config: {
      qwen3_moe: {
        ...attentionBiases,
        headNorms: "each",
        window: "all",
        experts: "every-step",
        training: { headNorms: "each", adaptedExperts: true },
      },
    },
  },
  qwen3vlmoe: {
    llamaCpp: { compared: true, positionParts: 4, traits: { routing: softmaxNormalized } },
    config: {
      qwen3_vl_moe_text: {
        ...attentionBiases,
        headNorms: "each",
        experts: "every-step",
        aliases: ["qwen3_vl_moe"],
      },
    },
  },
  dbrx: { llamaCpp: { compared: true, traits: { norm: "layer", routing: softmaxNormalized } } },
  olmoe: {
    llamaCpp: { compared: true, traits: { routing: softmaxRaw, flatNorms: "products" } },
    config: {
      olmoe: { ...attentionBiases, headNorms: "all", training: { headNorms: "all", adaptedExperts: true } },
    },
  },
  arctic: { llamaCpp: { compared: true, graph: "arctic" } },
  deepseek: { llamaCpp: { compared: true, traits: { routing: softmaxRaw } } },
  glm4moe: {
    llamaCpp: { compared: true, positionParts: "by-file", traits: { routing: sigmoidAsSet } },
    config: {
      glm4_moe: {
        queryBias: "attention_bias",
        headNorms: "each",
        headNormsSetting: "use_qk_norm",
        routerBias: true,
        experts: "from-dense",
        training: {
          partlyRotated: true,
          routing: "grouped",
          floatRouter: true,
          groupBest: 2,
          floatWeights: true,
          adaptedExperts: true,
          expertWeightsDivided: "by-default",
        },
      },
    },
  },
  granitemoe: {
    llamaCpp: {
      compared: true,
      scalesByFile: true,
      traits: { scalesResiduals: true, logits: "scale", routing: softmaxNormalized },
    },
    config: {
      granitemoe: { ...attentionBiases, training: { routing: "choice-first", dividesWeights: false } },
      granitemoeshared: {
        ...attentionBiases,
        training: { fusedGate: true, routing: "choice-first", dividesWeights: false },
      },
      granitemoe_swa: { ...attentionBiases, perHead: 1, window: "period-first" },
    },
  },
  bailingmoe: { llamaCpp: { compared: true, traits: { routing: softmaxAsSet } } },
  bailingmoe2: { llamaCpp: { compared: true, traits: { routing: sigmoidAsSet } } },
  dots1: {
    llamaCpp: { compared: true, traits: { routing: sigmoidAsSet } },
    config: {
      dots1: {
        ...attentionBiases,
        headNorms: "each",
        routerBias: true,
        experts: "from-dense",
        training: {
          headNorms: "each",
          routing: "grouped",
          floatRouter: true,
          groupBest: 2,
          floatWeights: true,
          adaptedExperts: true,
        },
      },
    },
  },
  "ernie4_5-moe": {
    llamaCpp: { compared: true },
    config: { ernie4_5_moe: { ...useBias, routerBias: true, experts: "range" } },
  },
  "hunyuan-moe": {
    llamaCpp: { compared: true },
    config: { hunyuan_v1_moe: { ...attentionBiases, headNorms: "each", defaults: { num_shared_expert: 1 } } },
  },
  hy_v3: { llamaCpp: { compared: true, traits: { routing: sigmoidAsSet, lateRows: "normed" } } },
  hy_v4: { llamaCpp: { compared: true, graph: "hunyuan4" } },
  grovemoe: { llamaCpp: { compared: true, graph: "grovemoe" } },
  "minimax-m2": {
    llamaCpp: { compared: true, traits: { routing: sigmoidNormalized, flatNorms: "products" } },
    config: { minimax_m2: { headNorms: "all", routerBias: true } },
  },
  phimoe: {
    llamaCpp: {
      compared: true,
      window: { kind: "ignored" },
      traits: { scalesQueries: true, residualFirst: "feed-forward", routing: softmaxNormalized },
    },
    config: {
      phimoe: { ...attentionBiases, normBias: true, outputLayerBias: "lm_head_bias", window: "all" },
    },
  },
  flexolmo: { config: { flex_olmo: { ...attentionBiases, headNorms: "all", training: olmo2Recipe } } },
  "solar-open": {
    config: { solar_open: { queryBias: "attention_bias", routerBias: true, experts: "from-dense" } },
  },
  "hy-v3": {
    config: {
      hy_v3: {
        ...llamaBiases,
        headNorms: "each",
        routerBias: true,
        experts: "from-dense",
        defaults: { first_k_dense_replace: 1 },
      },
    },
  },
};
