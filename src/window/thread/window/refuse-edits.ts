import type { RefusedEdit } from "../../assemble/assemble-window.ts";
import type { Edit } from "../../measures/edit.ts";
import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import type { WindowPlan } from "./plan-window.ts";
import type { FreshFault, RuleGuard } from "./rule-guard.ts";

/** What refusing needs of its call. */
export interface RefusalCall {
  readonly options: CheckedWindowOptions;
  readonly guard: RuleGuard;
  /** Plans again; these entries stay as they are. */
  readonly replan: (keep: ReadonlySet<number>) => Promise<WindowPlan>;
  /** Returns the real tokens of the window with these edits, with the room for the answer. */
  readonly estimate: (edits: readonly Edit[]) => number;
}

/** A plan of which each edit may be made. */
export interface AllowedPlan extends WindowPlan {
  readonly refused: readonly RefusedEdit[];
}

/**
 * Takes the edits out of a plan with which the window would break a rule of its provider, newest first. Where the budget needs them,
 * plans again around the entries at fault. A history that breaks rules itself gets the edits that its budget needs anyway.
 * Errors: `budget-too-small` if no window within the budget keeps the rules, store errors.
 */
export async function refuseEdits(plan: WindowPlan, call: RefusalCall): Promise<AllowedPlan> {
  const { options, guard, estimate, replan } = call;
  const faults = await guard.findFresh(plan.edits);
  if (faults.length === 0) return { ...plan, refused: [] };
  let kept = plan.edits.slice(0, -1);
  while ((await guard.findFresh(kept)).length > 0) kept = kept.slice(0, -1);
  const refused = plan.edits.slice(kept.length).map((edit) => describeRefused(edit, faults));
  if (estimate(kept) <= options.realBudgetTokens) return { ...plan, edits: kept, overBudget: false, refused };
  const again = await replan(collectSeqs(plan.edits.slice(kept.length), faults)).catch((error: unknown) => {
    if (isLoadlineError(error, "budget-too-small")) return undefined;
    throw error;
  });
  if (again !== undefined && (await guard.findFresh(again.edits)).length === 0) return { ...again, refused };
  if (await guard.isHistoryBroken()) return { ...plan, refused: [] };
  if (options.overflow === "minimum") return { ...plan, edits: kept, overBudget: true, refused };
  const minTokens = estimate(kept);
  const [first] = refused;
  throw new LoadlineError(
    "budget-too-small",
    `budgetTokens: got ${options.realBudgetTokens}, allowed: at least ${minTokens}, because a smaller window would break the provider's rule ${first?.rule ?? ""}: ${first?.detail ?? ""}. To go on, raise the budget, or pass overflow: "minimum"`,
    { details: { budgetTokens: options.realBudgetTokens, minTokens, pins: [] } },
  );
}

/** Describes an edit that is not made, by the first rule that it would have broken. */
export function describeRefused({ measure }: Edit, faults: readonly FreshFault[]): RefusedEdit {
  return { measure, rule: faults[0]?.rule ?? "", detail: faults[0]?.detail ?? "" };
}

/** Entries this near to one at fault may be what it lacks. */
const maxDistance = 2;

/** Returns the entries at fault, and those near them that the refused edits would have changed. */
function collectSeqs(refused: readonly Edit[], faults: readonly FreshFault[]): ReadonlySet<number> {
  const atFault = faults.flatMap(({ seq }) => seq ?? []);
  const near = new Set(
    atFault.flatMap((seq) =>
      Array.from({ length: 2 * maxDistance + 1 }, (_, index) => seq - maxDistance + index),
    ),
  );
  const targets = refused.flatMap((edit) => edit.targets.map(({ seq }) => seq));
  return new Set([...atFault, ...targets.filter((seq) => near.has(seq))]);
}
