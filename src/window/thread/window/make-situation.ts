import { frameTotal } from "../../assemble/assemble-window.ts";
import type { FrameTokens } from "../../assemble/window-ledger.ts";
import type { Frame } from "../../conversation/message/message.ts";
import { itemTokens } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import { isReasoningOnly } from "../../measures/lossless.ts";
import { isRequest, protectedSeqs } from "../../measures/protect.ts";
import type { Situation } from "../../measures/situation.ts";
import type { Entry } from "../../store/store.ts";
import type { ThreadContext } from "../state/context.ts";
import type { EntryTexts } from "../state/entry-texts.ts";
import type { GrowingList } from "../state/growing-list.ts";
import type { ThreadState } from "../state/thread-state.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { cacheState, sharedWithLast } from "./cache-state.ts";
import type { CounterBudget } from "./counter-budget.ts";

/** Entries that left the window and can still lend their facts to a stub: the newest so many. */
const maxGoneEntries = 500;

/** The newest of the entries that are not in the window, oldest first. */
function goneEntries(state: ThreadState, shown: ReadonlySet<number>): readonly Entry[] {
  const gone: Entry[] = [];
  for (let seq = state.entries.length - 1; seq >= 0 && gone.length < maxGoneEntries; seq--) {
    const entry = state.entries.at(seq);
    // Dropped reasoning named nothing that anyone asks for again.
    if (entry !== undefined && !shown.has(seq) && !isReasoningOnly(entry)) gone.push(entry);
  }
  return gone.reverse();
}

/** Seqs of the entries that stand in the window, edited or not. */
export function shownSeqs(items: readonly Item[]): ReadonlySet<number> {
  return new Set(items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
}

/** Beside a budget's worth of the newest entries, the texts of this many older ones are looked at for facts. */
const maxOlderWithFacts = 500;

/**
 * Entries whose texts an edit needs: the newest, as far back as any can stay or be named in a stub, and system messages. A thread of
 * 100,000 entries that is handed in at once need not be read whole to be cut down.
 */
function seqsWithFacts(items: readonly Item[], counterBudgetTokens: number): readonly number[] {
  const seqs: number[] = [];
  let tokens = 0;
  let older = 0;
  for (const item of items.toReversed()) {
    if (item.type !== "entry") continue;
    tokens += item.tokens;
    if (tokens > counterBudgetTokens) older++;
    if (older <= maxOlderWithFacts || item.entry.role === "system") seqs.push(item.seq);
  }
  return seqs;
}

/** What a call says, beside the thread's state. */
export interface SituationCall {
  readonly options: CheckedWindowOptions;
  readonly frame: FrameTokens;
  readonly budget: CounterBudget;
}

/** Everything the planner looks at, in counter tokens; loads the texts it may need. */
export async function makeSituation(
  context: ThreadContext,
  state: ThreadState,
  { options, frame, budget }: SituationCall,
): Promise<Situation> {
  const { texts } = context;
  const { entries } = state;
  const { counterBudgetTokens } = budget;
  const items = state.items.toArray();
  const shown = shownSeqs(items);
  const fixedTokens = frameTotal(frame) + budget.counterAnswerTokens;
  const gone = goneEntries(state, shown);
  const isOver = fixedTokens + itemTokens(items) > counterBudgetTokens;
  // A window that fits and has its stub needs no texts of what left.
  const needsGone = isOver || (gone.length > 0 && !items.some((item) => item.type === "stub"));
  const read = isOver ? seqsWithFacts(items, counterBudgetTokens) : [...shown];
  await texts.load(context.store, state, [...read, ...(needsGone ? gone.map(({ seq }) => seq) : [])]);
  const inWindow =
    entries.length === shown.size ? entries.toArray() : [...shown].flatMap((seq) => entries.at(seq) ?? []);
  return {
    items,
    entries: [...gone, ...inWindow].sort((a, b) => a.seq - b.seq),
    nextSeq: entries.length,
    fixedTokens,
    counterBudgetTokens,
    lowWater: options.lowWater,
    protectedSeqs: protectedSeqs(items, {
      tailExchanges: options.protectTail,
      pins: state.pins,
      roomTokens: counterBudgetTokens - fixedTokens,
    }),
    exemptSeqs: undoneSeqs(state),
    newestRequest: items.findLast((item) => item.type === "entry" && isRequest(item.entry))?.seq,
    prices: context.prices,
    cache: cacheState(context, state, options.cache),
    cachedItems: sharedWithLast(state, items),
    expectedTurns: options.expectedTurns ?? state.answers,
    factsOfEntry: (seq) => texts.facts(seq),
    constantText: constantTextOf(state.frame, items, texts),
    labelOf: (seq) => labelOf(entries, seq),
    countTokens: context.countShort,
  };
}

/** Seqs of entries whose edits were undone. */
function undoneSeqs(state: ThreadState): ReadonlySet<number> {
  const undone = state.edits.filter((edit) => state.undone.has(edit.number));
  return new Set(undone.flatMap((edit) => edit.targets.map((target) => target.seq)));
}

/** How far before a result its call is looked for; a result stands near its call. */
const maxCallDistance = 50;

/** How a stub calls an entry: its number, and the tool it comes from or who said it. */
function labelOf(entries: GrowingList<Entry>, seq: number): string {
  const entry = entries.at(seq);
  const tool = entry?.parts.find((part) => part.toolName !== undefined)?.toolName ?? toolOfCall(entries, seq);
  return `#${seq} ${tool ?? entry?.role ?? "message"}:`;
}

function toolOfCall(entries: GrowingList<Entry>, seq: number): string | undefined {
  const callId = entries.at(seq)?.parts.find((part) => part.kind === "tool-result")?.callId;
  if (callId === undefined) return undefined;
  for (const entry of entries.slice(Math.max(0, seq - maxCallDistance), seq).toReversed()) {
    const call = entry.parts.find((part) => part.kind === "tool-call" && part.callId === callId);
    if (call !== undefined) return call.toolName;
  }
  return undefined;
}

function constantTextOf(frame: Frame, items: readonly Item[], texts: EntryTexts): string {
  const system = items.flatMap((item) =>
    item.type === "entry" && item.entry.role === "system" ? [texts.json(item.seq)] : [],
  );
  return [frame.system ?? "", frame.tools ?? "", ...system].join("\n");
}
