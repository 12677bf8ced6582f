import { frameTotal } from "../assemble/assemble-window.ts";
import type { Edit } from "../measures/edit.ts";
import { messageOverhead } from "../measures/evict.ts";
import { applyEdit, itemTokens, sharedItems } from "../measures/layout.ts";
import { isRequest } from "../measures/protect.ts";
import { countFrame } from "../tokens/count-message.ts";
import type { MemoryContext } from "./context.ts";
import type { EntryTexts } from "./entry-texts.ts";
import { recallText } from "./entry-texts.ts";
import type { LiveThread } from "./live-thread.ts";
import type { Sent } from "./make-window.ts";
import { recalledText } from "./recall-stage.ts";
import type { Recalled } from "./recall-stage.ts";
import { lastWindow, shownSeqs } from "./situation-of.ts";
import type { CheckedWindowOptions } from "./window-options.ts";

/** A smaller block than this says too little to be worth its place. */
const smallestBlock = 64;
/** A request is asked about by its beginning: what follows is often data. */
const longestQuery = 4_000;

type Search = (
  query: string,
  budgetTokens: number,
  skip: (thread: string, seq: number) => boolean,
) => Promise<Recalled>;

/**
 * The recalled block of a new turn: what the newest request calls for and the window no longer shows. It is put before the
 * request while that was never sent, so that nothing is rewritten, and stays where it is. Undefined when there is nothing to
 * recall, no room, or the turn has begun already.
 */
export async function recallDraft(
  context: MemoryContext,
  live: LiveThread,
  texts: EntryTexts,
  sent: Sent | undefined,
  options: CheckedWindowOptions,
  search: Search,
): Promise<Edit | undefined> {
  const { items } = live;
  const shown = shownSeqs(items);
  if (options.recallShare === 0 || shown.size === live.entries.length) return undefined;
  const place = items.findLastIndex((item) => item.type === "entry" && isRequest(item.entry));
  const request = items[place];
  if (request === undefined || request.seq !== items.findLast((item) => item.type === "entry")?.seq)
    return undefined;
  const before = lastWindow(live, sent?.items);
  if (before !== undefined && sharedItems(before, items) > place) return undefined;
  if (items.some((item) => item.type === "recalled" && item.seq === request.seq)) return undefined;
  const fixed = frameTotal(countFrame(live.frame, context.counter)) + options.answerTokens;
  const room = options.budgetTokens - fixed - itemTokens(items);
  const budgetTokens =
    Math.floor(Math.min(options.recallShare * options.budgetTokens, room)) - messageOverhead;
  if (budgetTokens < smallestBlock) return undefined;
  await texts.load(context.store, live.record.thread, live.entries, [request.seq]);
  const query = recallText(texts.message(request.seq)).slice(0, longestQuery).trim();
  if (query === "") return undefined;
  const { items: found } = await search(query, budgetTokens - smallestBlock / 2, (_, seq) => shown.has(seq));
  if (found.length === 0) return undefined;
  const text = `[Recalled from earlier in this conversation, verbatim]\n${recalledText(found)}`;
  const tokens = context.counter.count(text) + messageOverhead;
  if (tokens > budgetTokens + messageOverhead) return undefined;
  return recallEdit(
    live,
    request.seq,
    { text, tokens, seqs: found.map((item) => item.seq) },
    context.clock(),
  );
}

function recallEdit(
  live: LiveThread,
  beforeSeq: number,
  block: { readonly text: string; readonly tokens: number; readonly seqs: readonly number[] },
  time: number,
): Edit {
  const edit: Edit = {
    number: live.edits.length + 1,
    measure: "recall",
    reason: "asked",
    why: `${block.seqs.length} earlier ${block.seqs.length === 1 ? "entry bears" : "entries bear"} on the newest request, out of the window until now`,
    time,
    targets: [],
    insertion: { beforeSeq, ...block },
    absorbs: [],
    freedTokens: -block.tokens,
    rewrittenTokens: 0,
  };
  return { ...edit, freedTokens: itemTokens(live.items) - itemTokens(applyEdit(live.items, edit)) };
}
