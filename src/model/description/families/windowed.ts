import type { FamilyTable } from "./model-family.ts";
import { attentionBiases } from "./config-parts.ts";
import { cohereRecipe, gemmaRecipe, olmo2Recipe } from "./recipe-parts.ts";

/** Decoders with dense layers, some of which see only a window. */
export const windowedFamilies: FamilyTable = {
  gemma2: {
    llamaCpp: { compared: true, window: { kind: "period", period: 2, defaultWindow: 4096 }, graph: "gemma2" },
    config: {
      gemma2: {
        ...attentionBiases,
        tied: true,
        norms: 4,
        window: "period",
        defaults: { sliding_window_pattern: 2 },
        training: { ...gemmaRecipe, normsAfter: 2, softcap: true, comparedFlash: false },
      },
    },
  },
  gemma3: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 6, whenGiven: true },
      traits: { scalesEmbeddings: true, scalesQueries: true },
    },
    config: {
      gemma3_text: {
        ...attentionBiases,
        tied: true,
        norms: 4,
        headNorms: "each",
        window: "period",
        defaults: { sliding_window_pattern: 6 },
        aliases: ["gemma3"],
        training: { ...gemmaRecipe, normsAfter: 2, headNorms: "each", rotations: 2 },
      },
    },
  },
  gemma3n: {
    llamaCpp: {
      compared: true,
      outputFirst: true,
      window: { kind: "period", period: 5 },
      cachedLayers: 20,
      graph: "gemma3n",
    },
    config: {
      gemma3n_text: {
        ...attentionBiases,
        tied: true,
        norms: 4,
        headNorms: "each",
        window: "period",
        defaults: { sliding_window_pattern: 5 },
        aliases: ["gemma3n"],
      },
    },
  },
  cohere2: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4 },
      traits: { norm: "layer", layout: "parallel", logits: "scale", rope: "windowed-only" },
    },
    config: {
      cohere2: {
        ...attentionBiases,
        norms: 1,
        tied: true,
        window: "period",
        defaults: { sliding_window_pattern: 4 },
        training: cohereRecipe,
      },
    },
  },
  exaone4: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4, defaultWindow: 4096, layerCount: 64 },
      traits: { rope: "windowed-if-any" },
    },
    config: {
      exaone4: {
        headNorms: "each",
        window: "period",
        defaults: { sliding_window_pattern: 4 },
        training: { normsBefore: 0, normsAfter: 2, headNorms: "each" },
      },
    },
  },
  olmo2: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4, whenGiven: true },
      traits: { flatNorms: "products" },
    },
    config: {
      olmo2: { ...attentionBiases, headNorms: "all", training: olmo2Recipe },
      olmo3: {
        ...attentionBiases,
        headNorms: "all",
        window: "period",
        defaults: { sliding_window_pattern: 4 },
        training: olmo2Recipe,
      },
    },
  },
  mellum: { llamaCpp: { compared: true, window: { kind: "period", period: 4, whenGiven: true } } },
  plamo3: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 8, whenGiven: true },
      traits: { activation: "halves" },
    },
  },
  "muse-glimmer": {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4 },
      traits: { normsEmbeddings: true, rope: "windowed-only", rowsAfterNorm: true, logits: "scale-and-cap" },
    },
  },
  granite_swa: { llamaCpp: { compared: true, scalesByFile: true, window: { kind: "listed" } } },
  spark2_5: { llamaCpp: { compared: true, window: { kind: "listed" } } },
  vaultgemma: {
    config: {
      vaultgemma: {
        ...attentionBiases,
        tied: true,
        window: "period",
        defaults: { sliding_window_pattern: 2 },
      },
    },
  },
};
