import { itemFormats } from "../conversation/message/message.ts";
import type { Entry } from "../store/store.ts";
import type { EntryItem, Item } from "./layout.ts";

/** Entries that only make sense together: an assistant message and the results of its calls, or another message alone. */
export interface Exchange {
  readonly items: readonly EntryItem[];
  readonly tokens: number;
}

/**
 * Groups the window's entries into exchanges, in order. A result joins the call it answers, by call id; a result without an id (an
 * observation) joins the assistant message before it. Linear.
 */
export function groupExchanges(items: readonly Item[]): readonly Exchange[] {
  const groups: Group[] = [];
  const groupOfCall = new Map<string, Group>();
  for (const item of items) {
    if (item.type !== "entry") continue;
    const joined = findGroupToJoin(item.entry, groupOfCall, groups.at(-1));
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

interface Group {
  readonly items: EntryItem[];
  tokens: number;
}

function findGroupToJoin(
  entry: Entry,
  groupOfCall: ReadonlyMap<string, Group>,
  last: Group | undefined,
): Group | undefined {
  for (const part of entry.parts) {
    if (part.kind !== "tool-result") continue;
    if (part.callId === undefined) {
      // A call and its result in one message (a tool that the provider ran) belong to nothing before them.
      if (entry.role === "assistant") continue;
      return last;
    }
    const group = groupOfCall.get(part.callId);
    if (group !== undefined) return group;
    if (last?.items.some(({ entry: before }) => holdsCallWithoutId(before)) === true) return last;
  }
  // One answer may span several items (reasoning, then its function calls), which stay together.
  const lastEntry = last?.items.at(-1)?.entry;
  if (itemFormats.has(entry.format) && entry.role === "assistant" && lastEntry?.role === "assistant")
    return last;
  return undefined;
}

/** Returns true for an entry with a call without an id: a result joins it by its place, also if the result has an id. */
function holdsCallWithoutId(entry: Entry): boolean {
  return entry.parts.some((part) => part.kind === "tool-call" && part.callId === undefined);
}

/** Returns true for a message in which a person asks for something: a user message with more than tool results. */
export function isRequest(entry: Entry): boolean {
  return entry.role === "user" && entry.parts.some((part) => part.kind !== "tool-result");
}
