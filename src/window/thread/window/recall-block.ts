import { sumFrame } from "../../assemble/assemble-window.ts";
import type { FrameTokens } from "../../assemble/window-ledger.ts";
import type { Edit } from "../../measures/edit.ts";
import { messageOverheadTokens } from "../../measures/evict.ts";
import { isReasoningOnly } from "../../measures/lossless.ts";
import { applyEdit, sumTokens } from "../../measures/layout.ts";
import { isRequest } from "../../measures/protect.ts";
import { formatRecalled } from "../recall/recall-from-pool.ts";
import type { ThreadRecall } from "../recall/thread-recall.ts";
import type { ThreadContext } from "../state/context.ts";
import { joinSearchableText } from "../state/searchable-text.ts";

import type { ThreadState } from "../state/thread-state.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { countSharedWithLast } from "./cache-state.ts";
import { estimateRealTokens } from "./counter-budget.ts";
import type { CounterBudget } from "./counter-budget.ts";
import { listShownSeqs } from "./make-situation.ts";

/** A smaller block is not worth its place, in counter tokens. */
const minBlockTokens = 64;
/** Room in a block for its heading, in counter tokens. */
const headingTokens = minBlockTokens / 2;
/** Only the beginning of a request becomes the query, in characters: the rest is often data. */
const maxQueryLength = 4_000;
/**
 * Passages below this share of the best score stay out of the block. The caller did not request it and pays for it on every later call,
 * so a weak match is not worth its tokens.
 */
const minScoreShare = 0.3;

/** What a call adds to the thread's state. */
export interface BlockCall {
  readonly options: CheckedWindowOptions;
  readonly frame: FrameTokens;
  readonly budget: CounterBudget;
  readonly recall: ThreadRecall;
}

/**
 * Recalls for a new turn what the newest request needs and the window no longer shows. The block goes before the request, which was never
 * sent, so nothing is rewritten; it stays there. Returns undefined when there is nothing to recall, no room, or the turn has already
 * begun.
 */
export async function recallBlock(
  context: ThreadContext,
  state: ThreadState,
  { options, frame, budget, recall }: BlockCall,
): Promise<Edit | undefined> {
  const items = state.items.toArray();
  const shown = listShownSeqs(items);
  if (options.recallShare === 0) return undefined;
  if (!hasRecallable(state, shown) && !(await recall.isContinuing())) return undefined;
  const place = items.findLastIndex((item) => item.type === "entry" && isRequest(item.entry));
  const request = items[place];
  if (request === undefined || request.seq !== items.findLast((item) => item.type === "entry")?.seq)
    return undefined;
  if (countSharedWithLast(state, items) > place) return undefined;
  if (items.some((item) => item.type === "recalled" && item.seq === request.seq)) return undefined;
  const { counterBudgetTokens, counterAnswerTokens } = budget;
  const room = counterBudgetTokens - sumFrame(frame) - counterAnswerTokens - sumTokens(items);
  const maxTokens =
    Math.floor(Math.min(options.recallShare * counterBudgetTokens, room)) - messageOverheadTokens;
  if (maxTokens < minBlockTokens) return undefined;
  await context.texts.load(context.store, state, [request.seq]);
  const message = context.texts.message(request.seq);
  const query = message === undefined ? "" : joinSearchableText(message).slice(0, maxQueryLength).trim();
  if (query === "") return undefined;
  const { items: found } = await recall.recall({
    query,
    budgetTokens: maxTokens - headingTokens,
    scope: "thread",
    context: undefined,
    skip: (thread, seq) => thread === state.record.thread && shown.has(seq),
    minShare: minScoreShare,
  });
  if (found.length === 0) return undefined;
  const text = `[Recalled from earlier in this conversation, verbatim]\n${formatRecalled(found)}`;
  const tokens = context.counter.count(text) + messageOverheadTokens;
  if (tokens > maxTokens + messageOverheadTokens) return undefined;
  const seqs = found.flatMap(({ thread, seq }) => (thread === state.record.thread ? [seq] : []));
  const edit = makeBlockEdit(
    state,
    { beforeSeq: request.seq, text, tokens, seqs },
    { count: found.length, time: context.clock() },
  );
  // The block's kind may count for more than the mean of the window, which gave the room.
  const { current } = context.calibration;
  const real = estimateRealTokens(current, applyEdit(items, edit), frame, options.realAnswerTokens);
  return real > options.realBudgetTokens ? undefined : edit;
}

/** Returns true if something that a person or a tool said is not in the window. */
function hasRecallable({ entries, view }: ThreadState, shown: ReadonlySet<number>): boolean {
  const end = Math.min(view?.end ?? entries.length, entries.length);
  for (let seq = 0; seq < end; seq++) {
    const entry = shown.has(seq) ? undefined : entries.at(seq);
    if (entry !== undefined && entry.role !== "system" && !isReasoningOnly(entry)) return true;
  }
  return false;
}

function makeBlockEdit(
  state: ThreadState,
  insertion: NonNullable<Edit["insertion"]>,
  { count, time }: { readonly count: number; readonly time: number },
): Edit {
  const { tokens } = insertion;
  const edit: Edit = {
    number: state.edits.length + 1,
    measure: "recall",
    reason: "requested",
    why: `${count} earlier ${count === 1 ? "entry bears" : "entries bear"} on the newest request but had left the window`,
    time,
    targets: [],
    insertion,
    absorbs: [],
    freedTokens: -tokens,
    rewrittenTokens: 0,
  };
  const items = state.items.toArray();
  return { ...edit, freedTokens: sumTokens(items) - sumTokens(applyEdit(items, edit)) };
}
