import type { ByteLedger } from "../ledger/byte-ledger.ts";
import type { ModelDescription } from "../description/model-description.ts";
import type { Cost } from "./cost.ts";
import { withEngine, type PlanSettings } from "./engine-for.ts";
import { evidenceOf, type Evidence } from "./evidence.ts";
import type { Choice, Need, PlanningEngine } from "./lever.ts";
import {
  checkPlanOptions,
  type CheckedPlanOptions,
  type PlanEngine,
  type PlanOptions,
} from "./plan-options.ts";
import { searchPlans, type Found } from "./search.ts";
import { unavailableMeasures, type UnavailableMeasure } from "./unavailable.ts";
import { variantsThatFit, type Variants } from "./variant-search.ts";
import { workloadOf, type Workload } from "./workloads.ts";

/** A measure of a plan, with what it saves after those before it, and what it costs. */
export interface PlannedMeasure extends Choice {
  /** Bytes less over all devices; what an offload moves to the host is not less. */
  readonly savedBytes: number;
  /** Bytes less on the device that is fullest. */
  readonly savedOnBinding: number;
  /** Seconds more for the whole workload; negative where it is quicker. */
  readonly addedSeconds: number;
}

/** A way to run the model under the budget. */
export interface Plan {
  readonly measures: readonly PlannedMeasure[];
  readonly cost: Cost;
  readonly ledger: ByteLedger;
  /** The device and phase with the least room left. */
  readonly binding: Need;
  readonly settings: PlanSettings;
}

/** What there is before any measure. */
export interface PlanStart {
  readonly ledger: ByteLedger;
  readonly fits: boolean;
  readonly binding: Need;
  readonly seconds: number;
}

/** The plans for a model, a workload and a budget. */
export interface PlanResult {
  readonly engine: PlanEngine;
  readonly workload: Workload;
  readonly budgetBytes: number;
  readonly devices: number;
  readonly before: PlanStart;
  /** Plans that are not beaten in all of task, quality and time; cheapest first. Empty where nothing fits. */
  readonly plans: readonly Plan[];
  /** Models like it that would fit without any measure that costs something; undefined where it fits itself. */
  readonly variants: Variants | undefined;
  /** Measures that this engine has no setting for, and where there is one. */
  readonly unavailable: readonly UnavailableMeasure[];
  /** What the figures were compared with, and what they leave out. */
  readonly evidence: Evidence;
  /** True where a part of the model is not known: the plans keep to the budget in what is known. */
  readonly atLeast: boolean;
}

/** The fullest device: the one with the least room left. */
export function bindingNeed(needs: readonly Need[]): Need {
  const [first, ...rest] = needs;
  const none: Need = { device: "host", phase: "load", bytes: 0, budgetBytes: 0 };
  return rest.reduce(
    (least, need) => (need.budgetBytes - need.bytes < least.budgetBytes - least.bytes ? need : least),
    first ?? none,
  );
}

function bytesOn(ledger: ByteLedger, device: string): number {
  return ledger.totals.reduce(
    (most, total) => (total.device === device ? Math.max(most, total.bytes) : most),
    0,
  );
}

/** True where no device holds more or less in any phase. */
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

/** Measures one after another, each with the difference it makes. */
function measured<State>(
  engine: PlanningEngine<State>,
  found: Found<State>,
  binding: Need,
): readonly PlannedMeasure[] {
  let state = engine.start;
  let ledger = engine.ledger(state);
  let seconds = engine.seconds(state);
  return found.choices.flatMap((choice, index) => {
    const level = engine.levers
      .flatMap((lever) => (lever.measure === choice.measure ? lever.levels : []))
      .find((each) => each.label === choice.label);
    state = index === found.choices.length - 1 ? found.state : (level?.change(state) ?? state);
    const next = engine.ledger(state);
    const after = engine.seconds(state);
    const measure = {
      ...choice,
      label: engine.said?.(choice, found.state) ?? choice.label,
      savedBytes: ledger.totalBytes - next.totalBytes,
      savedOnBinding: bytesOn(ledger, binding.device) - bytesOn(next, binding.device),
      addedSeconds: after - seconds,
    };
    const isIdle = choice.price === "nothing" && after === seconds && holdSame(ledger, next);
    ledger = next;
    seconds = after;
    return isIdle ? [] : [measure];
  });
}

function startOf<State>(engine: PlanningEngine<State>): PlanStart {
  const ledger = engine.ledger(engine.start);
  const needs = engine.needs(ledger);
  return {
    ledger,
    fits: needs.every((need) => need.bytes <= need.budgetBytes),
    binding: bindingNeed(needs),
    seconds: engine.seconds(engine.start),
  };
}

function planWith<State>(
  engine: PlanningEngine<State>,
  settings: (state: State) => PlanSettings,
): { readonly before: PlanStart; readonly plans: readonly Plan[] } {
  const before = startOf(engine);
  const plans = searchPlans(engine).map((found): Plan => {
    const binding = bindingNeed(found.needs);
    return {
      measures: measured(engine, found, before.binding),
      cost: found.cost,
      ledger: found.ledger,
      binding,
      settings: settings(found.state),
    };
  });
  return { before, plans };
}

/**
 * How a model serves a workload under a budget: all measures of its engine are tried together, and the plans that fit and
 * are not beaten come back, cheapest first: first by what of the task is given up, then by the risk to quality, then by
 * time. No plan is over the budget in what is known; a larger budget never gives a dearer first plan.
 * Throws `invalid-option`.
 */
export function plan(
  description: ModelDescription,
  workload: string | Pick<Workload, "inputTokens" | "outputTokens" | "sequences">,
  options: PlanOptions,
): PlanResult {
  const checked: CheckedPlanOptions = checkPlanOptions(description, options);
  const wanted = workloadOf(workload);
  const { before, plans } = withEngine(description, wanted, checked, planWith);
  return {
    engine: checked.engine,
    workload: wanted,
    budgetBytes: checked.budgetBytes,
    devices: checked.devices,
    before,
    plans,
    variants: before.fits ? undefined : variantsThatFit(description, wanted, checked),
    unavailable: unavailableMeasures(checked.engine),
    evidence: evidenceOf(description, checked.engine, before.ledger),
    atLeast: before.ledger.atLeast,
  };
}
