import { LoadlineError } from "../../../shared/errors.ts";
import type { FrameTokens } from "../../assemble/window-ledger.ts";
import type { Edit } from "../../measures/edit.ts";
import { applyEdit } from "../../measures/layout.ts";
import { sumProtectedTokens } from "../../measures/plan-deep.ts";
import { planEdits } from "../../measures/plan-edits.ts";
import type { ThreadContext } from "../state/context.ts";
import type { ThreadState } from "../state/thread-state.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { convertBudget, estimateRealPerCounterToken, estimateRealTokens } from "./counter-budget.ts";
import type { CounterBudget } from "./counter-budget.ts";
import { makeSituation } from "./make-situation.ts";
import { numberEdits } from "./number-edits.ts";

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

/** Plans the edits of a call; saves nothing. Errors: `budget-too-small`, store errors. */
export async function planWindow(
  context: ThreadContext,
  state: ThreadState,
  { options, frame }: { readonly options: CheckedWindowOptions; readonly frame: FrameTokens },
): Promise<WindowPlan> {
  const calibration = context.calibration.current;
  let factor = estimateRealPerCounterToken(calibration, state.items.toArray(), frame);
  for (let tightenings = 0; ; tightenings++) {
    const budget = convertBudget(options, factor);
    const situation = await makeSituation(context, state, { options, frame, budget });
    const edits = numberEdits(planEdits(situation).drafts, situation, {
      firstNumber: state.edits.length + 1,
      time: context.clock(),
    });
    const after = edits.reduce(applyEdit, situation.items);
    const real = estimateRealTokens(calibration, after, frame, options.realAnswerTokens);
    if (real <= options.realBudgetTokens) return { edits, overBudget: false, budget };
    const minTokens = situation.fixedTokens + sumProtectedTokens(situation);
    if (minTokens > situation.counterBudgetTokens || tightenings >= maxTightenings) {
      if (options.overflow === "error") throw tooSmall(options, Math.ceil(minTokens * factor));
      return { edits, overBudget: true, budget };
    }
    factor *= (tighteningMargin * real) / options.realBudgetTokens;
  }
}

function tooSmall(options: CheckedWindowOptions, minTokens: number): LoadlineError {
  const budgetTokens = options.realBudgetTokens;
  return new LoadlineError(
    "budget-too-small",
    `budgetTokens: got ${budgetTokens}, allowed: at least ${minTokens}, which the system prompt, tools, pins, the newest request and exchange, and the room for the answer need. Raise it, unpin entries, or pass overflow: "minimum"`,
    { details: { budgetTokens, minTokens } },
  );
}
