import type { Window } from "../../assemble/assemble-window.ts";
import { makeSentPrefix } from "../../assemble/sent-prefix.ts";
import { sumKinds } from "../../assemble/window-ledger.ts";
import { PairScan } from "../../rules/find-pair-breaks.ts";
import type { PairBreaks } from "../../rules/find-pair-breaks.ts";
import { leaveOutFragments } from "../../measures/leave-out-fragments.ts";
import { repairItems } from "../../measures/repair-items.ts";
import type { Item } from "../../measures/layout.ts";
import type { Repair } from "../../measures/repair-items.ts";
import type { ThreadRecall } from "../recall/thread-recall.ts";
import type { ThreadContext } from "../state/context.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { Edit } from "../../measures/edit.ts";
import { GrowingList } from "../state/growing-list.ts";
import { findEnd, makeFrameKey } from "../state/thread-state.ts";
import type { ThreadState } from "../state/thread-state.ts";
import { countFrame } from "../../tokens/count-frame.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { buildWindow } from "./build-window.ts";
import { determineCacheState } from "./cache-state.ts";
import { listShownSeqs } from "./make-situation.ts";
import { planWindow } from "./plan-window.ts";
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
  const { fragments } = plain;
  const { edits, overBudget, budget } = await planWindow(context, plain.state, {
    options,
    frame,
    leftOut: plain.leftOut,
  });
  const { end, length } = findEnd(keeper.state);
  const bind = (edit: Edit): Edit => (end < length ? { ...edit, upTo: end } : edit);
  if (edits.length > 0) await keeper.saveEarly(edits.map((edit) => ({ kind: "edit", edit: bind(edit) })));
  const edited = repairState(context, keeper.state, options, fragments);
  const recalled = await recallBlock(context, edited.state, { options, frame, budget, recall });
  const block = recalled === undefined ? undefined : bind(recalled);
  if (block !== undefined) await keeper.saveEarly([{ kind: "edit", edit: block }]);
  const { state, repairs } = repairState(context, keeper.state, options, fragments);
  const items = state.items.toArray();
  const shown = listShownSeqs(items);
  const { view } = keeper.state;
  await context.texts.load(
    context.store,
    keeper.state,
    [...shown].filter((seq) => view?.forms.has(seq) !== true),
  );
  const window = buildWindow(context, state, {
    options,
    frame,
    edits: block === undefined ? edits : [...edits, block],
    overBudget,
    cache,
    repairs,
  });
  context.texts.keep(shown);
  keeper.setSent(
    makeSentPrefix(items, {
      frameKey: makeFrameKey(keeper.state.frame),
      time: context.clock(),
      kinds: sumKinds(items, frame),
    }),
  );
  return window;
}

/** Returns the state with its window's calls and results repaired, and the seqs that are left out for it. */
function repairState(
  context: ThreadContext,
  state: ThreadState,
  { alternate }: CheckedWindowOptions,
  fragments: ReadonlySet<number> = new Set(),
): {
  readonly state: ThreadState;
  readonly repairs: readonly Repair[];
  readonly leftOut: ReadonlySet<number>;
  /** Seqs of fragments: those left out before the edits of a call stay out, because the edits were planned without them. */
  readonly fragments: ReadonlySet<number>;
} {
  const all = state.items.toArray();
  const breaks = readBreaks(context, state);
  const known = repaired.get(all);
  const found = known?.breaks === breaks ? known.found : repairItems(all, breaks, context.countShort);
  repaired.set(all, { breaks, found });
  const { repairs } = found;
  const candidates =
    fragments.size === 0
      ? found.items
      : found.items.filter((item) => item.type !== "entry" || !fragments.has(item.seq));
  const items = leaveOutFragments(candidates, {
    alternate,
    pins: state.pins,
    entryAt: (seq) => state.entries.at(seq),
    isHeld: (seq) => state.view === undefined || (seq < state.view.end && !state.view.absent.has(seq)),
  });
  if (items === all) return { state, repairs, leftOut: new Set(), fragments };
  const shown = listShownSeqs(items);
  const left = repairs.filter(({ kind, seq }) => kind === "left-out" && !shown.has(seq));
  return {
    state: { ...state, items: GrowingList.of(items) },
    repairs,
    leftOut: new Set(left.map(({ seq }) => seq)),
    fragments: new Set([...listShownSeqs(found.items)].filter((seq) => !shown.has(seq))),
  };
}

/** The repairs of each version of a window's items, made once. */
const repaired = new WeakMap<
  readonly Item[],
  { readonly breaks: PairBreaks; readonly found: ReturnType<typeof repairItems> }
>();

/** The breaks of each version of a thread's history, found once. */
const breaksOf = new WeakMap<object, PairBreaks>();

/** What was read of each thread's history. */
const scanOf = new WeakMap<ThreadContext, PairScan>();

function readBreaks(context: ThreadContext, { entries, view }: ThreadState): PairBreaks {
  const known = breaksOf.get(view ?? entries);
  if (known !== undefined) return known;
  const held =
    view === undefined
      ? entries.toArray()
      : entries.slice(0, view.end).filter(({ seq }) => !view.absent.has(seq));
  const scan = scanOf.get(context) ?? new PairScan();
  scanOf.set(context, scan);
  const found = scan.read(
    view === undefined ? held : held.map((entry) => view.forms.get(entry.seq)?.entry ?? entry),
  );
  breaksOf.set(view ?? entries, found);
  return found;
}
