import { ownValue } from "../../../shared/own-value.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { activationCopies } from "./activation-copies.ts";
import type { BlockRecipe } from "./block-recipe.ts";
import { familyRecipes, trainingFamily, usualRecipe } from "./family-recipes.ts";

function size(description: ModelDescription, name: string): number | undefined {
  const value = description.settings[name];
  return typeof value === "number" ? value : undefined;
}

function positive(description: ModelDescription, ...names: readonly string[]): boolean | undefined {
  const given = names.map((name) => description.settings[name]).filter((value) => typeof value === "number");
  return given.length === 0 ? undefined : given.some((value) => value > 0);
}

const berts = ["bert", "roberta", "camembert", "xlm-roberta"];
/** Families that drop out where config.json does not say otherwise. */
const usualDropout: ReadonlySet<string> = new Set(["gpt2", "gpt_bigcode", "seed_oss", "opt", ...berts]);
const usualScoreDropout: ReadonlySet<string> = new Set(["gpt2", "gpt_bigcode", "seed_oss", ...berts]);

/** Families that drop out after the embedding, and what config.json calls it; others have the setting and no such layer. */
const embeddingDropouts: Readonly<Record<string, readonly string[]>> = {
  gpt2: ["embd_pdrop"],
  gpt_bigcode: ["embd_pdrop"],
  phi: ["embd_pdrop"],
  starcoder2: ["embedding_dropout"],
  gpt_neox: ["hidden_dropout"],
  ...Object.fromEntries(berts.map((name) => [name, ["hidden_dropout_prob"]])),
};

/** Families that divide their experts' weights whatever config.json says, and where it does not say. */
const alwaysDivided: ReadonlySet<string> = new Set(["mixtral"]);
const usuallyDivided: ReadonlySet<string> = new Set(["deepseek_v3", "glm4_moe", "youtu"]);

function dividesWeights(recipe: BlockRecipe, family: string, description: ModelDescription): boolean {
  if (alwaysDivided.has(family)) return true;
  const asked = description.settings["norm_topk_prob"] ?? usuallyDivided.has(family);
  return recipe.dividesWeights && asked === true;
}

function dropsScores(recipe: BlockRecipe, family: string, description: ModelDescription): boolean {
  // Falcon has the setting, and drops scores out only beside ALiBi
  if (family === "falcon" && recipe.rotations > 0) return false;
  const asked = positive(description, "attn_pdrop", "attention_dropout", "attention_probs_dropout_prob");
  return asked ?? usualScoreDropout.has(family);
}

/** Falcon's three kinds of layers: one key and value head, some of them (with two norms of one input), or all. */
function falconRecipe(recipe: BlockRecipe, { settings }: ModelDescription): BlockRecipe {
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

/** DeepSeek V2 chooses by a softmax over all experts, by groups only if asked, and does not divide. */
function deepseekRecipe(recipe: BlockRecipe, { settings }: ModelDescription): BlockRecipe {
  const groupBest = settings["topk_method"] === "group_limited_greedy" ? 1 : 0;
  // sines and cosines are one complex tensor, of f32
  const rotation = { rotations: 0.5, floatRotation: true };
  return { ...recipe, ...rotation, routing: "softmax", groupBest, dividesWeights: false };
}

/** What config.json can change in the layers of one family. */
function asked(recipe: BlockRecipe, family: string, description: ModelDescription): BlockRecipe {
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

/** How the layers of a model are written; the common way (Llama's) for families that were not looked at. */
export function blockRecipe(description: ModelDescription): BlockRecipe {
  const { settings } = description;
  const family = trainingFamily(description);
  const found = description.known ? ownValue(familyRecipes, family) : undefined;
  const recipe = asked(found ?? usualRecipe, family, description);
  const copies = activationCopies(family, description);
  const embedding = ownValue(embeddingDropouts, family);
  return {
    ...recipe,
    family,
    activationCopies: copies ?? 1,
    groups: size(description, "n_group") ?? 1,
    usedGroups: size(description, "topk_group") ?? 1,
    dividesWeights: dividesWeights(recipe, family, description),
    softcap: recipe.softcap && settings["attn_logit_softcapping"] !== false,
    attentionDropout: dropsScores(recipe, family, description),
    embeddingDropout:
      embedding !== undefined && (positive(description, ...embedding) ?? usualDropout.has(family)),
    residualDropout:
      positive(
        description,
        "resid_pdrop",
        "hidden_dropout",
        "hidden_dropout_prob",
        "residual_dropout",
        "residual_pdrop",
        ...(family === "opt" ? ["dropout"] : []),
      ) ?? usualDropout.has(family),
    known: found !== undefined,
    // a GGUF file does not say all that the layers depend on; the loss of routers was not looked at
    compared:
      found !== undefined &&
      recipe.compared &&
      copies !== undefined &&
      description.format !== "gguf" &&
      settings["output_router_logits"] !== true &&
      settings["reorder_and_upcast_attn"] !== true,
  };
}
