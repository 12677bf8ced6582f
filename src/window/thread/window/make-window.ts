import type { Window } from "../../assemble/assemble-window.ts";
import { makeSentPrefix } from "../../assemble/sent-prefix.ts";
import { sumKinds } from "../../assemble/window-ledger.ts";
import { applyEdit } from "../../measures/layout.ts";
import type { ThreadRecall } from "../recall/thread-recall.ts";
import type { ThreadContext } from "../state/context.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { Edit } from "../../measures/edit.ts";
import { applyChanges, findEnd, makeFrameKey } from "../state/thread-state.ts";
import type { ThreadChange } from "../state/thread-events.ts";
import type { ThreadState } from "../state/thread-state.ts";
import { countFrame } from "../../tokens/count-frame.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { buildWindow } from "./build-window.ts";
import type { WindowDecision } from "./build-window.ts";
import { determineCacheState } from "./cache-state.ts";
import { listShownSeqs } from "./make-situation.ts";
import { estimateRealTokens } from "./counter-budget.ts";
import { planWindow } from "./plan-window.ts";
import type { WindowPlan } from "./plan-window.ts";
import { describeRefused, refuseEdits } from "./refuse-edits.ts";
import type { AllowedPlan } from "./refuse-edits.ts";
import { repairState } from "./repair-state.ts";
import { RuleGuard } from "./rule-guard.ts";
import type { ComposedWindow } from "./rule-guard.ts";
import { recallBlock } from "./recall-block.ts";

/** Plans and saves the edits of a call, recalls for a new turn, and builds the window. Errors: `budget-too-small`, store errors. */
export async function makeWindow(
  keeper: ThreadKeeper,
  recall: ThreadRecall,
  options: CheckedWindowOptions,
): Promise<Window> {
  const { context } = keeper;
  // Counted once per window: system prompt and tools may be a large part of it.
  const frame = countFrame(keeper.state.frame, context.counter, keeper.state.entries.at(0));
  const cache = determineCacheState(context, keeper.state, options.cache);
  const plain = repairState(context, keeper.state, options);
  const call: WindowCall = { options, frame, cache, fragments: plain.fragments };
  const { end, length } = findEnd(keeper.state);
  const bind = (edit: Edit): Edit => (end < length ? { ...edit, upTo: end } : edit);
  const { edits, overBudget, budget, refused } = await planAllowed(context, keeper.state, { call, plain });
  if (edits.length > 0) await keeper.saveEarly(listChanges(edits.map(bind)));
  const edited = repairState(context, keeper.state, options, plain.fragments);
  const recalled = await recallBlock(context, edited.state, { options, frame, budget, recall });
  const blocks = recalled === undefined ? [] : [bind(recalled)];
  const faults = await makeGuard(context, keeper.state, call).findFresh(blocks);
  const added = faults.length === 0 ? blocks : [];
  if (added.length > 0) await keeper.saveEarly(listChanges(added));
  const { state, window } = await buildFrom(context, keeper.state, {
    ...call,
    edits: [...edits, ...added],
    refused: [...refused, ...(faults.length === 0 ? [] : blocks.map((one) => describeRefused(one, faults)))],
    overBudget,
  });
  const items = state.items.toArray();
  context.texts.keep(listShownSeqs(items));
  keeper.setSent(
    makeSentPrefix(items, {
      frameKey: makeFrameKey(keeper.state.frame),
      time: context.clock(),
      kinds: sumKinds(items, frame),
    }),
  );
  return window;
}

/** What stays the same for each window that a call makes or tries. */
interface WindowCall extends Pick<WindowDecision, "options" | "frame" | "cache"> {
  readonly fragments: ReadonlySet<number>;
}

/** Plans the edits of a call, of which none breaks a rule of the provider. Errors: `budget-too-small`, store errors. */
async function planAllowed(
  context: ThreadContext,
  state: ThreadState,
  { call, plain }: { readonly call: WindowCall; readonly plain: ReturnType<typeof repairState> },
): Promise<AllowedPlan> {
  const { options, frame } = call;
  const plan = (keep?: ReadonlySet<number>): Promise<WindowPlan> =>
    planWindow(context, plain.state, { options, frame, leftOut: plain.leftOut, keep });
  const items = plain.state.items.toArray();
  const { current } = context.calibration;
  return refuseEdits(await plan(), {
    options,
    guard: makeGuard(context, state, call),
    replan: plan,
    estimate: (edits) =>
      estimateRealTokens(current, edits.reduce(applyEdit, items), frame, options.realAnswerTokens),
  });
}

function makeGuard(context: ThreadContext, state: ThreadState, call: WindowCall): RuleGuard {
  return new RuleGuard(context, state, {
    alternate: call.options.alternate,
    compose: (edits) => {
      const tried = applyChanges(state, listChanges(edits));
      const none = { edits: [], refused: [], overBudget: false };
      return buildFrom(context, tried, { ...call, ...none });
    },
  });
}

function listChanges(edits: readonly Edit[]): readonly ThreadChange[] {
  return edits.map((edit) => ({ kind: "edit", edit }));
}

async function buildFrom(
  context: ThreadContext,
  whole: ThreadState,
  call: WindowCall & Omit<WindowDecision, "repairs">,
): Promise<ComposedWindow> {
  const { state, repairs } = repairState(context, whole, call.options, call.fragments);
  await loadTexts(context, state);
  return { state, window: buildWindow(context, state, { ...call, repairs }) };
}

/** Loads the texts of the entries that a window shows, where the client did not send them in another form. */
async function loadTexts(context: ThreadContext, state: ThreadState): Promise<void> {
  const { view } = state;
  const shown = [...listShownSeqs(state.items.toArray())];
  await context.texts.load(
    context.store,
    state,
    shown.filter((seq) => view?.forms.has(seq) !== true),
  );
}
