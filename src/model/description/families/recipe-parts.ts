import type { TrainingRecipe } from "./training-recipe.ts";

/** GPT-2's layers: layer norms, two matrices in the feed-forward part. */
export const classicRecipe: TrainingRecipe = { norm: "layer", gated: false };

/** GPT-2's attention: queries, keys and values are views of one product, and nothing is rotated. */
export const viewsRecipe: TrainingRecipe = {
  ...classicRecipe,
  fusedProjection: true,
  unrotated: true,
  rotations: 0,
};

/** BERT's layers and its head. */
export const bertRecipe: TrainingRecipe = {
  ...classicRecipe,
  plainSoftmax: true,
  embeddingNorm: true,
  lastNorm: false,
  maskedHead: true,
  rotations: 0,
  usualDropout: "all",
  embeddingDropoutSetting: "hidden_dropout_prob",
};

/** Gemma's norms. */
export const gemmaRecipe: TrainingRecipe = { norm: "rms-float", headNormKind: "rms-float" };

/** OLMo 2's layers: norms after attention and feed-forward, and over all heads. */
export const olmo2Recipe: TrainingRecipe = {
  norm: "rms-late",
  normsBefore: 0,
  normsAfter: 2,
  headNorms: "all",
  headNormKind: "rms-late",
  rotatesBack: true,
  floatRotation: true,
};

/** Command R's layers: attention and feed-forward read one norm in parallel. */
export const cohereRecipe: TrainingRecipe = {
  norm: "centred",
  normsBefore: 1,
  parallel: true,
  headNormKind: "centred",
  rotatesBack: true,
};

/** DeepSeek V3's experts, which are chosen by groups. */
export const deepseekRecipe: TrainingRecipe = {
  routing: "grouped",
  floatRouter: true,
  groupBest: 2,
  floatWeights: true,
  adaptedExperts: true,
  comparedFlash: false,
};
