import { itemFormats } from "../conversation/message/message.ts";
import type { Entry, StoredPart } from "../store/store.ts";
import type { EntryItem, Item } from "./layout.ts";

/**
 * Entries that only make sense together: an assistant message and the results of its calls, with their approvals; a call that the
 * provider runs and its result; or another message alone.
 */
export interface Exchange {
  readonly items: readonly EntryItem[];
  readonly tokens: number;
}

interface Group {
  items: EntryItem[];
  tokens: number;
  /** The group that this one was merged into. */
  into: Group | undefined;
  /** Number of groups before it. */
  readonly order: number;
}

/**
 * Groups the window's entries into exchanges, in order. A result joins the call it answers, by call id, as approvals and calls from code
 * join theirs; a result without an id (an observation) joins the assistant message before it. With `alternate`, a finished turn is one
 * exchange. Linear.
 */
export function groupExchanges(items: readonly Item[], alternate: boolean): readonly Exchange[] {
  const groups: Group[] = [];
  const groupOfLink = new Map<string, Group>();
  for (const item of items) {
    if (item.type !== "entry") continue;
    const joined = findGroupToJoin(item.entry, groupOfLink, groups.at(-1));
    const group = joined ?? { items: [], tokens: 0, into: undefined, order: groups.length };
    if (joined === undefined) groups.push(group);
    else if (!allowsGaps(item.entry)) mergeBehind(groups, group);
    group.items.push(item);
    group.tokens += item.tokens;
    for (const part of item.entry.parts) {
      const isLink = part.kind === "tool-call" || part.kind === "other";
      if (isLink && part.callId !== undefined && !(part.kind === "other" && groupOfLink.has(part.callId)))
        groupOfLink.set(part.callId, group);
    }
  }
  return alternate ? joinTurns(groups) : groups;
}

/** Joins the exchanges of each finished turn, so that user and assistant messages leave in pairs. */
function joinTurns(groups: readonly Exchange[]): readonly Exchange[] {
  const starts = (group: Exchange): boolean => group.items.some(({ entry }) => startsTurn(entry));
  const newest = groups.findLastIndex(starts);
  const joined: Exchange[] = [];
  for (const [index, group] of groups.entries()) {
    const turn = joined.at(-1);
    const isSystem = group.items.every(({ entry }) => entry.role === "system");
    if (turn === undefined || index >= newest || isSystem || starts(group) || !starts(turn))
      joined.push(group);
    else
      joined[joined.length - 1] = {
        items: [...turn.items, ...group.items],
        tokens: turn.tokens + group.tokens,
      };
  }
  return joined;
}

/** Returns true for a format in which other messages may come between a call and its result. */
export function allowsGaps(entry: Entry): boolean {
  return itemFormats.has(entry.format);
}

/** Merges every group behind one into it: what is between a call and its result leaves with them or stays with them. */
function mergeBehind(groups: Group[], group: Group): void {
  const behind = groups.splice(groups.lastIndexOf(group) + 1);
  for (const later of behind) {
    group.items.push(...later.items);
    group.tokens += later.tokens;
    later.into = group;
  }
}

function resolveGroup(group: Group | undefined): Group | undefined {
  let found = group;
  while (found?.into !== undefined) found = found.into;
  return found;
}

function findGroupToJoin(
  entry: Entry,
  groupOfLink: ReadonlyMap<string, Group>,
  last: Group | undefined,
): Group | undefined {
  let first: Group | undefined;
  for (const part of entry.parts) {
    if (part.kind !== "tool-result" && part.kind !== "other") continue;
    const group =
      part.callId === undefined
        ? joinWithoutId(entry, part.kind, last)
        : (resolveGroup(groupOfLink.get(part.callId)) ?? joinByPlace(part.kind, last));
    if (group !== undefined && (first === undefined || group.order < first.order)) first = group;
  }
  return first ?? joinNeighbour(entry, last);
}

/** Returns the group before a result without an id, which answers it by its place. */
function joinWithoutId(
  entry: Entry,
  kind: "tool-result" | "other",
  last: Group | undefined,
): Group | undefined {
  // A call and its result in one message (a tool that the provider ran) belong to nothing before them.
  return kind === "tool-result" && entry.role !== "assistant" ? last : undefined;
}

/** Returns the group before a result with an id, if its call has none. */
function joinByPlace(kind: "tool-result" | "other", last: Group | undefined): Group | undefined {
  const isOpen = last?.items.some(({ entry }) =>
    entry.parts.some((part) => part.kind === "tool-call" && part.callId === undefined),
  );
  return kind === "tool-result" && isOpen === true ? last : undefined;
}

/** Returns the group before an entry that must stay next to it, without a link between them. */
function joinNeighbour(entry: Entry, last: Group | undefined): Group | undefined {
  const before = last?.items.at(-1)?.entry;
  if (before === undefined) return undefined;
  // One answer may span several items (reasoning, then its function calls), which stay together.
  if (itemFormats.has(entry.format) && entry.role === "assistant" && before.role === "assistant")
    return isApart(entry, last) ? undefined : last;
  // Anthropic's system messages follow a user message and precede an assistant message.
  if (entry.format !== "anthropic") return undefined;
  const isPlaced = entry.role === "system" || (entry.role === "assistant" && before.role === "system");
  return isPlaced ? last : undefined;
}

/**
 * Returns true for an item that is not of the answer before it: a compaction replaces everything before it, which may leave, so it
 * stays only with its own reasoning.
 */
function isApart(entry: Entry, last: Group | undefined): boolean {
  const items = last?.items ?? [];
  // A compaction ends its group: looking at the last item only keeps this linear.
  if (holdsCompaction(items.at(-1)?.entry)) return true;
  const isReasoning = (item: EntryItem): boolean =>
    item.entry.parts.every(({ kind }) => kind === "reasoning");
  return holdsCompaction(entry) && !items.every(isReasoning);
}

function holdsCompaction(entry: Entry | undefined): boolean {
  return entry?.parts.some(({ kind }) => kind === "compaction") === true;
}

/**
 * Returns true for a message in which a person asks for something: a user message, unless it holds tool results without a text. A
 * picture next to results belongs to them: so Gemini's clients send what a tool shows.
 */
export function isRequest(entry: Entry): boolean {
  if (entry.role !== "user") return false;
  const has = (kind: StoredPart["kind"]): boolean => entry.parts.some((part) => part.kind === kind);
  return has("tool-result") ? has("text") : entry.parts.length > 0;
}

/** Returns true for a request with which a turn begins: one that comes with tool results continues the turn before it. */
export function startsTurn(entry: Entry): boolean {
  return isRequest(entry) && !entry.parts.some((part) => part.kind === "tool-result");
}
