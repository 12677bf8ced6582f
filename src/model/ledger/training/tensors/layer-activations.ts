import type { LayerDescription, ModelDescription } from "../../../description/model-description.ts";
import { adaptsShared } from "./adapted-experts.ts";
import { attentionTensors, projectionWidths } from "./attention-tensors.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { blockRecipe } from "../recipe/choose-recipe.ts";
import { expertTensors, feedForwardTensors, gateWidths } from "./feed-forward-tensors.ts";
import { linearTensors } from "./linear-tensors.ts";
import { normTensors } from "./norm-tensors.ts";
import { learning, runSizes } from "./saved-tensor.ts";
import type { SavedTensor, RunSizes } from "./saved-tensor.ts";
import { checkTraining } from "../training-options.ts";
import type { TrainingOptions } from "../training-options.ts";

function layerNorms(run: RunSizes, recipe: BlockRecipe, width: number): readonly SavedTensor[] {
  const before = { width, count: 1, elementBytes: run.stream, unitWeight: recipe.unitWeight };
  const after = { width, count: 1, elementBytes: run.autocast ? run.compute : run.stream };
  const norms = [
    ...Array.from({ length: recipe.normsBefore }, (_, index) =>
      normTensors(run, recipe.norm, {
        ...before,
        label: index === 0 ? "norm before attention" : "norm before feed-forward",
      }),
    ),
    ...Array.from({ length: recipe.normsAfter }, (_, index) =>
      normTensors(run, recipe.norm, {
        ...after,
        label: index === 0 ? "norm after attention" : "norm after feed-forward",
      }),
    ),
  ];
  const isTwice = (tensor: SavedTensor, index: number): boolean =>
    recipe.sharedNormInput && index === 1 && tensor.label.endsWith(": input");
  return norms.flatMap((norm, index) => norm.filter((tensor) => !isTwice(tensor, index)));
}

/** Lists the inputs of the first linear layers of attention and feed-forward. */
function inputTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  layer: LayerDescription,
  width: number,
): readonly SavedTensor[] {
  const widths = layer.attention === undefined ? [] : projectionWidths(recipe, layer.attention);
  const toAttention = learning(run, "attention", widths);
  const { experts, feedForwardWidth } = layer;
  const dense = feedForwardWidth === undefined ? [] : gateWidths(recipe, feedForwardWidth);
  const shared =
    experts?.sharedWidth === undefined || !adaptsShared(run, recipe)
      ? []
      : [...gateWidths(recipe, experts.sharedWidth), ...(recipe.sharedGate ? [1] : [])];
  // An f32 router keeps its input as f32; with an adapter it is no longer a linear layer
  const isPlain = run.adapterRank === undefined && (!recipe.floatRouter || run.autocast);
  const toFeedForward = learning(
    run,
    "feed-forward",
    experts === undefined ? dense : [...(isPlain ? [experts.count] : []), ...shared],
  );
  const group = (part: "attention" | "feed-forward", outWidths: readonly number[]): readonly SavedTensor[] =>
    outWidths.length === 0
      ? []
      : linearTensors(run, {
          part,
          label: `input of the ${part}`,
          inWidth: width,
          outWidths,
          inputBytes: run.stream,
        });
  if (recipe.parallel) return group("attention", [...toAttention, ...toFeedForward]);
  return [...group("attention", toAttention), ...group("feed-forward", toFeedForward)];
}

/**
 * Lists the tensors that one layer keeps for the backward pass without recomputation, for the whole micro-batch. Undefined for
 * layers with a part whose tensors are not known (recurrent ones).
 */
export function layerTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  layer: LayerDescription,
  width: number,
): readonly SavedTensor[] | undefined {
  if (layer.recurrent !== undefined || layer.kind === "recurrent" || layer.kind === "both") return undefined;
  const { attention, experts, feedForwardWidth } = layer;
  return [
    ...layerNorms(run, recipe, width),
    ...inputTensors(run, recipe, layer, width),
    ...(attention === undefined ? [] : attentionTensors(run, recipe, attention, width)),
    ...(experts !== undefined
      ? expertTensors(run, recipe, experts, width)
      : feedForwardWidth === undefined
        ? []
        : feedForwardTensors(run, recipe, { width, inner: feedForwardWidth })),
  ];
}

/**
 * Lists every tensor that PyTorch keeps for one layer's backward pass without recomputation: the layers of transformers 5 in
 * eager mode, as its saved-tensor hooks see them. Undefined where the layer or the width is not known. Errors:
 * `invalid-option`.
 */
export function activationsOfLayer(
  description: ModelDescription,
  index: number,
  options: TrainingOptions,
): readonly SavedTensor[] | undefined {
  const layer = description.layers[index];
  if (layer === undefined || description.embeddingWidth === undefined) return undefined;
  const run = runSizes(checkTraining({ ...options, checkpointing: "none" }));
  return layerTensors(run, blockRecipe(description), layer, description.embeddingWidth);
}
