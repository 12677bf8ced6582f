import type { Edit } from "../../measures/edit.ts";
import { chooseStaying } from "../../measures/give-way.ts";
import { applyEdit } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import { planLeast } from "../../measures/plan-deep.ts";
import type { Plan } from "../../measures/plan-deep.ts";
import { planEdits } from "../../measures/plan-edits.ts";
import type { Situation } from "../../measures/situation.ts";
import type { ThreadContext } from "../state/context.ts";
import type { ThreadState } from "../state/thread-state.ts";
import { convertBudget, estimateRealPerCounterToken, estimateRealTokens } from "./counter-budget.ts";
import type { CounterBudget } from "./counter-budget.ts";
import { makeSituation } from "./make-situation.ts";
import type { SituationCall } from "./make-situation.ts";
import { numberEdits } from "./number-edits.ts";
import { makeTooSmallError } from "./too-small-error.ts";

/** The edits a call needs, not yet saved. */
export interface WindowPlan {
  readonly edits: readonly Edit[];
  readonly overBudget: boolean;
  readonly budget: CounterBudget;
}

/** Upper bound on tightening passes: an edit changes the mix of kinds, and with it the calibrated total. */
const maxTightenings = 4;
/** A pass tightens by 1 % more than the excess, so that rounding does not require another. */
const tighteningMargin = 1.01;

/**
 * Plans the edits of a call; saves nothing. When the entries that stay exceed the budget, they give way in this order, each step only
 * if the ones before are not enough: the newest results are shortened to head, tail and handle, the largest first; later system messages
 * leave, all but the newest; the older exchanges of the protected tail leave, also those of the current turn; the newest results
 * become handles; the newest later system message leaves; the newest exchange leaves. What is left is the frame, the system messages
 * at the beginning, pins and the newest request. Errors: `budget-too-small` if these alone exceed the budget, store errors.
 */
export async function planWindow(
  context: ThreadContext,
  state: ThreadState,
  { options, frame, leftOut, keep }: Omit<SituationCall, "budget">,
): Promise<WindowPlan> {
  const calibration = context.calibration.current;
  const estimate = (items: readonly Item[]): number =>
    estimateRealTokens(calibration, items, frame, options.realAnswerTokens);
  const number = (plan: Plan, situation: Situation): readonly Edit[] =>
    numberEdits(plan.drafts, situation, { firstNumber: state.edits.length + 1, time: context.clock() });
  let factor = estimateRealPerCounterToken(calibration, state.items.toArray(), frame);
  for (let tightenings = 0; ; tightenings++) {
    const budget = convertBudget(options, factor);
    const situation = await makeSituation(context, state, { options, frame, budget, leftOut, keep });
    const edits = number(planEdits(situation), situation);
    const real = estimate(edits.reduce(applyEdit, situation.items));
    if (real <= options.realBudgetTokens) return { edits, overBudget: false, budget };
    const isLast = tightenings >= maxTightenings || chooseStaying(situation) === undefined;
    if (!isLast) {
      factor *= (tighteningMargin * real) / options.realBudgetTokens;
      continue;
    }
    const smallest = planLeast(situation, { reason: "forced", newest: true });
    if (estimate(smallest.items) <= options.realBudgetTokens)
      return { edits: number(smallest, situation), overBudget: false, budget };
    const least = planLeast(situation, { reason: "forced", newest: false });
    if (estimate(least.items) <= options.realBudgetTokens)
      return { edits: number(least, situation), overBudget: false, budget };
    if (options.overflow === "error")
      throw makeTooSmallError({ options, least: least.items, situation, estimate });
    return { edits: number(smallest, situation), overBudget: true, budget };
  }
}
