import type { ModelDescription } from "../description/model-description.ts";
import { withEngine } from "./engine-for.ts";
import type { PlanningEngine } from "./lever.ts";
import type { CheckedPlanOptions } from "./plan-options.ts";
import { narrower, shallower } from "./variants.ts";
import type { Workload } from "./workloads.ts";

/** Models like the one asked for, which would have to be trained anew, and fit as they are. */
export interface Variants {
  /** Most layers that fit, with the bytes of all devices. */
  readonly shallower:
    | { readonly layers: number; readonly of: number; readonly totalBytes: number }
    | undefined;
  /** Widest that fits, as a share of every width. */
  readonly narrower: { readonly share: number; readonly totalBytes: number } | undefined;
}

/** The state with all measures that cost nothing. */
export function freeState<State>(engine: PlanningEngine<State>): State {
  let state = engine.start;
  for (const lever of engine.levers) {
    for (const level of lever.levels) if (level.price === "nothing") state = level.change(state) ?? state;
  }
  return state;
}

/** Bytes of all devices where the model fits with measures that cost nothing; undefined where it does not. */
export function plainFit(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
): number | undefined {
  return withEngine(description, workload, options, (engine) => {
    const state = freeState(engine);
    if (!engine.mayFit(state)) return undefined;
    const ledger = engine.ledger(state);
    return engine.needs(ledger).some((need) => need.bytes > need.budgetBytes) ? undefined : ledger.totalBytes;
  });
}

/** The largest whole number from `least` to `most` that holds; all smaller ones must hold too. */
export function largestThat(
  least: number,
  most: number,
  holds: (value: number) => boolean,
): number | undefined {
  if (least > most || !holds(least)) return undefined;
  let low = least;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Percents of the widths that are tried for a narrower model. */
const leastPercent = 5;

/** The deepest and the widest model like this one that fit without any measure that costs something. */
export function variantsThatFit(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
): Variants {
  const main = description.layers.filter((layer) => layer.prediction !== true).length;
  const bytesOf = (variant: ModelDescription | undefined): number | undefined =>
    variant === undefined ? undefined : plainFit(variant, workload, options);
  const layers = largestThat(1, main - 1, (count) => bytesOf(shallower(description, count)) !== undefined);
  const percent = largestThat(
    leastPercent,
    99,
    (share) => bytesOf(narrower(description, share / 100)) !== undefined,
  );
  const fewer = layers === undefined ? undefined : bytesOf(shallower(description, layers));
  const slimmer = percent === undefined ? undefined : bytesOf(narrower(description, percent / 100));
  return {
    shallower:
      layers === undefined || fewer === undefined ? undefined : { layers, of: main, totalBytes: fewer },
    narrower:
      percent === undefined || slimmer === undefined
        ? undefined
        : { share: percent / 100, totalBytes: slimmer },
  };
}
