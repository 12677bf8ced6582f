import { buildLedger } from "../../shared/ledger.ts";
import type { Ledger } from "../../shared/ledger.ts";
import type { Role } from "../conversation/message/message.ts";
import type { EntryItem, Item } from "../measures/layout.ts";
import type { StoredPart } from "../store/store.ts";

/** Kinds of a window's ledger. `overhead` is what the format adds around messages, `answer` the room reserved for the reply. */
export type WindowKind =
  | "system"
  | "tools"
  | "user"
  | "assistant"
  | "reasoning"
  | "tool-call"
  | "tool-result"
  | "image"
  | "file"
  | "other"
  | "stub"
  | "recalled"
  | "overhead"
  | "answer";

/** Tokens of the frame: what is sent with every call in addition to the messages. */
export interface FrameTokens {
  readonly system: number;
  readonly tools: number;
  readonly overhead: number;
}

/** Returns the ledger kind of a part: texts by their role, everything else by its own kind. */
export function kindOfPart(part: StoredPart, role: Role): WindowKind {
  if (part.kind === "compaction") return "other";
  if (part.kind !== "text") return part.kind;
  if (role === "tool") return "tool-result";
  return role;
}

interface LedgerRow {
  readonly kind: WindowKind;
  readonly size: number;
}

/** Rows of items: they keep their identity between windows, so each is listed once. */
const listed = new WeakMap<Item, readonly LedgerRow[]>();

function listRows(item: Item): readonly LedgerRow[] {
  const held = listed.get(item);
  if (held !== undefined) return held;
  const rows =
    item.type === "entry" ? listEntryRows(item) : [{ kind: kindOfMessage(item), size: item.tokens }];
  listed.set(item, rows);
  return rows;
}

function listEntryRows(item: EntryItem): readonly LedgerRow[] {
  const rows: LedgerRow[] = [];
  let inParts = 0;
  for (const [index, part] of item.entry.parts.entries()) {
    const shown = item.shown?.[index];
    inParts += part.tokens;
    if (shown === undefined) rows.push({ kind: kindOfPart(part, item.entry.role), size: part.tokens });
    else if (shown.text !== undefined) rows.push({ kind: "stub", size: shown.tokens });
  }
  if (item.unanswered !== undefined) rows.push({ kind: "tool-result", size: item.unanswered.tokens });
  rows.push({ kind: "overhead", size: item.entry.tokens - inParts });
  return rows;
}

/** Returns the ledger kind of a message that no entry holds. */
function kindOfMessage(item: Exclude<Item, EntryItem>): WindowKind {
  if (item.type !== "passed") return item.type;
  return item.role === "tool" ? "tool-result" : item.role;
}

/** Builds the ledger of a window in counter tokens, by kind; its total includes the room for the answer. */
export function buildWindowLedger(items: readonly Item[], frame: FrameTokens, answerTokens: number): Ledger {
  const rows: { kind: WindowKind; size: number }[] = [
    { kind: "system", size: frame.system },
    { kind: "tools", size: frame.tools },
    { kind: "overhead", size: frame.overhead },
    { kind: "answer", size: answerTokens },
  ].filter((row) => row.size > 0) as { kind: WindowKind; size: number }[];
  for (const item of items) for (const row of listRows(item)) rows.push(row);
  return buildLedger("tokens", rows);
}

/** Sums a window's tokens by kind, as our counter counts, without the room for the answer. */
export function sumKinds(items: readonly Item[], frame: FrameTokens): Readonly<Record<string, number>> {
  return Object.fromEntries(buildWindowLedger(items, frame, 0).kinds.map((row) => [row.kind, row.size]));
}
