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

function* listEntryItems(item: EntryItem): Generator<{ kind: WindowKind; size: number }> {
  let inParts = 0;
  for (const [index, part] of item.entry.parts.entries()) {
    const shown = item.shown?.[index];
    inParts += part.tokens;
    if (shown === undefined) yield { kind: kindOfPart(part, item.entry.role), size: part.tokens };
    else if (shown.text !== undefined) yield { kind: "stub", size: shown.tokens };
  }
  if (item.unanswered !== undefined) yield { kind: "tool-result", size: item.unanswered.tokens };
  yield { kind: "overhead", size: item.entry.tokens - inParts };
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
  for (const item of items) {
    if (item.type === "entry") rows.push(...listEntryItems(item));
    else rows.push({ kind: kindOfMessage(item), size: item.tokens });
  }
  return buildLedger("tokens", rows);
}

/** Sums a window's tokens by kind, as our counter counts, without the room for the answer. */
export function sumKinds(items: readonly Item[], frame: FrameTokens): Readonly<Record<string, number>> {
  return Object.fromEntries(buildWindowLedger(items, frame, 0).kinds.map((row) => [row.kind, row.size]));
}
