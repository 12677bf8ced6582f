import { ownValue } from "../../../shared/own-value.ts";
import type { ConfigFamily } from "./config-family.ts";
import { encoderFamilies } from "./encoders.ts";
import { expertFamilies } from "./experts.ts";
import { latentAttentionFamilies } from "./latent-attention.ts";
import { layerNormFamilies } from "./layer-norm.ts";
import type { ConfigType, FamilyTable, LlamaCppFamily } from "./model-family.ts";
import { recurrentFamilies } from "./recurrent.ts";
import { rmsNormFamilies } from "./rms-norm.ts";
import type { TrainingRecipe } from "./training-recipe.ts";
import { twoStackFamilies } from "./two-stacks.ts";
import { windowedExpertFamilies } from "./windowed-experts.ts";
import { windowedFamilies } from "./windowed.ts";

/** The tables of families, by kind. */
export const familyTables: readonly FamilyTable[] = [
  rmsNormFamilies,
  layerNormFamilies,
  windowedFamilies,
  latentAttentionFamilies,
  expertFamilies,
  windowedExpertFamilies,
  recurrentFamilies,
  encoderFamilies,
  twoStackFamilies,
];

/** All families by their name in GGUF files. */
export const families: FamilyTable = Object.assign({}, ...familyTables);

/** Types of config.json, each with its family's name, under their own names. */
const typesByName = new Map<string, ConfigFamily & ConfigType>();
/** The same by their aliases. */
const typesByAlias = new Map<string, ConfigFamily & ConfigType>();
for (const [gguf, { config = {} }] of Object.entries(families)) {
  for (const [modelType, type] of Object.entries(config)) {
    typesByName.set(modelType, { ...type, gguf });
    for (const alias of type.aliases ?? []) typesByAlias.set(alias, { ...type, gguf });
  }
}

/** Returns what llama.cpp's file of a family does not say; undefined for an unknown family, which the common rule reads. */
export function findLlamaCppFamily(architecture: string): LlamaCppFamily | undefined {
  const row = ownValue(families, architecture)?.llamaCpp;
  return row === "not-followed" ? undefined : row;
}

/** Returns whether llama.cpp runs a family by a graph that is not followed here. */
export function isNotFollowed(architecture: string): boolean {
  return ownValue(families, architecture)?.llamaCpp === "not-followed";
}

/** Returns the family of a `model_type`, or undefined if it is unknown. */
export function findConfigFamily(modelType: string): ConfigFamily | undefined {
  return typesByAlias.get(modelType) ?? typesByName.get(modelType);
}

/**
 * Finds how the layers of a family train: the type and its recipe, by `model_type`, or by the name in GGUF if llama.cpp
 * runs the family.
 */
export function findTrainingRecipe(
  name: string,
): { readonly modelType: string; readonly recipe: TrainingRecipe } | undefined {
  const own = typesByName.get(name)?.training;
  if (own !== undefined) return { modelType: name, recipe: own };
  const { llamaCpp, config = {} } = ownValue(families, name) ?? {};
  if (llamaCpp === undefined) return undefined;
  for (const [modelType, { training }] of Object.entries(config))
    if (training !== undefined) return { modelType, recipe: training };
  return undefined;
}
