import type { Item } from "../../measures/layout.ts";
import { leaveOutFragments } from "../../measures/leave-out-fragments.ts";
import { repairItems } from "../../measures/repair-items.ts";
import type { Repair } from "../../measures/repair-items.ts";
import { PairScan } from "../../rules/find-pair-breaks.ts";
import type { PairBreaks } from "../../rules/find-pair-breaks.ts";
import type { ThreadContext } from "../state/context.ts";
import { GrowingList } from "../state/growing-list.ts";
import type { ThreadState } from "../state/thread-state.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { listShownSeqs } from "./make-situation.ts";

/** Returns the state with its window's calls and results repaired, and the seqs that are left out for it. */
export function repairState(
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
