import { allowsGaps, groupExchanges, isRequest, startsTurn } from "./protect.ts";
import type { Exchange } from "./protect.ts";
import type { EntryItem, Item } from "./layout.ts";

/**
 * Why an entry stays in the window, from the first to give way to the last. `task`: the first request. `tail`: an exchange before the
 * newest that `protectTail` covers. `later-system`: a system message after the conversation began. `newest-system`: the newest of those. `newest`: the newest
 * exchange. `partner`: completes the exchange of a pin or of the newest request, because providers refuse a call without its result.
 * `open`: a call of the newest turn whose result may still come. `request`: the newest request.
 * `compaction`: the provider's newest summary. `leading-system`: the system messages that the conversation begins with. `pin`: pinned by the user.
 */
export type Hold =
  | "task"
  | "tail"
  | "later-system"
  | "newest-system"
  | "newest"
  | "partner"
  | "open"
  | "request"
  | "compaction"
  | "leading-system"
  | "pin";

/** What decides which entries stay. */
export interface Protection {
  /** Number of newest exchanges that stay: an assistant message with the results of its calls, or another message alone. */
  readonly tailExchanges: number;
  readonly pins: ReadonlySet<number>;
  /** Tokens available for items: the budget less the frame and the room for the answer. */
  readonly roomTokens: number;
  /** True if user and assistant messages must alternate: a finished turn stays or leaves as a whole. */
  readonly alternate: boolean;
}

/**
 * Later system messages stay, newest first, up to this share of the room; older ones age like other messages. A client that sends its
 * context as a system message on each turn would otherwise fill the window with outdated ones.
 */
const maxLaterSystemShare = 0.25;
/** The first request stays up to this share of the room; a larger one leaves its stub. */
const maxTaskShare = 0.25;

/** Returns the seqs of the entries that stay, each with the reason. An entry with several reasons has the strongest. */
export function findHolds(items: readonly Item[], protection: Protection): ReadonlyMap<number, Hold> {
  const holds = new Map<number, Hold>();
  const exchanges = groupExchanges(items, protection.alternate);
  holdTask(findTask(items), exchanges, { holds, maxTokens: maxTaskShare * protection.roomTokens });

  const turns = exchanges.filter((exchange) => exchange.items.some((item) => item.entry.role !== "system"));
  const tail = turns.slice(Math.max(0, turns.length - protection.tailExchanges));
  for (const exchange of tail) {
    for (const item of exchange.items) holds.set(item.seq, exchange === turns.at(-1) ? "newest" : "tail");
  }
  const entries = items.filter((item) => item.type === "entry");
  holdSystem(entries, holds, maxLaterSystemShare * protection.roomTokens);
  const turn = entries.findLast((item) => startsTurn(item.entry))?.seq ?? 0;
  for (const exchange of exchanges) {
    if ((exchange.items.at(-1)?.seq ?? 0) < turn || !isOpen(exchange, exchange === turns.at(-1))) continue;
    for (const { seq } of exchange.items) holds.set(seq, "open");
  }
  const request = entries.findLast((item) => isRequest(item.entry));
  if (request !== undefined) holds.set(request.seq, "request");
  const compaction = entries.findLast(({ entry }) => entry.parts.some((part) => part.kind === "compaction"));
  if (compaction !== undefined) holds.set(compaction.seq, "compaction");
  for (const { seq } of entries) if (protection.pins.has(seq)) holds.set(seq, "pin");
  for (const exchange of exchanges) {
    if (!exchange.items.some(({ seq }) => isFirm(holds.get(seq)))) continue;
    for (const { seq } of exchange.items) if (!isFirm(holds.get(seq))) holds.set(seq, "partner");
  }
  return holds;
}

/** Returns true for a hold that nothing releases, and that keeps the entire exchange. */
function isFirm(hold: Hold | undefined): boolean {
  return hold === "pin" || hold === "request" || hold === "compaction";
}

/** Holds the first request, with its turn where the turn is one exchange, if it is not too large. */
function holdTask(
  task: EntryItem | undefined,
  exchanges: readonly Exchange[],
  { holds, maxTokens }: { readonly holds: Map<number, Hold>; readonly maxTokens: number },
): void {
  const exchange = task === undefined ? undefined : exchanges.find(({ items }) => items.includes(task));
  if (exchange === undefined || exchange.tokens > maxTokens) return;
  for (const { seq } of exchange.items) holds.set(seq, "task");
}

/** Returns the conversation's first message that is not a system message, if it is a request and nothing before it has left. */
function findTask(items: readonly Item[]): EntryItem | undefined {
  let seq = 0;
  for (const item of items) {
    if (item.type !== "entry" || item.seq !== seq++) return undefined;
    if (item.entry.role !== "system") return isRequest(item.entry) ? item : undefined;
  }
  return undefined;
}

/**
 * Returns true for an exchange with a call whose result may come later: of the newest exchange any call, because results of parallel
 * calls come one by one; before it only in OpenAI responses, and of tools that the provider runs, whatever comes between.
 */
function isOpen(exchange: Exchange, isNewest: boolean): boolean {
  const parts = exchange.items.flatMap(({ entry }) =>
    entry.parts.map((part) => ({ ...part, mayWait: allowsGaps(entry) || part.contentKey === undefined })),
  );
  const results = parts.filter(({ kind }) => kind === "tool-result");
  const answered = new Set(results.flatMap(({ callId }) => callId ?? []));
  const calls = parts.filter(({ kind }) => kind === "tool-call");
  const withoutId = calls.filter(({ callId }) => callId === undefined).length;
  // Results without ids answer the calls before them in order.
  if (isNewest && withoutId > results.length) return true;
  return calls.some(
    ({ callId, mayWait }) => (mayWait || isNewest) && callId !== undefined && !answered.has(callId),
  );
}

function holdSystem(entries: readonly EntryItem[], holds: Map<number, Hold>, maxLaterTokens: number): void {
  // Not the first that is left: where everything before it has left, a later system message is the first.
  const start = entries.findIndex((item, index) => item.entry.role !== "system" || item.seq !== index);
  const isLeading = (index: number): boolean => start === -1 || index < start;
  let laterTokens = 0;
  let isNewest = true;
  for (const [index, item] of [...entries.entries()].toReversed()) {
    if (item.entry.role !== "system") continue;
    if (isLeading(index)) holds.set(item.seq, "leading-system");
    else {
      laterTokens += item.tokens;
      if (isNewest) holds.set(item.seq, "newest-system");
      else if (laterTokens <= maxLaterTokens) holds.set(item.seq, "later-system");
      isNewest = false;
    }
  }
}
