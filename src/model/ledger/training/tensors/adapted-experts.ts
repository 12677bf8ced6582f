import type { ExpertDescription } from "../../../description/model-description.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { perToken } from "./saved-tensor.ts";
import type { SavedTensor, RunSizes } from "./saved-tensor.ts";

/** Returns true where PEFT puts adapters on the experts and their router when all linear layers are targeted. */
export function adaptsExperts(run: Pick<RunSizes, "adapterRank" | "targets">, recipe: BlockRecipe): boolean {
  const isAsked = run.targets === "all" || run.targets === "feed-forward";
  return run.adapterRank !== undefined && recipe.adaptedExperts && isAsked;
}

/** Returns true where shared experts get adapters; PEFT skips those of DeepSeek's kind. */
export function adaptsShared(run: Pick<RunSizes, "adapterRank" | "targets">, recipe: BlockRecipe): boolean {
  return run.adapterRank === undefined || !(recipe.adaptedExperts && recipe.routing === "grouped");
}

/**
 * Counts the adapter elements of a layer's router and experts. PEFT gives each expert its own matrices; gate and up together,
 * being one tensor, have twice the rank.
 */
export function expertAdapterElements(experts: ExpertDescription, width: number, rank: number): number {
  const { count, width: inner } = experts;
  return count * (2 * rank * (width + 2 * inner) + rank * (inner + width));
}

/**
 * Lists what adapters on experts keep. Experts are one three-dimensional tensor instead of linear layers: PEFT adds the
 * product of the adapter's matrices to the weights and computes with the sum, a full copy of experts and router in every
 * layer.
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
  // An f32 router keeps these as f32
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
