import type { ModelDescription } from "../description/model-description.ts";
import type { Variants } from "./model-plan.ts";
import type { PlanRequest } from "./request/plan-options.ts";
import { plannerFor } from "./planner.ts";
import { narrower, shallower } from "./variants.ts";

/** Returns the largest integer from `min` to `max` that holds; all smaller ones must hold too. */
export function findMax(min: number, max: number, holds: (value: number) => boolean): number | undefined {
  if (min > max || !holds(min)) return undefined;
  let low = min;
  let high = max;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The narrowest variant that is tried, in percent of the widths. */
const minPercent = 5;

/** Finds the deepest and the widest variant of the model that fit without costly measures. */
export function variantsThatFit(request: PlanRequest): Variants {
  const { description } = request;
  const main = description.layers.filter((layer) => layer.prediction !== true).length;
  const bytesOf = (variant: ModelDescription | undefined): number | undefined =>
    variant === undefined ? undefined : plannerFor({ ...request, description: variant }).freeFitBytes();
  const layers = findMax(1, main - 1, (count) => bytesOf(shallower(description, count)) !== undefined);
  const percent = findMax(
    minPercent,
    99,
    (share) => bytesOf(narrower(description, share / 100)) !== undefined,
  );
  const shallowerBytes = layers === undefined ? undefined : bytesOf(shallower(description, layers));
  const narrowerBytes = percent === undefined ? undefined : bytesOf(narrower(description, percent / 100));
  return {
    shallower:
      layers === undefined || shallowerBytes === undefined
        ? undefined
        : { layers, of: main, totalBytes: shallowerBytes },
    narrower:
      percent === undefined || narrowerBytes === undefined
        ? undefined
        : { share: percent / 100, totalBytes: narrowerBytes },
  };
}
