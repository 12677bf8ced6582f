import type { ExpertDescription } from "../../../description/model-description.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { perToken, type SavedTensor, type RunSizes } from "./saved-tensor.ts";

/** True where PEFT lays adapters on the experts and their router, when it is asked for all linear layers. */
export function adaptsExperts(run: Pick<RunSizes, "adapterRank" | "targets">, recipe: BlockRecipe): boolean {
  const isAsked = run.targets === "all" || run.targets === "feed-forward";
  return run.adapterRank !== undefined && recipe.adaptedExperts && isAsked;
}

/** True where shared experts have adapters: PEFT passes those of DeepSeek's way over. */
export function adaptsShared(run: Pick<RunSizes, "adapterRank" | "targets">, recipe: BlockRecipe): boolean {
  return run.adapterRank === undefined || !(recipe.adaptedExperts && recipe.routing === "grouped");
}

/**
 * Elements of the adapters of a layer's router and experts: PEFT gives each expert matrices of its own, gate and up together
 * (they are one tensor) twice the rank.
 */
export function expertAdapterElements(experts: ExpertDescription, width: number, rank: number): number {
  const { count, width: inner } = experts;
  return count * (2 * rank * (width + 2 * inner) + rank * (inner + width));
}

/**
 * What adapters on experts keep. PEFT adds the product of their matrices to the weights, which are no linear layers but one
 * tensor of three dimensions, and computes with the sum: a whole copy of the experts and of the router in every layer.
 */
export function listAdaptedExperts(
  run: RunSizes,
  recipe: BlockRecipe,
  experts: ExpertDescription,
  width: number,
): readonly SavedTensor[] {
  const rank = run.adapterRank;
  if (rank === undefined || !adaptsExperts(run, recipe)) return [];
  const { count, width: inner } = experts;
  const copies = (label: string, elements: number): SavedTensor => ({
    part: "half-weights",
    label,
    count: 1,
    bytes: elements * run.compute,
  });
  const routers = run.autocast ? rank * (width + count) : 0;
  // A router of f32 keeps these as f32
  const isFloat = recipe.floatRouter && run.compute < 4 && !run.autocast;
  return [
    ...(isFloat
      ? []
      : [
          perToken(run, { part: "experts", label: "router's input", width, elementBytes: run.compute }),
          copies("weights of the router with its adapter", width * count),
        ]),
    copies("weights of the experts with their adapters", 3 * count * inner * width),
    ...(run.compute === 2
      ? [copies("experts' adapters in 16 bits", expertAdapterElements(experts, width, rank) + routers)]
      : []),
  ];
}
