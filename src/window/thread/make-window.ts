import { LoadlineError } from "../../shared/errors.ts";
import { cacheUse, calibratedLedger, frameTotal } from "../assemble/assemble-window.ts";
import type { RecalledBlock, Window, WindowMessage } from "../assemble/assemble-window.ts";
import { itemJson } from "../assemble/render-item.ts";
import { windowLedger } from "../assemble/window-ledger.ts";
import type { FrameTokens } from "../assemble/window-ledger.ts";
import type { EditDraft } from "../measures/draft.ts";
import type { Edit } from "../measures/edit.ts";
import { applyEdit, itemTokens, sharedItems } from "../measures/layout.ts";
import type { Item } from "../measures/layout.ts";
import { planEdits } from "../measures/plan-edits.ts";
import type { Situation } from "../measures/situation.ts";
import { calibratedTokens } from "../tokens/calibration.ts";
import { countFrame } from "../tokens/count-message.ts";
import type { MemoryContext } from "./context.ts";
import { freeze } from "./entry-texts.ts";
import type { EntryTexts } from "./entry-texts.ts";
import type { LiveThread } from "./live-thread.ts";
import { goneEntries, lastWindow, leastTokens, shownSeqs, situationOf } from "./situation-of.ts";
import type { CheckedWindowOptions } from "./window-options.ts";

/** What a thread remembers of its last window: enough to say what the provider's cache holds. */
export interface Sent {
  readonly items: readonly Item[];
  readonly frame: string;
}

/** The edits a call needs, before they are saved. */
export interface WindowPlan {
  readonly edits: readonly Edit[];
  readonly overBudget: boolean;
  /** Real tokens of one counted token, as far as was learned. */
  readonly share: number;
}

/** A frame by its bytes. */
export function frameKey(live: LiveThread): string {
  return `${live.frame.system ?? ""}\n${live.frame.tools ?? ""}`;
}

/** How many real tokens one counted token of this window is, as far as was learned. */
function realShare(context: MemoryContext, items: readonly Item[], frame: FrameTokens): number {
  const calibration = context.calibration.current;
  if (calibration.observations === 0) return 1;
  const ledger = windowLedger(items, frame, 0);
  if (ledger.total === 0) return 1;
  const tokens = Object.fromEntries(ledger.kinds.map((row) => [row.kind, row.size]));
  return calibratedTokens(calibration, tokens) / ledger.total;
}

/** What a window weighs by all that was learned, the room for the answer included. */
function realTokens(
  context: MemoryContext,
  items: readonly Item[],
  frame: FrameTokens,
  answerTokens: number,
): number {
  const calibration = context.calibration.current;
  if (calibration.observations === 0) return itemTokens(items) + frameTotal(frame) + answerTokens;
  return calibratedLedger(items, frame, answerTokens, calibration).total;
}

/** Beside a budget's worth of the newest entries, the texts of this many older ones are looked at for facts. */
const olderWithFacts = 500;

/**
 * Entries whose texts an edit needs: the newest, as far back as any can stay or be named in a stub, and system messages. A thread of
 * 100,000 entries that is handed in at once need not be read whole to be cut down.
 */
function seqsWithFacts(items: readonly Item[], budgetTokens: number): readonly number[] {
  const seqs: number[] = [];
  let tokens = 0;
  let older = 0;
  for (const item of items.toReversed()) {
    if (item.type !== "entry") continue;
    tokens += item.tokens;
    if (tokens > budgetTokens) older += 1;
    if (older <= olderWithFacts || item.entry.role === "system") seqs.push(item.seq);
  }
  return seqs;
}

/** The budget is tightened at most so often when the mix of kinds that an edit leaves counts for more than the one before. */
const mostTightenings = 4;

/** Loads what planning needs and decides the edits. Nothing is saved. Errors: `budget-too-small`. */
export async function planWindow(
  context: MemoryContext,
  live: LiveThread,
  texts: EntryTexts,
  sent: Sent | undefined,
  options: CheckedWindowOptions,
): Promise<WindowPlan> {
  const frame = countFrame(live.frame, context.counter);
  let share = realShare(context, live.items, frame);
  for (let tries = 0; ; tries += 1) {
    const situation = await loadSituation(context, live, texts, { sent, options, frame, share });
    const edits = numbered(planEdits(situation).drafts, situation, live, context.clock());
    const after = edits.reduce(applyEdit, situation.items);
    const real = realTokens(context, after, frame, options.answerTokens);
    const fits = real <= options.budgetTokens;
    if (fits) return { edits, overBudget: false, share };
    const least = leastTokens(situation);
    if (least > situation.budgetTokens || tries >= mostTightenings) {
      if (options.overflow === "error") throw tooSmall(options, Math.ceil(least * share));
      return { edits, overBudget: true, share };
    }
    share *= (1.01 * real) / options.budgetTokens;
  }
}

/**
 * The situation in the counter's own tokens: entries are counted once, so the budget is brought to their measure by `share`, the
 * real tokens of one counted token.
 */
