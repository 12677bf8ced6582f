import type { FamilyTable } from "./model-family.ts";
import { bertLayers, llamaBiases, pictureEncoder } from "./config-parts.ts";
import { bertRecipe } from "./recipe-parts.ts";
import { softmaxNormalized, softmaxRaw } from "./routing-parts.ts";

/** Encoders and diffusion models: attention over the entire input, and nothing is cached. */
export const encoderFamilies: FamilyTable = {
  bert: {
    llamaCpp: { compared: true, singleEmbedding: true, cacheless: true, graph: "bert" },
    config: {
      bert: {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: true, biases: 2 },
        training: bertRecipe,
      },
      roberta: {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: false, biases: 2 },
        training: bertRecipe,
      },
      "xlm-roberta": {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: false, biases: 2 },
        training: bertRecipe,
      },
      camembert: {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: false, biases: 2 },
        training: bertRecipe,
      },
      ernie: {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: true, biases: 2 },
      },
      "data2vec-text": {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: false, biases: 2 },
      },
      distilbert: { ...bertLayers, encoder: { positions: true } },
      electra: { ...bertLayers, encoder: { positions: true, tokenTypes: true } },
      albert: {
        ...bertLayers,
        encoder: { positions: true, tokenTypes: true, projected: true, pooler: true, biases: 2 },
        sharedLayers: true,
      },
      mpnet: { ...bertLayers, encoder: { positions: true, buckets: true, pooler: true, biases: 2 } },
    },
  },
  "modern-bert": {
    llamaCpp: {
      compared: true,
      singleEmbedding: true,
      cacheless: true,
      window: { kind: "dense-first", period: 3, whenGiven: true },
      traits: { norm: "layer", activation: "halves", headless: true },
    },
    config: {
      modernbert: {
        ...llamaBiases,
        cacheless: true,
        normBias: "norm_bias",
        firstLayerLacksNorm: true,
        defaults: { global_attn_every_n_layers: 3 },
        window: "period-first",
        encoder: { normBias: "norm_bias", headBias: "classifier_bias", biases: "decoder_bias" },
        training: {
          norm: "layer",
          fusedProjection: true,
          fusedGate: true,
          embeddingNorm: true,
          maskedHead: true,
          rotations: 2,
        },
      },
      "modernbert-decoder": {
        ...llamaBiases,
        cacheless: false,
        normBias: "norm_bias",
        firstLayerLacksNorm: true,
        defaults: { global_attn_every_n_layers: 3 },
        window: "period-first",
        encoder: { normBias: "norm_bias", headBias: "classifier_bias", biases: "decoder_bias" },
      },
    },
  },
  "nomic-bert": { llamaCpp: { compared: true, singleEmbedding: true, cacheless: true, graph: "bert" } },
  "nomic-bert-moe": { llamaCpp: { compared: true, singleEmbedding: true, cacheless: true, graph: "bert" } },
  "neo-bert": {
    llamaCpp: {
      compared: true,
      singleEmbedding: true,
      cacheless: true,
      traits: { activation: "halves", headless: true, lastNorm: "enc.output_norm" },
    },
  },
  "jina-bert-v2": { llamaCpp: { compared: true, singleEmbedding: true, cacheless: true, graph: "bert" } },
  "jina-bert-v3": { llamaCpp: { compared: true, singleEmbedding: true, cacheless: true, graph: "bert" } },
  eurobert: {
    llamaCpp: { compared: true, singleEmbedding: true, cacheless: true, traits: { headless: true } },
    config: {
      eurobert: {
        ...llamaBiases,
        cacheless: true,
        encoder: { plainEmbedding: true, plainHead: true, biases: "mlp_bias" },
      },
    },
  },
  dream: { llamaCpp: { compared: true, bidirectional: true, cacheless: true } },
  llada: { llamaCpp: { compared: true, bidirectional: true, cacheless: true } },
  "llada-moe": {
    llamaCpp: { compared: true, bidirectional: true, cacheless: true, traits: { routing: softmaxRaw } },
  },
  rnd1: {
    llamaCpp: {
      compared: true,
      bidirectional: true,
      cacheless: true,
      traits: { routing: softmaxNormalized },
    },
  },
  "gemma-embedding": {
    llamaCpp: {
      compared: true,
      bidirectional: true,
      cacheless: true,
      window: { kind: "period", period: 6 },
      traits: { scalesEmbeddings: true, scalesQueries: true, headless: true },
    },
  },
  deberta: {
    config: {
      deberta: { ...bertLayers, encoder: { positions: true, tokenTypes: true, biases: 2 }, keyBias: false },
      "deberta-v2": { ...bertLayers, encoder: { positions: true, tokenTypes: true, biases: 2 } },
    },
  },
  clip: {
    config: {
      vit: pictureEncoder,
      dinov2: pictureEncoder,
      clip_vision_model: pictureEncoder,
      clip_text_model: pictureEncoder,
      siglip_vision_model: pictureEncoder,
      siglip_text_model: pictureEncoder,
    },
  },
};
