import type { FamilyTable } from "./model-family.ts";
import { attentionBiases, classicLayers, llamaBiases, useBias } from "./config-parts.ts";
import { classicRecipe, cohereRecipe, viewsRecipe } from "./recipe-parts.ts";

/** Decoders with dense layers and layer norms, as GPT-2 has them. */
export const layerNormFamilies: FamilyTable = {
  falcon: {
    llamaCpp: { compared: true, traits: { norm: "layer", layout: "parallel-falcon" } },
    config: {
      falcon: {
        fourfoldFeedForward: true,
        tied: true,
        normBias: true,
        plainFeedForward: true,
        norms: 1,
        queryBias: "bias",
        outputBias: "bias",
        feedForwardBias: "bias",
        training: {
          ...classicRecipe,
          normsBefore: 1,
          parallel: true,
          rotatesBack: true,
          fusedProjection: true,
          plainSoftmax: true,
          dropsOnce: true,
          comparedFlash: false,
        },
      },
    },
  },
  gpt2: {
    llamaCpp: { compared: true, traits: { norm: "layer", rope: "never", addsPositions: true } },
    config: {
      gpt2: {
        fourfoldFeedForward: true,
        ...classicLayers,
        positionRows: 0,
        training: {
          ...viewsRecipe,
          plainSoftmax: true,
          usualDropout: "all",
          embeddingDropoutSetting: "embd_pdrop",
          usualActivation: "gelu_new",
        },
      },
      "gpt-sw3": { fourfoldFeedForward: true, ...classicLayers, positionRows: 0 },
    },
  },
  gptneox: {
    llamaCpp: { compared: true, graph: "gptneox" },
    config: {
      gpt_neox: {
        ...attentionBiases,
        normBias: true,
        plainFeedForward: true,
        feedForwardBias: true,
        tied: false,
        training: {
          ...classicRecipe,
          sharedNormInput: true,
          fusedProjection: true,
          partlyRotated: true,
          embeddingDropoutSetting: "hidden_dropout",
        },
      },
    },
  },
  mpt: {
    llamaCpp: {
      compared: true,
      traits: { norm: "layer", rope: "never", flatNorms: "joined", addsPositions: true },
    },
    config: {
      mpt: {
        fourfoldFeedForward: true,
        plainFeedForward: true,
        tied: true,
        training: { ...viewsRecipe, comparedFlash: false },
      },
    },
  },
  starcoder: {
    llamaCpp: { compared: true, traits: { norm: "layer", rope: "never", addsPositions: true } },
    config: {
      gpt_bigcode: {
        fourfoldFeedForward: true,
        ...classicLayers,
        positionRows: 0,
        training: { ...viewsRecipe, usualDropout: "all", embeddingDropoutSetting: "embd_pdrop" },
      },
    },
  },
  bloom: {
    llamaCpp: { compared: true, traits: { norm: "layer", rope: "never" } },
    config: {
      bloom: {
        fourfoldFeedForward: true,
        ...classicLayers,
        embeddingNorms: 2,
        training: { ...viewsRecipe, embeddingNorm: true, comparedFlash: false },
      },
    },
  },
  stablelm: {
    llamaCpp: { compared: true, traits: { norm: "layer" } },
    config: {
      stablelm: {
        normBias: true,
        queryBias: "use_qkv_bias",
        headNorms: "own",
        headNormsSetting: "qk_layernorm",
        training: { norm: "layer", headNormKind: "layer", partlyRotated: true, dropsOnce: true },
      },
    },
  },
  phi2: {
    llamaCpp: { compared: true, traits: { norm: "layer", layout: "parallel-phi", scalesQueries: true } },
    config: {
      phi: {
        ...classicLayers,
        tied: false,
        norms: 1,
        outputLayerBias: true,
        headNorms: "each",
        headNormsSetting: "qk_layernorm",
        training: {
          ...classicRecipe,
          normsBefore: 1,
          parallel: true,
          headNormKind: "layer",
          partlyRotated: true,
          embeddingDropoutSetting: "embd_pdrop",
          usualActivation: "gelu_new",
        },
      },
    },
  },
  codeshell: { llamaCpp: { compared: true, traits: { norm: "layer" } } },
  orion: { llamaCpp: { compared: true, traits: { norm: "layer" } } },
  starcoder2: {
    llamaCpp: { compared: true, traits: { norm: "layer" } },
    config: {
      starcoder2: {
        ...useBias,
        normBias: true,
        plainFeedForward: true,
        tied: true,
        window: "all",
        training: { ...classicRecipe, embeddingDropoutSetting: "embedding_dropout" },
      },
    },
  },
  "command-r": {
    llamaCpp: { compared: true, traits: { norm: "layer", layout: "parallel", logits: "scale" } },
    config: {
      cohere: {
        ...attentionBiases,
        norms: 1,
        tied: true,
        headNorms: "own",
        headNormsSetting: "use_qk_norm",
        training: cohereRecipe,
      },
    },
  },
  olmo: {
    llamaCpp: { compared: true, traits: { norm: "layer" } },
    config: {
      olmo: {
        ...attentionBiases,
        norms: 0,
        lastNorms: 0,
        training: { norm: "layer-float", rotatesBack: true, floatRotation: true },
      },
    },
  },
  jais: { llamaCpp: { compared: true, traits: { norm: "layer", rope: "never" } } },
  jais2: {
    llamaCpp: { compared: true, traits: { norm: "layer", activation: "square" } },
    config: {
      jais2: { ...llamaBiases, normBias: true, plainFeedForward: true, tied: false, training: classicRecipe },
    },
  },
  nemotron: {
    llamaCpp: { compared: true, traits: { norm: "layer", activation: "square" } },
    config: {
      nemotron: {
        ...llamaBiases,
        normBias: true,
        plainFeedForward: true,
        training: { ...classicRecipe, unitWeight: true, partlyRotated: true },
      },
    },
  },
  pockettts: { llamaCpp: { compared: true, traits: { norm: "layer" } } },
  gptneo: {
    config: { gpt_neo: { fourfoldFeedForward: true, ...classicLayers, queryBias: false, positionRows: 0 } },
  },
  gptj: {
    config: {
      gptj: {
        fourfoldFeedForward: true,
        ...classicLayers,
        queryBias: false,
        outputBias: false,
        norms: 1,
        outputLayerBias: true,
      },
    },
  },
  codegen: {
    config: {
      codegen: {
        fourfoldFeedForward: true,
        ...classicLayers,
        queryBias: false,
        outputBias: false,
        norms: 1,
        outputLayerBias: true,
      },
    },
  },
  opt: {
    config: {
      opt: {
        normBias: true,
        plainFeedForward: true,
        queryBias: "enable_bias",
        outputBias: "enable_bias",
        feedForwardBias: "enable_bias",
        tied: true,
        positionRows: 2,
        training: { ...classicRecipe, rotations: 0, usualDropout: "residual", usualActivation: "relu" },
      },
    },
  },
  persimmon: {
    config: {
      persimmon: { ...classicLayers, tied: false, headNorms: "each", headNormsSetting: "qk_layernorm" },
    },
  },
  nanochat: { config: { nanochat: { ...attentionBiases, norms: 0, lastNorms: 0, plainFeedForward: true } } },
  xglm: { config: { xglm: classicLayers } },
  biogpt: { config: { biogpt: { ...classicLayers, positionRows: 2 } } },
};