async function loadSituation(
  context: MemoryContext,
  live: LiveThread,
  texts: EntryTexts,
  call: {
    readonly sent: Sent | undefined;
    readonly options: CheckedWindowOptions;
    readonly frame: FrameTokens;
    readonly share: number;
  },
): Promise<Situation> {
  const { options, share } = call;
  const budgetTokens = Math.floor(options.budgetTokens / share);
  const fixedTokens = frameTotal(call.frame) + Math.ceil(options.answerTokens / share);
  const isOver = fixedTokens + itemTokens(live.items) > budgetTokens;
  const gone = goneEntries(live);
  // A window that fits and has its stub needs no texts of what left.
  const needsGone = isOver || (gone.length > 0 && !live.items.some((item) => item.type === "stub"));
  const shown = isOver ? seqsWithFacts(live.items, budgetTokens) : [...shownSeqs(live.items)];
  const wanted = [...shown, ...(needsGone ? gone.map((entry) => entry.seq) : [])];
  await texts.load(context.store, live.record.thread, live.entries, wanted);
  const sent = call.sent?.items;
  return situationOf(context, live, texts, { options, budgetTokens, fixedTokens, gone, sent });
}

function tooSmall(options: CheckedWindowOptions, least: number): LoadlineError {
  return new LoadlineError(
    "budget-too-small",
    `budgetTokens: got ${options.budgetTokens}, allowed: at least ${least}, which the system prompt, tools, pins, the newest request and exchange and the room for the answer take`,
    { details: { budgetTokens: options.budgetTokens, leastTokens: least } },
  );
}

/** Drafts as edits: numbered, dated, with what each frees and makes the provider write anew. */
function numbered(
  drafts: readonly EditDraft[],
  situation: Situation,
  live: LiveThread,
  time: number,
): readonly Edit[] {
  let items = situation.items;
  let cached = situation.cachedItems;
  return drafts.map((draft, index) => {
    const bare: Edit = {
      ...draft,
      number: live.edits.length + 1 + index,
      time,
      freedTokens: 0,
      rewrittenTokens: 0,
    };
    const after = applyEdit(items, bare);
    const shared = Math.min(cached, sharedItems(items, after));
    // What was cached behind the first change and still stands has to be written again; each token once.
    const again = new Set(items.slice(shared, cached));
    const rewritten = after.slice(shared).filter((item) => again.has(item));
    const edit = {
      ...bare,
      freedTokens: itemTokens(items) - itemTokens(after),
      rewrittenTokens: situation.cache === "cold" ? 0 : itemTokens(rewritten),
    };
    items = after;
    cached = shared;
    return edit;
  });
}

/** The window as it stands, with its ledger and what the cache makes of it. */
export function buildWindow(
  context: MemoryContext,
  live: LiveThread,
  texts: EntryTexts,
  sent: Sent | undefined,
  call: {
    readonly options: CheckedWindowOptions;
    readonly edits: readonly Edit[];
    readonly overBudget: boolean;
    readonly cache: "warm" | "cold";
  },
): Window {
  const { items } = live;
  // The thread's list grows in place; this window is what it is now.
  const shown = [...items];
  const frame = countFrame(live.frame, context.counter);
  const { answerTokens, budgetTokens } = call.options;
  const ledger = calibratedLedger(items, frame, answerTokens, context.calibration.current);
  const before = lastWindow(live, sent?.items);
  const shared = before === undefined ? 0 : sharedItems(before, items);
  const same = sent === undefined || sent.frame === frameKey(live);
  const parts = items.map((item) => windowMessage(item, texts));
  let messages: readonly unknown[] | undefined;
  return {
    get messages(): readonly unknown[] {
      messages ??= shown.map((item, index) => messageValue(item, parts[index]?.json ?? "null", texts));
      return messages;
    },
    json: `[${parts.map((part) => part.json).join(",")}]`,
    parts,
    tokens: ledger.total - answerTokens,
    budgetTokens,
    overBudget: call.overBudget,
    ledger,
    edits: call.edits,
    recalled: newestRecalled(items),
    cache: cacheUse(before, items, shared, { tokens: frameTotal(frame), same }, call.cache),
  };
}

function windowMessage(item: Item, texts: EntryTexts): WindowMessage {
  const json = itemJson(item, (seq) => texts.json(seq));
  if (item.type !== "entry") return { handle: undefined, kind: item.type, json, tokens: item.tokens };
  return {
    handle: `#${item.seq}`,
    kind: item.shown === undefined ? "whole" : "edited",
    json,
    tokens: item.tokens,
  };
}

function messageValue(item: Item, json: string, texts: EntryTexts): unknown {
  if (item.type === "entry" && item.shown === undefined) return texts.value(item.seq, json);
  return freeze(JSON.parse(json));
}

function newestRecalled(items: readonly Item[]): RecalledBlock | undefined {
  const found = items.findLast((item) => item.type === "recalled");
  if (found === undefined || found.type === "entry") return undefined;
  return { seqs: found.insertion.seqs, text: found.insertion.text, tokens: found.tokens };
}
