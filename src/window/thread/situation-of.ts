import type { Frame } from "../conversation/message.ts";
import { itemTokens, sharedItems } from "../measures/layout.ts";
import type { Item } from "../measures/layout.ts";
import { isReasoningOnly } from "../measures/lossless.ts";
import { isRequest, protectedSeqs } from "../measures/protect.ts";
import type { Situation } from "../measures/situation.ts";
import type { Entry } from "../store/store.ts";
import type { MemoryContext } from "./context.ts";
import type { EntryTexts } from "./entry-texts.ts";
import type { LiveThread } from "./live-thread.ts";
import type { CheckedWindowOptions } from "./window-options.ts";

/** Entries that left the window and can still lend their facts to a stub: the newest so many. */
const mostGone = 500;

/** The newest of the entries that are not in the window, oldest first. */
export function goneEntries(live: LiveThread): readonly Entry[] {
  const shown = shownSeqs(live.items);
  const gone: Entry[] = [];
  for (let seq = live.entries.length - 1; seq >= 0 && gone.length < mostGone; seq -= 1) {
    const entry = live.entries[seq];
    // Dropped reasoning named nothing that anyone asks for again.
    if (entry !== undefined && !shown.has(seq) && !isReasoningOnly(entry)) gone.push(entry);
  }
  return gone.reverse();
}

/** Seqs of the entries that stand in the window, edited or not. */
export function shownSeqs(items: readonly Item[]): ReadonlySet<number> {
  return new Set(items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
}

/** Whether the provider still holds the prefix: the last answer came within the cache's lifetime. */
export function cacheState(
  context: MemoryContext,
  live: LiveThread,
  asked: "auto" | "warm" | "cold",
): "warm" | "cold" {
  if (asked !== "auto") return asked;
  const last = live.entries.findLast((entry) => entry.role === "assistant");
  if (last === undefined) return "cold";
  return context.clock() - last.time <= context.prices.lifetimeMs ? "warm" : "cold";
}

/** What was sent in the last call as far as it is known: by this process, else everything before the last answer. */
export function lastWindow(live: LiveThread, sent: readonly Item[] | undefined): readonly Item[] | undefined {
  if (sent !== undefined) return sent;
  const answer = live.entries.findLastIndex((entry) => entry.role === "assistant");
  return answer <= 0 ? undefined : live.items.filter((item) => item.seq < answer);
}

/** A result stands near its call: farther back is not looked for. */
const nearestCalls = 50;

/** How a stub calls an entry: its number, and the tool it comes from or who said it. */
function labelOf(entries: readonly Entry[], seq: number): string {
  const entry = entries[seq];
  const tool = entry?.parts.find((part) => part.toolName !== undefined)?.toolName ?? toolOfCall(entries, seq);
  return `#${seq} ${tool ?? entry?.role ?? "message"}:`;
}

function toolOfCall(entries: readonly Entry[], seq: number): string | undefined {
  const callId = entries[seq]?.parts.find((part) => part.kind === "tool-result")?.callId;
  if (callId === undefined) return undefined;
  for (const entry of entries.slice(Math.max(0, seq - nearestCalls), seq).toReversed()) {
    const call = entry.parts.find((part) => part.kind === "tool-call" && part.callId === callId);
    if (call !== undefined) return call.toolName;
  }
  return undefined;
}

/** Everything the planner looks at, from what the thread and the call say. */
export function situationOf(
  context: MemoryContext,
  live: LiveThread,
  texts: EntryTexts,
  call: {
    readonly options: CheckedWindowOptions;
    /** The budget in tokens as they were counted (before calibration). */
    readonly budgetTokens: number;
    readonly fixedTokens: number;
    readonly gone: readonly Entry[];
    readonly sent: readonly Item[] | undefined;
  },
): Situation {
  const { items, entries } = live;
  const { options } = call;
  const shown = shownSeqs(items);
  const inWindow = entries.length === shown.size ? entries : [...shown].flatMap((seq) => entries[seq] ?? []);
  const calls = entries.reduce((sum, entry) => sum + (entry.role === "assistant" ? 1 : 0), 0);
  const before = lastWindow(live, call.sent);
  return {
    items,
    entries: [...call.gone, ...inWindow].sort((a, b) => a.seq - b.seq),
    nextSeq: entries.length,
    fixedTokens: call.fixedTokens,
    budgetTokens: call.budgetTokens,
    lowWater: options.lowWater,
    protectedSeqs: protectedSeqs(items, {
      tailExchanges: options.protectTail,
      pins: live.pins,
      roomTokens: call.budgetTokens - call.fixedTokens,
    }),
    exemptSeqs: new Set(
      live.edits.flatMap((edit) =>
        live.undone.has(edit.number) ? edit.targets.map((target) => target.seq) : [],
      ),
    ),
    newestRequest: items.findLast((item) => item.type === "entry" && isRequest(item.entry))?.seq,
    prices: context.prices,
    cache: cacheState(context, live, options.cache),
    cachedItems: before === undefined ? 0 : sharedItems(before, items),
    expectedTurns: options.expectedTurns ?? calls,
    factsOfEntry: (seq) => texts.facts(seq),
    standingText: standingText(live.frame, items, texts),
    labelOf: (seq) => labelOf(entries, seq),
    countTokens: context.countShort,
  };
}

function standingText(frame: Frame, items: readonly Item[], texts: EntryTexts): string {
  const system = items.flatMap((item) =>
    item.type === "entry" && item.entry.role === "system" ? [texts.json(item.seq)] : [],
  );
  return [frame.system ?? "", frame.tools ?? "", ...system].join("\n");
}

/** Tokens of what must stay, with the frame and the room for the answer. */
export function leastTokens(situation: Situation): number {
  const kept = situation.items.filter(
    (item) => item.type === "entry" && situation.protectedSeqs.has(item.seq),
  );
  return situation.fixedTokens + itemTokens(kept);
}
