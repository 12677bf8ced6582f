import type { Role } from "../conversation/message/message.ts";
import type { EditDraft } from "./draft.ts";
import type { EditReason } from "./edit.ts";
import { messageOverheadTokens } from "./evict.ts";
import type { Hold } from "./holds.ts";
import { sumTokens } from "./layout.ts";
import type { Item } from "./layout.ts";
import { groupExchanges, isRequest } from "./protect.ts";
import type { Exchange } from "./protect.ts";
import type { Situation } from "./situation.ts";

/** Holds that keep an exchange at the beginning even if it is not a user's. */
const firmHolds: ReadonlySet<Hold | undefined> = new Set([
  "pin",
  "request",
  "partner",
  "open",
  "compaction",
  "leading-system",
]);

/**
 * Drafts what a planned window needs at its beginning: a user message, because providers refuse another first message, and the first
 * request or a stub that names it. A stub of a few words is enough. Where it does not fit, exchanges before the first user message leave
 * too. Returns undefined if nothing is needed.
 */
export function keepOpening(
  situation: Situation,
  items: readonly Item[],
  reason: EditReason,
): EditDraft | undefined {
  const shown = new Set(items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  const gone = situation.entries.filter(({ seq }) => !shown.has(seq)).map(({ seq }) => seq);
  const [first] = gone;
  const last = gone.at(-1);
  if (first === undefined || last === undefined || items.some((item) => item.type === "stub"))
    return undefined;
  const opening = items.find((item) => roleOf(item) !== "system");
  // Where the conversation itself begins with another message, that is what the client sends.
  const isOpen = opening === undefined || opensWindow(opening) || opening.seq < first;
  const stub = writeStub(situation, first, last);
  const room = situation.counterBudgetTokens - situation.fixedTokens - sumTokens(items);
  // A window without any message is refused.
  if (stub.tokens <= room || items.length === 0) return draftOpening(reason, { seqs: gone, stub });
  if (isOpen) return undefined;
  const leaving = chooseLeading(situation, items);
  return leaving === undefined
    ? draftOpening(reason, { seqs: gone, stub })
    : draftOpening(reason, { leaving: leaving.flatMap((exchange) => exchange.items.map(({ seq }) => seq)) });
}

/** Returns the tokens of the stub that a planned window needs because its first request has left; 0 if it names it already. */
export function countMissingOpening(situation: Situation, items: readonly Item[]): number {
  if (items.some((item) => item.type === "stub")) return 0;
  const shown = new Set(items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  const gone = situation.entries.filter(({ seq }) => !shown.has(seq));
  const task = situation.entries.find(isRequest);
  const [first] = gone;
  const last = gone.at(-1);
  if (first === undefined || last === undefined || task === undefined || shown.has(task.seq)) return 0;
  return writeStub(situation, first.seq, last.seq).tokens;
}

function roleOf(item: Item): Role {
  if (item.type === "entry") return item.entry.role;
  return item.type === "passed" ? item.role : "user";
}

function opensWindow(item: Item): boolean {
  if (item.type !== "entry") return roleOf(item) === "user";
  return item.entry.role === "user" || item.entry.parts.some((part) => part.kind === "compaction");
}

/** Returns the exchanges before the first one that a user's message begins; undefined if one of them must stay. */
function chooseLeading(situation: Situation, items: readonly Item[]): readonly Exchange[] | undefined {
  const leaving: Exchange[] = [];
  for (const exchange of groupExchanges(items, situation.alternate)) {
    const [head] = exchange.items;
    if (head === undefined || head.entry.role === "system") continue;
    if (head.entry.role === "user") break;
    if (exchange.items.some(({ seq }) => firmHolds.has(situation.holds.get(seq)))) return undefined;
    leaving.push(exchange);
  }
  return leaving;
}

interface ShortStub {
  readonly text: string;
  readonly tokens: number;
}

function writeStub({ countTokens }: Situation, first: number, last: number): ShortStub {
  const text = `[${first === last ? `#${first}` : `#${first} to #${last}`} left; recall by number.]`;
  return { text, tokens: countTokens(text) + messageOverheadTokens };
}

function draftOpening(
  reason: EditReason,
  change:
    | { readonly leaving: readonly number[] }
    | { readonly seqs: readonly number[]; readonly stub: ShortStub },
): EditDraft {
  const leaving = "leaving" in change ? change.leaving : [];
  return {
    measure: "evict",
    reason,
    why:
      "leaving" in change
        ? `${leaving.length} more left, because a window begins with a user message`
        : "a short stub names what left, because a window begins with a user message and names its task",
    targets: leaving.map((seq) => ({ seq, part: undefined, text: undefined, tokens: 0 })),
    insertion:
      "stub" in change ? { beforeSeq: change.seqs[0] ?? 0, ...change.stub, seqs: change.seqs } : undefined,
    absorbs: [],
  };
}
