import type { ModelDescription } from "../description/model-description.ts";
import { evidenceOf } from "./evidence.ts";
import type { PlanResult } from "./model-plan.ts";
import { checkPlanOptions } from "./request/plan-options.ts";
import type { PlanOptions } from "./request/plan-options.ts";
import { plannerFor } from "./planner.ts";
import { unavailableMeasures } from "./unavailable.ts";
import { variantsThatFit } from "./variant-search.ts";
import { workloadOf } from "./request/workloads.ts";
import type { WorkloadChoice } from "./request/workloads.ts";

/**
 * Plans how a model serves a workload under a budget: tries all measures of its engine together and returns the plans that
 * fit and that none other beats. Cheapest first: by what of the task is given up, then by the risk to quality, then by time.
 * No plan is over the budget in what is known; a larger budget never gives a more expensive first plan.
 * Errors: `invalid-option`.
 */
export function plan(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: PlanOptions,
): PlanResult {
  const checked = checkPlanOptions(description, options);
  const request = { ...checked, description, workload: workloadOf(workload) };
  const planner = plannerFor(request);
  const before = planner.start();
  return {
    engine: request.engine,
    workload: request.workload,
    budgetBytes: request.budgetBytes,
    devices: request.devices,
    before,
    plans: planner.plans(),
    variants: before.fits ? undefined : variantsThatFit(request),
    unavailable: unavailableMeasures(request.engine),
    evidence: evidenceOf(description, request.engine, before.ledger),
    atLeast: before.ledger.atLeast,
  };
}
