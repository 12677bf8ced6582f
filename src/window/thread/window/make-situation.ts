import { sumFrame } from "../../assemble/assemble-window.ts";
import type { FrameTokens } from "../../assemble/window-ledger.ts";
import type { Frame } from "../../conversation/message/message.ts";
import { sumTokens } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import { isReasoningOnly } from "../../measures/lossless.ts";
import { findHolds } from "../../measures/holds.ts";
import { startsTurn } from "../../measures/protect.ts";
import type { Situation } from "../../measures/situation.ts";
import type { Entry } from "../../store/store.ts";
import { chooseOverhead } from "../../tokens/message-overhead.ts";
import type { ThreadContext } from "../state/context.ts";
import type { EntryTexts } from "../state/entry-texts.ts";
import type { GrowingList } from "../state/growing-list.ts";
import { findEnd } from "../state/thread-state.ts";
import type { ThreadState } from "../state/thread-state.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { determineCacheState, countSharedWithLast } from "./cache-state.ts";
import type { CounterBudget } from "./counter-budget.ts";

/** How many of the most recently evicted entries may contribute facts to a stub. */
const maxEvictedEntries = 500;

/** Returns the most recently evicted entries, oldest first. */
function findEvictedEntries(state: ThreadState, shown: ReadonlySet<number>): readonly Entry[] {
  const evicted: Entry[] = [];
  const absent = state.view?.absent;
  for (let seq = findEnd(state).end - 1; seq >= 0 && evicted.length < maxEvictedEntries; seq--) {
    const entry = state.entries.at(seq);
    // Dropped reasoning has no facts that are needed again.
    if (entry === undefined || shown.has(seq) || isReasoningOnly(entry)) continue;
    // System messages that the client took out are no longer meant.
    if (entry.role !== "system" || absent?.has(seq) !== true) evicted.push(entry);
  }
  return evicted.reverse();
}

/** Returns the seqs of the entries in the window, edited or not. */
export function listShownSeqs(items: readonly Item[]): ReadonlySet<number> {
  return new Set(items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
}

/** Older entries whose texts are searched for facts, in addition to the newest ones that fill the budget. */
const maxOlderWithFacts = 500;

/**
 * Returns the seqs of the entries whose texts an edit needs: the newest, as far back as any can stay or appear in a stub, and system
 * messages. A thread of 100,000 entries appended at once need not be read entirely to be cut down.
 */
function listSeqsWithFacts(items: readonly Item[], counterBudgetTokens: number): readonly number[] {
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

/** What a call adds to the thread's state. */
export interface SituationCall {
  readonly options: CheckedWindowOptions;
  readonly frame: FrameTokens;
  readonly budget: CounterBudget;
  /** Seqs that repairs leave out: they have not left for want of room. */
  readonly leftOut: ReadonlySet<number>;
  /** Entries that stay as they are: an edit of them would break a rule of the provider. */
  readonly keep?: ReadonlySet<number> | undefined;
}

/** Collects everything the planner needs, in counter tokens, and loads the texts it may read. */
export async function makeSituation(
  context: ThreadContext,
  state: ThreadState,
  { options, frame, budget, leftOut, keep = new Set() }: SituationCall,
): Promise<Situation> {
  const { texts } = context;
  const { entries } = state;
  const { counterBudgetTokens } = budget;
  const items = state.items.toArray();
  const shown = listShownSeqs(items);
  const fixedTokens = sumFrame(frame) + budget.counterAnswerTokens;
  const evicted = findEvictedEntries(state, shown).filter(({ seq }) => !leftOut.has(seq));
  const isOver = fixedTokens + sumTokens(items) > counterBudgetTokens;
  // A window that fits and has its stub needs no texts of evicted entries.
  const needsEvicted = isOver || (evicted.length > 0 && !items.some((item) => item.type === "stub"));
  if (isOver) await texts.waitForFacts();
  const read = isOver ? listSeqsWithFacts(items, counterBudgetTokens) : [...shown];
  const holds = findHolds(items, {
    tailExchanges: options.protectTail,
    pins: keep.size === 0 ? state.pins : new Set([...state.pins, ...keep]),
    roomTokens: counterBudgetTokens - fixedTokens,
    alternate: options.alternate,
  });
  await texts.load(context.store, state, [
    ...new Set([...read, ...holds.keys(), ...(needsEvicted ? evicted.map(({ seq }) => seq) : [])]),
  ]);
  const inWindow =
    entries.length === shown.size ? entries.toArray() : [...shown].flatMap((seq) => entries.at(seq) ?? []);
  return {
    items,
    entries: [...evicted, ...inWindow].sort((a, b) => a.seq - b.seq),
    nextSeq: entries.length,
    fixedTokens,
    counterBudgetTokens,
    lowWater: options.lowWater,
    keepImages: options.keepImages,
    alternate: options.alternate,
    holds,
    protectedSeqs: new Set(holds.keys()),
    exemptSeqs: new Set([...listUndoneSeqs(state), ...keep]),
    newestTurn: items.findLast((item) => item.type === "entry" && startsTurn(item.entry))?.seq,
    prices: context.prices,
    cache: determineCacheState(context, state, options.cache),
    cachedItems: countSharedWithLast(state, items),
    expectedTurns: options.expectedTurns ?? state.answers,
    factsOfEntry: (seq) => texts.facts(seq),
    textOf: (seq, part) => texts.message(seq)?.parts[part]?.text ?? "",
    constantText: joinConstantText(state.frame, items, texts),
    labelOf: (seq) => makeLabel(entries, seq),
    countTokens: context.countShort,
    resultOverhead: (format) => chooseOverhead(context.counter.model, format).result,
  };
}

/** Returns the seqs of entries whose edits were undone. */
function listUndoneSeqs(state: ThreadState): ReadonlySet<number> {
  const undone = state.edits.filter((edit) => state.undone.has(edit.number));
  return new Set(undone.flatMap((edit) => edit.targets.map((target) => target.seq)));
}

/** How many entries before a result are searched for its call. */
const maxCallDistance = 50;

/** Returns what an entry is called in a stub: its number, and its tool or role. */
function makeLabel(entries: GrowingList<Entry>, seq: number): string {
  const entry = entries.at(seq);
  const tool = entry?.parts.find((part) => part.toolName !== undefined)?.toolName ?? findTool(entries, seq);
  return `#${seq} ${tool ?? entry?.role ?? "message"}:`;
}

function findTool(entries: GrowingList<Entry>, seq: number): string | undefined {
  const callId = entries.at(seq)?.parts.find((part) => part.kind === "tool-result")?.callId;
  if (callId === undefined) return undefined;
  for (const entry of entries.slice(Math.max(0, seq - maxCallDistance), seq).toReversed()) {
    const call = entry.parts.find((part) => part.kind === "tool-call" && part.callId === callId);
    if (call !== undefined) return call.toolName;
  }
  return undefined;
}

function joinConstantText(frame: Frame, items: readonly Item[], texts: EntryTexts): string {
  const system = items.flatMap((item) =>
    item.type === "entry" && item.entry.role === "system" ? [texts.json(item.seq)] : [],
  );
  return [frame.system ?? "", frame.tools ?? "", ...system].join("\n");
}
