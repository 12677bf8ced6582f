import type { ExpertDescription } from "../../../description/model-description.ts";
import { listAdaptedExperts, adaptsExperts, adaptsShared } from "./adapted-experts.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { linearTensors } from "./linear-tensors.ts";
import { learning, perToken } from "./saved-tensor.ts";
import type { SavedPart, SavedTensor, RunSizes } from "./saved-tensor.ts";

/** Returns the output widths of the linear layers that read the feed-forward's input. */
export function gateWidths(recipe: BlockRecipe, feedForwardWidth: number): readonly number[] {
  if (!recipe.gated) return [feedForwardWidth];
  return recipe.fusedGate ? [2 * feedForwardWidth] : [feedForwardWidth, feedForwardWidth];
}

/** Lists what is kept between the first and the last linear layer: gate, up, activation. */
function betweenTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  part: SavedPart,
  inner: number,
): readonly SavedTensor[] {
  const keep = (label: string, count = 1): SavedTensor =>
    perToken(run, { part, label, width: inner, elementBytes: run.compute, count });
  const before =
    recipe.activationCopies === 0 ? [] : [keep("input of the activation", recipe.activationCopies)];
  // f32 adapters cast their input, so the activation's result is a separate tensor
  const isApart = run.adapterRank !== undefined && run.compute < 4 && recipe.activationCopies === 0;
  if (!recipe.gated) return isApart ? [keep("result of the activation")] : before;
  return [...before, keep("activated gate"), keep("up")];
}

/** A dense feed-forward part: its outer and inner width, and whether anything in it is trained (default true). */
export interface FeedForwardPart {
  readonly width: number;
  readonly inner: number;
  readonly learns?: boolean;
}

/** Lists what the dense feed-forward keeps besides its input: four tensors of its width with a gate (e x 4 ff), two without. */
export function feedForwardTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  { width, inner, learns = true }: FeedForwardPart,
): readonly SavedTensor[] {
  return [
    ...betweenTensors(run, recipe, "feed-forward", inner),
    ...linearTensors(run, {
      part: "feed-forward",
      label: "input of the last linear layer",
      inWidth: inner,
      outWidths: learns ? learning(run, "feed-forward", [width]) : [],
      inputBytes: run.compute,
    }),
    ...(recipe.residualDropout
      ? [perToken(run, { part: "feed-forward", label: "dropout's mask", width, elementBytes: run.mask })]
      : []),
  ];
}

/** Lists what routing keeps: k chosen of X experts, g groups. Sizes do not depend on the choice. */
function routingTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  experts: ExpertDescription,
  width: number,
): readonly SavedTensor[] {
  const { count, used } = experts;
  const keep = (label: string, each: number, bytes: number, many = 1): SavedTensor =>
    perToken(run, { part: "experts", label, width: each, elementBytes: bytes, count: many });
  // DeepSeek routes in f32, but under autocast its product has 16 bits, and so has what follows
  const isNarrow = recipe.biasedExperts || (recipe.routing === "grouped" && run.autocast);
  const routed = isNarrow ? run.compute : 4;
  const isFloat = recipe.floatWeights && !isNarrow;
  const inStream = recipe.routing === "choice-first" && !recipe.biasedExperts;
  const weightBytes = isFloat ? 4 : inStream ? run.stream : run.compute;
  return [
    ...routerTensors(run, recipe, experts, width),
    ...groupTensors(run, recipe, experts),
    keep("router's probabilities", recipe.routing === "choice-first" ? used : count, routed),
    // Frozen biases are indexed without keeping the indices
    keep("choices and their order", used, 8, recipe.biasedExperts && run.adapterRank === undefined ? 5 : 4),
    ...(recipe.dividesWeights
      ? [keep("sum of the weights", 1, routed), keep("weights before they are divided", used, routed)]
      : []),
    keep("weights of the choices", used, weightBytes),
    { part: "experts", label: "ends of the groups", count: 1, bytes: 4 * count },
  ];
}

/** Lists what an f32 router keeps: its input and its weight as f32. */
function routerTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  experts: ExpertDescription,
  width: number,
): readonly SavedTensor[] {
  if (!recipe.floatRouter || run.compute === 4 || run.autocast) return [];
  return [
    perToken(run, { part: "experts", label: "router's input as f32", width, elementBytes: 4 }),
    { part: "experts", label: "router's weight as f32", count: 1, bytes: 4 * width * experts.count },
  ];
}

/** Lists what choosing groups keeps: DeepSeek's routers first choose groups of experts by their best one or two. */
function groupTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  experts: ExpertDescription,
): readonly SavedTensor[] {
  const { groups, usedGroups, groupBest } = recipe;
  const keep = (label: string, each: number, bytes: number): SavedTensor =>
    perToken(run, { part: "experts", label, width: each, elementBytes: bytes });
  if (groupBest === 0) return [];
  return [
    keep("best experts of each group", groupBest * groups, 8),
    keep("groups that are chosen", usedGroups, 8),
    keep("mask of the other groups", experts.count, 1),
  ];
}

/**
 * Lists what routed experts keep in transformers 5 (grouped products over tokens sorted by expert): the routing, and per
 * choice the gathered input, gate and up, activation, their product and the result.
 */
export function expertTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  experts: ExpertDescription,
  width: number,
): readonly SavedTensor[] {
  const { used, width: inner } = experts;
  const isFrozen = run.adapterRank !== undefined && !adaptsExperts(run, recipe);
  const shared = experts.sharedWidth ?? 0;
  // Autocast does not apply to the grouped products: they stay in the stream's type
  const element = run.autocast ? run.stream : run.compute;
  const keep = (label: string, each: number, bytes: number): SavedTensor =>
    perToken(run, { part: "experts", label, width: each, elementBytes: bytes });
  return [
    ...routingTensors(run, recipe, experts, width),
    ...listAdaptedExperts(run, recipe, experts, width),
    ...(isFrozen ? [] : [keep("gathered inputs", used * width, element)]),
    keep("gate and up", used * inner * 2, element),
    ...(recipe.biasedExperts
      ? [keep("gate, its sigmoid, up and their product", used * inner * 4, element)]
      : [
          perToken(run, {
            part: "experts",
            label: "activated gate",
            width: used * inner,
            elementBytes: element,
            count: Math.max(1, recipe.activationCopies),
          }),
        ]),
    ...(isFrozen ? [] : [keep("input of the last product", used * inner, element)]),
    keep("results of the experts", used * width, element),
    ...(shared === 0
      ? []
      : feedForwardTensors(run, recipe, { width, inner: shared, learns: adaptsShared(run, recipe) })),
    ...(shared > 0 && recipe.sharedGate
      ? [
          keep("shared experts' gate", 1, run.compute),
          keep("result of the shared experts", width, run.compute),
        ]
      : []),
  ];
}
