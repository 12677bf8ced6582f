import type { ModelDescription } from "../../../description/model-description.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import type { RunSizes } from "./saved-tensor.ts";

/** Bytes of the loss: what is kept, and what is held temporarily in the forward and in the backward pass. */
export interface LossBytes {
  readonly kept: number;
  readonly forwardMoment: number;
  readonly backwardMoment: number;
  /** Gradient of the logits, held while the output layer's own gradient is computed. */
  readonly logitsGradient: number;
}

/** Returns true where the loss stays in the type of the logits: BERT's, unless autocast computes it in f32. */
function lossOfType(run: RunSizes, recipe: BlockRecipe): number {
  return recipe.maskedHead && recipe.lastNorm === false && !run.autocast ? run.compute : 4;
}

function wholeLoss(
  run: RunSizes,
  recipe: BlockRecipe,
  description: ModelDescription,
  all: number,
): LossBytes {
  const { tokens, compute } = run;
  const element = lossOfType(run, recipe);
  const capped =
    description.settings["final_logit_softcapping"] ?? (recipe.family === "gemma2" ? 30 : undefined);
  // Shifted labels of one sequence are a view of labels with one more at the end
  const shifted = run.batch === 1 && !recipe.maskedHead ? 1 : 0;
  return {
    kept: element * (all + 1) + 8 * (tokens + shifted) + (typeof capped === "number" ? compute * all : 0),
    // Autocast casts the last norm's result, and the result itself is held until the model returns
    forwardMoment:
      (compute < element ? element + compute : element) * all +
      (run.autocast && run.stream === 4 ? 4 * tokens * (description.embeddingWidth ?? 0) : 0),
    backwardMoment: 2 * element * all,
    logitsGradient: compute * all,
  };
}

/**
 * Counts cross-entropy over all logits of n tokens and V words. Logits e n V and their f32 copy 4 n V exist in the forward
 * pass, the log-softmax 4 n V is kept, and the backward pass makes two more of 4 n V. The fused loss (Liger) works in chunks
 * of about width / vocabulary of the tokens and keeps the gradients of its input and of the output layer's weight instead.
 */
export function lossBytes(
  run: RunSizes,
  recipe: BlockRecipe,
  description: ModelDescription,
  isFused: boolean,
): LossBytes | undefined {
  const { vocabularySize: vocabulary, embeddingWidth: width } = description;
  if (vocabulary === undefined || width === undefined) return undefined;
  const { tokens, compute } = run;
  const all = tokens * vocabulary;
  if (!isFused) return wholeLoss(run, recipe, description, all);
  const pieces = Math.ceil(vocabulary / width);
  const rows = Math.min(tokens, 2 ** Math.ceil(Math.log2(Math.ceil(tokens / pieces))));
  const head = run.adapterRank === undefined ? compute * vocabulary * width : 0;
  return {
    kept: compute * tokens * width + head + 8 * tokens,
    forwardMoment: rows * vocabulary * (compute + 4),
    backwardMoment: 0,
    logitsGradient: 0,
  };
}
