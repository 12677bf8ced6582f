import { contentKey } from "../../conversation/message/identity.ts";
import type { Message, Part } from "../../conversation/message/message.ts";
import type { Entry, StoredPart } from "../../store/store.ts";
import type { MessageTokens } from "../../tokens/counter.ts";

/** The newest form in which a client sent a stored message. */
export interface Form {
  readonly json: string;
  /** Equal for forms of which the model reads the same. */
  readonly promptKey: string;
  /** The entry as this form shows it: its parts lie in the form's JSON. */
  readonly entry: Entry;
}

/** A message that the newest request holds and no entry does. */
export interface PassedMessage {
  readonly before: number;
  readonly json: string;
  readonly role: Message["role"];
  readonly tokens: number;
}

/** The history as the client's newest request holds it. It lives with the request; none of it is written. */
export interface View {
  /** Newest forms by seq. */
  readonly forms: ReadonlyMap<number, Form>;
  readonly passed: readonly PassedMessage[];
  /** By seq, the forms sent before of messages that the client now renders otherwise, saying the same. */
  readonly rendered: ReadonlyMap<number, Form>;
  /** Seqs that the client no longer sends. */
  readonly absent: ReadonlySet<number>;
  /** Entries from here on are not part of the history. */
  readonly end: number;
}

/** Returns the first seq at which two views show something else; what is before it is laid out alike. */
export function findDifference(a: View, b: View): number {
  let first = Math.min(a.end, b.end);
  for (let index = 0; index < Math.max(a.passed.length, b.passed.length); index++) {
    const [one, other] = [a.passed[index], b.passed[index]];
    if (one?.before === other?.before && one?.json === other?.json && one?.tokens === other?.tokens) continue;
    first = Math.min(first, one?.before ?? first, other?.before ?? first);
    break;
  }
  for (const seq of a.absent) if (seq < first && !b.absent.has(seq)) first = seq;
  for (const seq of b.absent) if (seq < first && !a.absent.has(seq)) first = seq;
  for (let seq = 0; seq < first; seq++) if (a.forms.get(seq) !== b.forms.get(seq)) return seq;
  return first;
}

/** Returns a key of what the model reads of a message: texts, reasoning, calls, results, media; not marks, ids, or how it is written. */
export function makePromptKey(message: Message): string {
  const told: string[] = [message.role];
  let isText = false;
  for (const part of message.parts) {
    const text =
      part.kind === "tool-call" ? `${part.toolName ?? ""} ${part.arguments ?? part.text}` : part.text;
    if (part.kind === "text" && isText) told.push(`${told.pop() ?? ""}${text}`);
    else told.push(part.kind, text);
    if (part.opaque !== undefined) told.push(part.opaque);
    if (part.media !== undefined) told.push(part.media);
    isText = part.kind === "text";
  }
  return contentKey(...told);
}

function toPair(range: Part["cut"]): readonly [number, number] | undefined {
  return range === undefined ? undefined : [range.start, range.end];
}

function placePart(stored: StoredPart, part: Part, tokens: number): StoredPart {
  return {
    ...stored,
    tokens,
    cut: toPair(part.cut),
    body: toPair(part.body),
    bodyForm: part.bodyForm,
    callId: part.callId,
    toolName: part.toolName ?? stored.toolName,
  };
}

/** Returns the parts of a kind, in order. */
function listByKind(message: Message): ReadonlyMap<Part["kind"], readonly number[]> {
  const places = new Map<Part["kind"], number[]>();
  for (const [index, part] of message.parts.entries()) {
    const list = places.get(part.kind);
    if (list === undefined) places.set(part.kind, [index]);
    else list.push(index);
  }
  return places;
}

/**
 * Shows a stored entry as a newer form of it. Parts keep their places, so that edits of the entry apply; one that the form lacks has no
 * tokens and cannot be edited, and what it adds follows as text. `count` counts the form where it says less or more.
 */
export function showForm(
  stored: Entry,
  message: Message,
  { isReduced, count }: { readonly isReduced: boolean; readonly count: () => MessageTokens },
): Entry {
  const places = listByKind(message);
  const taken = new Set<number>();
  const used = new Map<Part["kind"], number>();
  const isSplit = (kind: Part["kind"]): boolean =>
    kind === "text" &&
    (places.get(kind)?.length ?? 0) !== stored.parts.filter((part) => part.kind === kind).length;
  const isAlike =
    !isReduced &&
    message.parts.length === stored.parts.length &&
    message.parts.every((part, index) => part.kind === stored.parts[index]?.kind);
  const counted = isAlike ? undefined : count();
  const parts = stored.parts.map((part): StoredPart => {
    const ordinal = used.get(part.kind) ?? 0;
    used.set(part.kind, ordinal + 1);
    const index = places.get(part.kind)?.[ordinal];
    const shown = index === undefined ? undefined : message.parts[index];
    if (index === undefined || shown === undefined || (isSplit(part.kind) && !isReduced)) {
      const tokens = isSplit(part.kind) && !isReduced ? part.tokens : 0;
      if (index !== undefined) taken.add(index);
      return { ...part, cut: undefined, body: undefined, tokens };
    }
    taken.add(index);
    return placePart(part, shown, counted?.parts[index] ?? part.tokens);
  });
  const added = message.parts.flatMap((part, index): readonly StoredPart[] =>
    taken.has(index) || (isSplit(part.kind) && !isReduced) ? [] : [addPart(part, counted?.parts[index] ?? 0)],
  );
  const all = [...parts, ...added];
  const before = stored.parts.reduce((sum, part) => sum + part.tokens, 0);
  const after = all.reduce((sum, part) => sum + part.tokens, 0);
  return { ...stored, json: "", terms: "", parts: all, tokens: stored.tokens - before + after };
}

function addPart(part: Part, tokens: number): StoredPart {
  return {
    kind: part.kind,
    tokens,
    cut: undefined,
    body: undefined,
    bodyForm: "string",
    callId: part.callId,
    toolName: part.toolName,
    contentKey: undefined,
  };
}
