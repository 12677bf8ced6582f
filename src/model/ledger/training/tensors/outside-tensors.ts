import { ownValue } from "../../../../shared/own-value.ts";
import type { ModelDescription } from "../../../description/model-description.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { linearTensors } from "./linear-tensors.ts";
import { normTensors } from "./norm-tensors.ts";
import { perToken } from "./saved-tensor.ts";
import type { SavedTensor, RunSizes } from "./saved-tensor.ts";

/** Returns how many elements of a head are rotated. */
function widthOfRotation(recipe: BlockRecipe, description: ModelDescription): number {
  const attention = description.layers.find((layer) => layer.attention !== undefined)?.attention;
  const given = description.settings["partial_rotary_factor"] ?? description.settings["rotary_pct"];
  const share = typeof given === "number" ? given : (ownValue(usualShares, recipe.family) ?? 1);
  const width = attention?.latent?.ropeWidth ?? attention?.keyWidth ?? 0;
  // One angle for each pair of elements
  return 2 * Math.ceil(Math.floor(width * share) / 2);
}

/** Share of a head that is rotated where config.json does not say. */
const usualShares: Readonly<Record<string, number>> = {
  phi: 0.5,
  gpt_neox: 0.25,
  nemotron: 0.5,
  stablelm: 0.25,
  glm: 0.5,
  glm4: 0.5,
  glm4_moe: 0.5,
  // Half a head of angles, each used for two elements
  gpt_oss: 0.5,
};

/** Counts the position indices that learned positions keep; OPT looks them up for each sequence. */
const robertas: ReadonlySet<string> = new Set(["roberta", "camembert", "xlm-roberta"]);
const learnedPositions: ReadonlySet<string> = new Set(["gpt2", "gpt_bigcode"]);

function positions(run: RunSizes, family: string): number {
  if (family === "opt") return 8 * run.tokens;
  // Token types, and positions for RoBERTa and its relatives
  if (family === "bert") return 8 * run.sequence;
  if (robertas.has(family)) return 16 * run.tokens;
  return learnedPositions.has(family) ? 8 * run.sequence : 0;
}

/**
 * Lists what is kept before the first layer and until its backward pass: token and position indices, sines and cosines,
 * dropout, a norm.
 */
export function firstTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  description: ModelDescription,
): readonly SavedTensor[] {
  const width = description.embeddingWidth ?? 0;
  const rotation =
    run.sequence * widthOfRotation(recipe, description) * (recipe.floatRotation ? 4 : run.stream);
  const kinds = new Set(description.layers.map((layer) => layer.attention?.window === undefined)).size;
  const rotations = recipe.ownRotation > 0 ? 0 : 2 * Math.min(recipe.rotations, kinds);
  const table = (label: string, count: number, bytes: number): readonly SavedTensor[] =>
    count * bytes === 0 ? [] : [{ part: "norms", label, count, bytes }];
  return [
    // Frozen embeddings keep nothing
    ...(run.adapterRank === undefined
      ? [
          ...table("token indices", 1, 8 * run.tokens),
          ...table("position indices", 1, positions(run, recipe.family)),
        ]
      : []),
    ...table("sines and cosines", rotations, rotation),
    // MPT masks its scores with one mask that the layers share
    ...table("mask of the scores", recipe.family === "mpt" ? 1 : 0, run.tokens * run.sequence),
    ...(recipe.embeddingDropout
      ? [
          perToken(run, {
            part: "norms",
            label: "dropout's mask",
            width,
            elementBytes: run.stream === 4 && run.mask > 1 ? 4 : run.mask,
          }),
        ]
      : []),
    ...(recipe.embeddingNorm && run.adapterRank === undefined
      ? normTensors(run, recipe.norm, {
          label: "norm of the embedding",
          width,
          count: 1,
          elementBytes: run.stream,
        })
      : []),
  ];
}

/** Lists what a masked-word head keeps: a linear layer of the stream's width, its activation and a norm. */
function listMaskedHead(run: RunSizes, recipe: BlockRecipe, width: number): readonly SavedTensor[] {
  return [
    ...linearTensors(run, {
      part: "norms",
      label: "input of the head",
      inWidth: width,
      outWidths: [width],
      inputBytes: run.stream,
    }),
    perToken(run, {
      part: "norms",
      label: "input of the head's activation",
      width,
      elementBytes: run.compute,
    }),
    ...normTensors(run, recipe.norm, {
      label: "norm of the head",
      width,
      count: 1,
      elementBytes: run.compute,
    }),
  ];
}

/** Lists what is kept after the last layer and freed before its backward pass: the last norm and the output layer's input. */
export function lastTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  description: ModelDescription,
): readonly SavedTensor[] {
  const width = description.embeddingWidth ?? 0;
  return [
    ...(recipe.lastNorm
      ? normTensors(run, recipe.norm, {
          label: "last norm",
          width,
          count: 1,
          elementBytes: run.stream,
          unitWeight: recipe.unitWeight,
        })
      : []),
    ...(recipe.maskedHead ? listMaskedHead(run, recipe, width) : []),
    // The output layer has no adapter: it is frozen and keeps nothing
    ...(run.adapterRank === undefined
      ? linearTensors(run, {
          part: "norms",
          label: "input of the output layer",
          inWidth: width,
          outWidths: [description.vocabularySize ?? 0],
          inputBytes: recipe.maskedHead && !run.autocast ? run.compute : run.stream,
        })
      : []),
  ];
}
