import type { Entry } from "../store/store.ts";
import type { Edit, EditTarget, Insertion } from "./edit.ts";
import type { UnansweredCall } from "../rules/find-pair-breaks.ts";

/** An edited part of an entry. */
export interface ShownPart {
  /** Text that replaces the part; undefined when the part is cut. */
  readonly text: string | undefined;
  readonly tokens: number;
  /** Number of the edit. */
  readonly edit: number;
}

/** An entry in the window. `shown` has an element per part; an undefined one is unedited. */
export interface EntryItem {
  readonly type: "entry";
  readonly seq: number;
  /** The entry as it is sent: of a newer form from the client, its parts lie in that form's JSON. */
  readonly entry: Entry;
  /** Identifies what the model reads of the client's newest form; undefined if the stored bytes are sent. */
  readonly form: string | undefined;
  readonly shown: readonly (ShownPart | undefined)[] | undefined;
  /** Calls of this entry that no result answers: the window answers them. Undefined without any. */
  readonly unanswered?: UnansweredCalls | undefined;
  /** Tokens after edits, with the answers to unanswered calls. */
  readonly tokens: number;
}

/** Calls that the window answers itself. */
export interface UnansweredCalls {
  readonly calls: readonly UnansweredCall[];
  /** Tokens of the answers. */
  readonly tokens: number;
}

/** A message that only the client's newest request holds, before the entry `seq`: it goes out as it was sent. */
export interface PassedItem {
  readonly type: "passed";
  readonly seq: number;
  readonly json: string;
  readonly role: Entry["role"];
  readonly tokens: number;
}

/** A message of our own in the window, before the entry `seq`. */
export interface InsertedItem {
  readonly type: "stub" | "recalled";
  readonly seq: number;
  readonly edit: number;
  readonly insertion: Insertion;
  readonly tokens: number;
}

/** One message of the window. */
export type Item = EntryItem | InsertedItem | PassedItem;

/** Makes the item of an unedited entry; `form` identifies a newer form than the stored one. */
export function makeItem(entry: Entry, form?: string): EntryItem {
  return { type: "entry", seq: entry.seq, entry, form, shown: undefined, tokens: entry.tokens };
}

/** Returns an item after the targets of one edit. Linear: a message may hold ten thousand results. */
function applyParts(item: EntryItem, targets: readonly EditTarget[], edit: number): EntryItem {
  const { parts } = item.entry;
  const shown = parts.map((_, index) => item.shown?.[index]);
  for (const { part, text, tokens } of targets) {
    if (part !== undefined) shown[part] = { text, tokens, edit };
  }
  const tokens = parts.reduce((sum, stored, index) => {
    const instead = shown[index];
    return instead === undefined ? sum : sum - stored.tokens + instead.tokens;
  }, item.entry.tokens);
  return { ...item, shown, tokens: tokens + (item.unanswered?.tokens ?? 0) };
}

function makeInsertedItem(edit: Edit, insertion: Insertion): InsertedItem {
  const type = edit.measure === "recall" ? "recalled" : "stub";
  return { type, seq: insertion.beforeSeq, edit: edit.number, insertion, tokens: insertion.tokens };
}

/** Returns the items after an edit. Unchanged items keep their identity, so a caller can see what changed. */
export function applyEdit(items: readonly Item[], edit: Edit): readonly Item[] {
  const bySeq = new Map<number, EditTarget[]>();
  for (const target of edit.targets) {
    const list = bySeq.get(target.seq);
    if (list === undefined) bySeq.set(target.seq, [target]);
    else list.push(target);
  }
  const absorbed = new Set(edit.absorbs);
  const added = edit.insertion === undefined ? undefined : makeInsertedItem(edit, edit.insertion);
  let pending = added;
  const result: Item[] = [];
  for (const item of items) {
    if (
      pending !== undefined &&
      item.seq >= pending.seq &&
      !(item.type !== "entry" && item.seq === pending.seq)
    ) {
      result.push(pending);
      pending = undefined;
    }
    if (item.type !== "entry") {
      if (item.type === "passed" || !absorbed.has(item.edit)) result.push(item);
      continue;
    }
    const changed = applyTargets(item, bySeq.get(item.seq), edit.number);
    if (changed !== undefined) result.push(changed);
  }
  if (pending !== undefined) result.push(pending);
  return result;
}

function applyTargets(
  item: EntryItem,
  targets: readonly EditTarget[] | undefined,
  edit: number,
): EntryItem | undefined {
  if (targets === undefined) return item;
  if (targets.some(({ part }) => part === undefined)) return undefined;
  const fitting = item.form === undefined ? targets : chooseFitting(item.entry, targets);
  return fitting.length === 0 ? item : applyParts(item, fitting, edit);
}

/**
 * Returns the targets that apply to a client's form: where the form still has what the edit changes, and has not made it smaller itself.
 * Media inside a result leave with its body.
 */
function chooseFitting(entry: Entry, targets: readonly EditTarget[]): readonly EditTarget[] {
  const inner = new Set<number>();
  const replaced = new Set<EditTarget>();
  for (const target of targets) {
    const stored = target.part === undefined ? undefined : entry.parts[target.part];
    if (target.part === undefined || target.text === undefined || stored?.body === undefined) continue;
    const media = stored.kind === "tool-result" ? listInnerMedia(entry, target.part) : [];
    const tokens = media.reduce((sum, one) => sum + (entry.parts[one]?.tokens ?? 0), stored.tokens);
    if (tokens <= target.tokens) continue;
    replaced.add(target);
    for (const one of media) inner.add(one);
  }
  return targets.filter((target) => {
    const { part, text } = target;
    if (text !== undefined) return replaced.has(target);
    return part !== undefined && (inner.has(part) || entry.parts[part]?.cut !== undefined);
  });
}

/** Returns the indexes of the images and files that the result at `index` holds: the parts after it that cannot be cut alone. */
export function listInnerMedia(entry: Entry, index: number): readonly number[] {
  const found: number[] = [];
  for (let next = index + 1; next < entry.parts.length; next++) {
    const part = entry.parts[next];
    if (part === undefined || part.cut !== undefined || (part.kind !== "image" && part.kind !== "file"))
      break;
    found.push(next);
  }
  return found;
}

/** Sums the tokens of items. */
export function sumTokens(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.tokens, 0);
}

/** Counts the items at the start that are identical in both windows: the prefix a provider's cache can reuse. */
export function countSharedItems(before: readonly Item[], after: readonly Item[]): number {
  let index = 0;
  while (index < before.length && index < after.length && isSameItem(before[index], after[index])) index++;
  return index;
}

function isSameItem(a: Item | undefined, b: Item | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a.type === "passed" || b.type === "passed") {
    return a.type === "passed" && b.type === "passed" && a.seq === b.seq && a.json === b.json;
  }
  if (a.type === "entry" || b.type === "entry") {
    return (
      a.type === "entry" &&
      b.type === "entry" &&
      a.seq === b.seq &&
      a.form === b.form &&
      isShownAlike(a, b) &&
      isAnsweredAlike(a, b)
    );
  }
  return a.edit === b.edit;
}

function isAnsweredAlike(a: EntryItem, b: EntryItem): boolean {
  return (a.unanswered?.calls.length ?? 0) === (b.unanswered?.calls.length ?? 0);
}

function isShownAlike(a: EntryItem, b: EntryItem): boolean {
  if (a.shown === b.shown) return true;
  return a.entry.parts.every((_, index) => a.shown?.[index]?.edit === b.shown?.[index]?.edit);
}
