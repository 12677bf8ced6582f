import { findTrainingRecipe } from "../../../description/families/find-family.ts";
import type { LayerRecipe, TrainingRecipe } from "../../../description/families/training-recipe.ts";
import type { ModelDescription } from "../../../description/model-description.ts";

/** Llama's layers, which most families follow; used for families that were not compared. */
export const usualRecipe: LayerRecipe = {
  norm: "rms",
  unitWeight: false,
  normsBefore: 2,
  normsAfter: 0,
  parallel: false,
  sharedNormInput: false,
  headNorms: "none",
  headNormKind: "rms",
  normsRotated: false,
  rotatesBack: false,
  clips: false,
  fusedProjection: false,
  unrotated: false,
  partlyRotated: false,
  repeatsWhole: false,
  listedHeads: false,
  gated: true,
  fusedGate: false,
  plainSoftmax: false,
  softcap: false,
  sinks: false,
  biasedExperts: false,
  dropsOnce: false,
  embeddingNorm: false,
  lastNorm: true,
  maskedHead: false,
  rotations: 1,
  ownRotation: 0,
  floatRotation: false,
  routing: "softmax",
  floatRouter: false,
  groupBest: 0,
  dividesWeights: true,
  floatWeights: false,
  adaptedExperts: false,
  sharedGate: false,
  compared: true,
  comparedFlash: true,
};

/** Finds the `model_type` whose layers a model has, and its recipe. Types that share a name in GGUF have their own layers. */
export function trainingFamily(description: ModelDescription): {
  readonly modelType: string;
  readonly recipe: TrainingRecipe | undefined;
} {
  const own = description.settings["model_type"];
  const name = typeof own === "string" && description.format !== "gguf" ? own : description.architecture;
  return findTrainingRecipe(name) ?? { modelType: name, recipe: undefined };
}
