import { itemFormats } from "../conversation/message/message.ts";
import type { Entry } from "../store/store.ts";
import type { EntryItem, Item } from "./layout.ts";
import { isReasoningOnly } from "./lossless.ts";
import { groupExchanges, startsTurn } from "./protect.ts";

/** What decides which fragments cannot be sent. */
export interface FragmentContext {
  /** True if user and assistant messages must alternate. */
  readonly alternate: boolean;
  readonly pins: ReadonlySet<number>;
  readonly entryAt: (seq: number) => Entry | undefined;
  /** True for an entry that the client's own history holds. */
  readonly isHeld: (seq: number) => boolean;
}

/**
 * Leaves out what an undone edit brought back without what it needs: a reasoning item whose answer has left and, with `alternate`,
 * exchanges of a finished turn whose request has left, because strict templates pass over them and see two requests in a row.
 */
export function leaveOutFragments(items: readonly Item[], context: FragmentContext): readonly Item[] {
  const { alternate, pins, entryAt } = context;
  const rest = items.filter((_, index) => !isLoneReasoning(items, index, context));
  if (!alternate) return rest.length === items.length ? items : rest;
  const shown = new Set(rest.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  const newest = rest.findLast((item) => item.type === "entry" && startsTurn(item.entry))?.seq ?? 0;
  const lost = new Set<Item>();
  for (const exchange of groupExchanges(rest, false)) {
    const [head] = exchange.items;
    if (head === undefined || head.seq >= newest || head.entry.role === "system") continue;
    const start = findStart(head, entryAt);
    if (start === undefined || shown.has(start)) continue;
    if (exchange.items.some(({ seq }) => pins.has(seq))) continue;
    for (const item of exchange.items) lost.add(item);
  }
  return lost.size === 0 && rest.length === items.length ? items : rest.filter((item) => !lost.has(item));
}

/**
 * Returns true for a reasoning item whose answer is not shown: the item that the model gave behind it must follow, not one of a later
 * answer.
 */
function isLoneReasoning(
  items: readonly Item[],
  index: number,
  { entryAt, isHeld }: FragmentContext,
): boolean {
  const item = items[index];
  if (item === undefined || !isReasoningItem(item)) return false;
  const next = items[index + 1];
  if (next === undefined) return false;
  if (next.type !== "entry" || next.entry.role !== "assistant") return true;
  // Reasoning behind reasoning of the same answer needs the same item.
  for (let seq = item.seq + 1; seq < next.seq; seq++) {
    if (!isHeld(seq)) continue;
    const entry = entryAt(seq);
    if (entry === undefined) continue;
    if (entry.role !== "assistant" || !isReasoningOnly(entry)) return true;
  }
  return false;
}

function isReasoningItem(item: Item): boolean {
  return item.type === "entry" && itemFormats.has(item.entry.format) && isReasoningOnly(item.entry);
}

/** Returns the seq of the request that began an entry's turn; undefined if the conversation begins without one. */
function findStart({ seq, entry }: EntryItem, entryAt: FragmentContext["entryAt"]): number | undefined {
  if (startsTurn(entry)) return seq;
  for (let before = seq - 1; before >= 0; before--) {
    const found = entryAt(before);
    if (found !== undefined && startsTurn(found)) return before;
  }
  return undefined;
}
