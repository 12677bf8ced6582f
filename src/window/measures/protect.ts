import type { Entry } from "../store/store.ts";
import { itemTokens } from "./layout.ts";
import type { EntryItem, Item } from "./layout.ts";

/** What must stay as it is whatever the budget. */
export interface Protection {
  /** Newest exchanges kept whole: an exchange is an assistant message with the results of its calls, or a user message. */
  readonly tailExchanges: number;
  readonly pins: ReadonlySet<number>;
  /** Tokens the items may take: budget less frame and room for the answer. */
  readonly roomTokens: number;
}

/** The newest request stays unless it alone takes more than this share of the room beside the newest exchange. */
const requestShare = 0.7;

/** Entries that only make sense together: an assistant message and the results of its calls, or one message alone. */
export interface Exchange {
  readonly items: readonly EntryItem[];
  readonly tokens: number;
}

/**
 * Groups the window's entries into exchanges, in order. Results stand with the call they answer, found by call id; a
 * result without an id (an observation) belongs to the assistant message before it. Linear.
 */
export function exchangesOf(items: readonly Item[]): readonly Exchange[] {
  const groups: { items: EntryItem[]; tokens: number }[] = [];
  const groupOfCall = new Map<string, { items: EntryItem[]; tokens: number }>();
  for (const item of items) {
    if (item.type !== "entry") continue;
    const joined = joinedGroup(item.entry, groupOfCall, groups.at(-1));
    const group = joined ?? { items: [], tokens: 0 };
    if (joined === undefined) groups.push(group);
    group.items.push(item);
    group.tokens += item.tokens;
    for (const part of item.entry.parts) {
      if (part.kind === "tool-call" && part.callId !== undefined) groupOfCall.set(part.callId, group);
    }
  }
  return groups;
}

type Group = { items: EntryItem[]; tokens: number };

function joinedGroup(
  entry: Entry,
  groupOfCall: ReadonlyMap<string, Group>,
  last: Group | undefined,
): Group | undefined {
  for (const part of entry.parts) {
    if (part.kind !== "tool-result") continue;
    if (part.callId === undefined) return last;
    const group = groupOfCall.get(part.callId);
    if (group !== undefined) return group;
  }
  // One call can come as several items (OpenAI responses: reasoning, then its function calls): they share a fate.
  const lastEntry = last?.items.at(-1)?.entry;
  if (entry.format === "openai-responses" && entry.role === "assistant" && lastEntry?.role === "assistant")
    return last;
  return undefined;
}

/** Seqs of the entries that must stay: system, pins, the newest user message, and the newest exchanges. */
export function protectedSeqs(items: readonly Item[], protection: Protection): ReadonlySet<number> {
  const kept = new Set<number>(protection.pins);
  const exchanges = exchangesOf(items);
  for (const exchange of exchanges.slice(Math.max(0, exchanges.length - protection.tailExchanges))) {
    for (const item of exchange.items) kept.add(item.seq);
  }
  let request: EntryItem | undefined;
  for (const item of items) {
    if (item.type !== "entry") continue;
    if (item.entry.role === "system") kept.add(item.seq);
    if (isRequest(item.entry)) request = item;
  }
  const taken = itemTokens(items.filter((item) => item.type === "entry" && kept.has(item.seq)));
  if (request !== undefined && request.tokens <= requestShare * (protection.roomTokens - taken))
    kept.add(request.seq);
  // A pinned half would leave its other half an orphan, so exchanges are kept whole.
  for (const exchange of exchanges) {
    if (exchange.items.some((item) => protection.pins.has(item.seq))) {
      for (const item of exchange.items) kept.add(item.seq);
    }
  }
  return kept;
}

/** True for a message in which a person asks for something (a user message that is not only tool results). */
export function isRequest(entry: Entry): boolean {
  return entry.role === "user" && entry.parts.some((part) => part.kind !== "tool-result");
}
