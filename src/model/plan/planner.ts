import type { ByteLedger } from "../ledger/byte-ledger.ts";
import type { ModelDescription } from "../description/model-description.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { llamaCppAdapter } from "./llama-cpp/llama-cpp-adapter.ts";
import type { ModelPlan, PlannedMeasure, PlanStart } from "./model-plan.ts";
import { bindingNeed, isOverBudget } from "./search/plan-adapter.ts";
import type { Need, PlanAdapter } from "./search/plan-adapter.ts";
import type { PlanRequest } from "./request/plan-options.ts";
import { searchPlans } from "./search/search.ts";
import type { FoundPlan } from "./search/search.ts";
import { trainingAdapter } from "./training/training-adapter.ts";
import { vllmAdapter } from "./vllm/vllm-adapter.ts";

/** Answers questions about one request. The states of its engine stay inside. */
export interface Planner {
  /** Describes what there is before any measure. */
  readonly start: () => PlanStart;
  /** Searches the plans that fit, cheapest first. */
  readonly plans: () => readonly ModelPlan[];
  /** Bytes of all devices where the model fits with measures that cost nothing; undefined where it does not. */
  readonly freeFitBytes: () => number | undefined;
}

function bytesOn(ledger: ByteLedger, device: string): number {
  return ledger.totals.reduce(
    (most, total) => (total.device === device ? Math.max(most, total.bytes) : most),
    0,
  );
}

/** Returns true where no device holds more or less in any phase. */
function holdSame(a: ByteLedger, b: ByteLedger): boolean {
  return (
    a.totals.length === b.totals.length &&
    a.totals.every((total) =>
      b.totals.some(
        ({ device, phase, bytes }) =>
          device === total.device && phase === total.phase && bytes === total.bytes,
      ),
    )
  );
}

/** Takes the measures of a plan one after another and notes the difference that each makes. */
function weighMeasures<State>(
  adapter: PlanAdapter<State>,
  found: FoundPlan<State>,
  binding: Need,
): readonly PlannedMeasure[] {
  let state = adapter.start;
  let ledger = adapter.ledger(state);
  let seconds = adapter.seconds(state);
  return found.taken.flatMap(({ name, level }, index): readonly PlannedMeasure[] => {
    state = index === found.taken.length - 1 ? found.state : (level.change(state) ?? state);
    const nextLedger = adapter.ledger(state);
    const nextSeconds = adapter.seconds(state);
    const measure: PlannedMeasure = {
      measure: name,
      level: level.describe?.(found.state) ?? level.label,
      price: level.price,
      risk: level.risk ?? 0,
      task: level.task ?? 0,
      savedBytes: ledger.totalBytes - nextLedger.totalBytes,
      savedOnBinding: bytesOn(ledger, binding.device) - bytesOn(nextLedger, binding.device),
      addedSeconds: nextSeconds - seconds,
    };
    const isIdle = level.price === "nothing" && nextSeconds === seconds && holdSame(ledger, nextLedger);
    ledger = nextLedger;
    seconds = nextSeconds;
    return isIdle ? [] : [measure];
  });
}

function startOf<State>(adapter: PlanAdapter<State>): PlanStart {
  const ledger = adapter.ledger(adapter.start);
  const needs = adapter.needs(ledger);
  return {
    ledger,
    fits: !isOverBudget(needs),
    binding: bindingNeed(needs),
    seconds: adapter.seconds(adapter.start),
  };
}

function plansOf<State>(adapter: PlanAdapter<State>, binding: Need): readonly ModelPlan[] {
  return searchPlans(adapter).map((found): ModelPlan => ({
    measures: weighMeasures(adapter, found, binding),
    cost: found.cost,
    ledger: found.ledger,
    binding: bindingNeed(found.needs),
    settings: adapter.settings(found.state),
  }));
}

/** Takes all measures that cost nothing. */
function takeFreeMeasures<State>(adapter: PlanAdapter<State>): State {
  let state = adapter.start;
  for (const { levels } of adapter.measures) {
    for (const { price, change } of levels) if (price === "nothing") state = change(state) ?? state;
  }
  return state;
}

function freeFitBytes<State>(adapter: PlanAdapter<State>): number | undefined {
  const state = takeFreeMeasures(adapter);
  if (!adapter.mayFit(state)) return undefined;
  const ledger = adapter.ledger(state);
  return isOverBudget(adapter.needs(ledger)) ? undefined : ledger.totalBytes;
}

function plannerWith<State>(adapter: PlanAdapter<State>): Planner {
  let known: PlanStart | undefined;
  const start = (): PlanStart => (known ??= startOf(adapter));
  return {
    start,
    plans: () => plansOf(adapter, start().binding),
    freeFitBytes: () => freeFitBytes(adapter),
  };
}

/** Refuses a model without a vocabulary: it cannot be prompted, so a serving plan is meaningless. */
function requireVocabulary(description: ModelDescription, engine: string): void {
  // Files of weights alone do not say; their weights are planned, as "at least"
  if (description.vocabularySize !== undefined || description.format !== "config") return;
  throw new LoadlineError(
    "invalid-option",
    `engine: ${engine} cannot serve ${description.name}: a model without a vocabulary cannot be prompted. Plan its training with pytorch`,
    { details: { option: "engine", got: engine } },
  );
}

/**
 * Returns the planner for a request, with the states, measures and rules of its engine.
 * Errors: `invalid-option` where a model without a vocabulary is to be served.
 */
export function plannerFor(request: PlanRequest): Planner {
  if (request.engine === "pytorch") return plannerWith(trainingAdapter(request));
  requireVocabulary(request.description, request.engine);
  return request.engine === "llama.cpp"
    ? plannerWith(llamaCppAdapter(request))
    : plannerWith(vllmAdapter(request));
}
