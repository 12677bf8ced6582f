import type { FamilyTable } from "./model-family.ts";
import { deepseekLayers, llamaBiases } from "./config-parts.ts";
import { deepseekRecipe } from "./recipe-parts.ts";
import { softmaxAsSet } from "./routing-parts.ts";

/** Decoders that cache a latent instead of keys and values, or choose the tokens they attend to. */
export const latentAttentionFamilies: FamilyTable = {
  minicpm3: { llamaCpp: { compared: true, graph: "minicpm3" }, config: { minicpm3: llamaBiases } },
  deepseek2: {
    llamaCpp: { compared: true, mixer: "latent-attention", traits: { routing: softmaxAsSet } },
    config: {
      deepseek_v3: {
        ...deepseekLayers,
        routerBias: true,
        training: { ...deepseekRecipe, expertWeightsDivided: "by-default" },
      },
      deepseek_v2: { ...llamaBiases, experts: "from-dense", training: deepseekRecipe },
      kimi_k2: { ...deepseekLayers, routerBias: true },
      glm4_moe_lite: { ...deepseekLayers, routerBias: true, defaults: { first_k_dense_replace: 1 } },
    },
  },
  "deepseek2-ocr": { llamaCpp: { compared: true, traits: { routing: softmaxAsSet } } },
  deepseek32: {
    llamaCpp: { compared: true, graph: "deepseek32" },
    config: { deepseek_v32: { ...deepseekLayers, routerBias: true } },
  },
  "glm-dsa": {
    llamaCpp: { compared: true, graph: "deepseek32" },
    config: { glm_moe_dsa: { ...deepseekLayers, routerBias: true } },
  },
  "minimax-m3": { llamaCpp: { compared: true, graph: "minimax-m3" } },
  mistral4: { llamaCpp: { compared: true, mixer: "latent-attention" } },
  deepseek4: { llamaCpp: { compared: true, window: { kind: "period", period: 0 }, graph: "deepseek4" } },
  dots3note: { llamaCpp: { compared: true, window: { kind: "listed" }, graph: "deepseek32" } },
  qwen4exp: { llamaCpp: "not-followed" },
};
