import type { ModelDescription } from "../../../description/model-description.ts";
import type { LayerRecipe, TrainingRecipe } from "../../../description/families/training-recipe.ts";
import { activationCopies } from "./activation-copies.ts";
import type { BlockRecipe } from "./block-recipe.ts";
import { trainingFamily, usualRecipe } from "./family-recipes.ts";

function size(description: ModelDescription, name: string): number | undefined {
  const value = description.settings[name];
  return typeof value === "number" ? value : undefined;
}

function positive(description: ModelDescription, ...names: readonly string[]): boolean | undefined {
  const given = names.map((name) => description.settings[name]).filter((value) => typeof value === "number");
  return given.length === 0 ? undefined : given.some((value) => value > 0);
}

function dividesWeights(
  recipe: LayerRecipe,
  divided: TrainingRecipe["expertWeightsDivided"],
  description: ModelDescription,
): boolean {
  if (divided === "always") return true;
  const given = description.settings["norm_topk_prob"] ?? divided === "by-default";
  return recipe.dividesWeights && given === true;
}

function dropsScores(
  recipe: LayerRecipe,
  family: string,
  usual: TrainingRecipe["usualDropout"],
  description: ModelDescription,
): boolean {
  // Falcon has the setting, but drops scores only together with ALiBi
  if (family === "falcon" && recipe.rotations > 0) return false;
  const given = positive(description, "attn_pdrop", "attention_dropout", "attention_probs_dropout_prob");
  return given ?? usual === "all";
}

/**
 * Returns the settings of Falcon's three kinds of layers: one key and value head, several (with two norms of one input), or
 * all.
 */
function falconRecipe(recipe: LayerRecipe, { settings }: ModelDescription): LayerRecipe {
  const rotations = settings["alibi"] === true ? 0 : 1;
  if (settings["new_decoder_architecture"] === true) {
    const isOne = settings["num_ln_in_parallel_attn"] === 1;
    const norms = isOne ? {} : { normsBefore: 2, parallel: false, sharedNormInput: true };
    return { ...recipe, ...norms, rotations, repeatsWhole: true, listedHeads: true };
  }
  const order =
    settings["parallel_attn"] === false ? { normsBefore: 2, parallel: false, dropsOnce: false } : {};
  return { ...recipe, ...order, rotations, listedHeads: settings["multi_query"] !== false };
}

/**
 * Returns the routing of DeepSeek V2: a softmax over all experts, by groups only where config.json sets them, without
 * dividing.
 */
function deepseekRecipe(recipe: LayerRecipe, { settings }: ModelDescription): LayerRecipe {
  const groupBest = settings["topk_method"] === "group_limited_greedy" ? 1 : 0;
  // Sines and cosines are one complex tensor in f32
  const rotation = { rotations: 0.5, floatRotation: true };
  return { ...recipe, ...rotation, routing: "softmax", groupBest, dividesWeights: false };
}

/** Applies what config.json can change in the layers of one family. */
function applySettings(recipe: LayerRecipe, family: string, description: ModelDescription): LayerRecipe {
  const { settings } = description;
  const hasHeadNorms = settings["qk_layernorm"] === true || settings["use_qk_norm"] === true;
  switch (family) {
    case "falcon":
      return falconRecipe(recipe, description);
    case "deepseek_v2":
      return deepseekRecipe(recipe, description);
    case "gpt_neox":
      return { ...recipe, sharedNormInput: settings["use_parallel_residual"] !== false };
    case "olmo":
    case "olmoe":
      return { ...recipe, clips: typeof settings["clip_qkv"] === "number" };
    case "stablelm": {
      const isParallel = settings["use_parallel_residual"] === true;
      const order = isParallel ? { normsBefore: 1, parallel: true } : {};
      return { ...recipe, ...order, headNorms: hasHeadNorms ? "each" : "none" };
    }
    case "phi":
    case "cohere":
    case "glm4_moe":
      return { ...recipe, headNorms: hasHeadNorms ? "each" : "none" };
    default:
      return recipe;
  }
}

/** Returns how the layers of a model are written: its family's way, or Llama's for families that were not compared. */
export function blockRecipe(description: ModelDescription): BlockRecipe {
  const { settings } = description;
  const { modelType: family, recipe: own } = trainingFamily(description);
  const { usualDropout, embeddingDropoutSetting, expertWeightsDivided, usualActivation, ...layers } =
    own ?? {};
  const isKnown = description.known && own !== undefined;
  const recipe = applySettings(isKnown ? { ...usualRecipe, ...layers } : usualRecipe, family, description);
  const copies = activationCopies(usualActivation, description);
  return {
    ...recipe,
    family,
    activationCopies: copies ?? 1,
    groups: size(description, "n_group") ?? 1,
    usedGroups: size(description, "topk_group") ?? 1,
    dividesWeights: dividesWeights(recipe, expertWeightsDivided, description),
    softcap: recipe.softcap && settings["attn_logit_softcapping"] !== false,
    attentionDropout: dropsScores(recipe, family, usualDropout, description),
    embeddingDropout:
      embeddingDropoutSetting !== undefined &&
      (positive(description, embeddingDropoutSetting) ?? usualDropout !== undefined),
    residualDropout:
      positive(
        description,
        "resid_pdrop",
        "hidden_dropout",
        "hidden_dropout_prob",
        "residual_dropout",
        "residual_pdrop",
        ...(family === "opt" ? ["dropout"] : []),
      ) ?? usualDropout !== undefined,
    known: isKnown,
    // GGUF leaves out settings that the layers depend on; the loss of routers was not compared
    compared:
      isKnown &&
      recipe.compared &&
      copies !== undefined &&
      description.format !== "gguf" &&
      settings["output_router_logits"] !== true &&
      settings["reorder_and_upcast_attn"] !== true,
  };
}
