import { LoadlineError } from "../../../shared/errors.ts";
import { contentKey } from "../../conversation/message/identity.ts";
import type { Format, Frame } from "../../conversation/message/message.ts";
import type { Edit } from "../../measures/edit.ts";
import type { SentPrefix } from "../../assemble/sent-prefix.ts";
import { applyEdit, makeItem } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import type { Entry, Store, ThreadRecord } from "../../store/store.ts";
import { GrowingList } from "./growing-list.ts";
import { isInForce } from "./in-force.ts";
import type { HistoryEnd } from "./in-force.ts";
import { readOutlines } from "./rekey-entries.ts";
import { readChange } from "./thread-events.ts";
import type { ThreadChange, ThreadFrame } from "./thread-events.ts";
import { findDifference } from "./view.ts";
import type { PassedMessage, View } from "./view.ts";

/**
 * Everything a process knows of a thread, as immutable data. All but `sent` follows from the store's entries and events, so it can be
 * dropped and loaded again. Entries are outlines, without their JSON.
 */
export interface ThreadState {
  readonly record: ThreadRecord;
  readonly entries: GrowingList<Entry>;
  /** Number of assistant entries; each counts as one call. */
  readonly answers: number;
  /** Ids of tool calls without a result so far. */
  readonly openCalls: ReadonlySet<string>;
  readonly eventCount: number;
  /** All edits ever made, in order. */
  readonly edits: readonly Edit[];
  /** Numbers of undone edits. */
  readonly undone: ReadonlySet<number>;
  readonly pins: ReadonlySet<number>;
  readonly frame: ThreadFrame;
  /** Format of the thread's messages, once a message or the caller settled it. */
  readonly format: Format | undefined;
  /** Entries of the thread that this one continues which belong to its past. */
  readonly continuedEnd: number;
  /** Named appends: each adds its entries once. */
  readonly appends: ReadonlyMap<string, { readonly from: number; readonly count: number }>;
  /** The history as the newest request holds it; undefined while messages are only appended. */
  readonly view: View | undefined;
  /** The window as it would be sent now. */
  readonly items: GrowingList<Item>;
  /** What was sent last on this thread, or on its parent; undefined if nothing was. */
  readonly sent: SentPrefix | undefined;
}

/** Returns the state of a thread before anything is loaded. */
export function makeEmptyState(record: ThreadRecord): ThreadState {
  return {
    record,
    entries: GrowingList.of<Entry>([]),
    answers: 0,
    openCalls: new Set(),
    eventCount: 0,
    edits: [],
    undone: new Set(),
    pins: new Set(),
    frame: { system: undefined, tools: undefined, lead: [], gone: [] },
    format: undefined,
    continuedEnd: 0,
    appends: new Map(),
    view: undefined,
    items: GrowingList.of<Item>([]),
    sent: undefined,
  };
}

/** Reads what is new in the store. Errors: `store-corrupt`, store errors. */
export async function refreshState(store: Store, state: ThreadState): Promise<ThreadState> {
  const { thread } = state.record;
  const known = state.entries.length;
  const head = await store.head(thread);
  const events = await store.events(thread, state.eventCount);
  if (head.length < known) {
    throw new LoadlineError(
      "store-corrupt",
      `thread ${thread}: the store has ${head.length} entries, ${known} were there before; restore it from a backup`,
    );
  }
  const place = { from: known, to: head.length };
  const grown =
    head.length > known ? addEntries(state, await readOutlines(store, state.record, place)) : state;
  return applyChanges(grown, events.map(readChange));
}

/** Returns the state with new entries at its end. A view of the history goes on with them only if they are this process's own. */
export function addEntries(state: ThreadState, entries: readonly Entry[], isOwn = false): ThreadState {
  if (entries.length === 0) return state;
  const outlines = entries.map((entry) => (entry.json === "" ? entry : { ...entry, json: "", terms: "" }));
  const isShown = state.view === undefined || isOwn;
  const length = state.entries.length + outlines.length;
  const next = {
    ...state,
    entries: state.entries.append(outlines),
    answers: state.answers + outlines.filter((entry) => entry.role === "assistant").length,
    openCalls: trackOpenCalls(state.openCalls, outlines),
    items: isShown ? state.items.append(outlines.map((entry) => makeItem(entry))) : state.items,
    view: state.view === undefined || !isOwn ? state.view : { ...state.view, end: length },
  };
  // Entries of another process that the view did not hold are shown with the ones that follow them.
  const isGap = isOwn && state.view !== undefined && state.view.end < state.entries.length;
  return isGap ? layItems(next, state.view.end) : next;
}

/** Returns the ids of the calls that are open after these entries. */
export function trackOpenCalls(before: ReadonlySet<string>, entries: readonly Entry[]): ReadonlySet<string> {
  const open = new Set(before);
  for (const entry of entries) {
    for (const part of entry.parts) {
      if (part.callId === undefined) continue;
      if (part.kind === "tool-call") open.add(part.callId);
      if (part.kind === "tool-result") open.delete(part.callId);
    }
  }
  return open;
}

/** Returns the state after these changes, in order. */
export function applyChanges(state: ThreadState, changes: readonly ThreadChange[]): ThreadState {
  return changes.reduce(applyChange, state);
}

function applyChange(state: ThreadState, change: ThreadChange): ThreadState {
  const next = { ...state, eventCount: state.eventCount + 1 };
  switch (change.kind) {
    case "edit": {
      const edits = [...state.edits, change.edit];
      if (!isInForce(change.edit, findEnd(state))) return { ...next, edits };
      return { ...next, edits, items: GrowingList.of(applyEdit(state.items.toArray(), change.edit)) };
    }
    case "undo": {
      const undone = new Set([...state.undone, change.number]);
      return layItems({ ...next, undone });
    }
    case "pin":
      return { ...next, pins: new Set([...state.pins, ...change.seqs]) };
    case "unpin":
      return { ...next, pins: new Set([...state.pins].filter((seq) => !change.seqs.includes(seq))) };
    case "frame": {
      const framed = { ...next, frame: change.frame };
      const isLead = change.frame.lead.length + change.frame.gone.length + state.frame.lead.length > 0;
      return isLead && state.view === undefined ? layItems(framed) : framed;
    }
    case "continues":
      return { ...next, continuedEnd: change.end };
    case "format":
      return { ...next, format: change.format };
    case "append":
      return change.key === "" ? next : { ...next, appends: new Map(state.appends).set(change.key, change) };
  }
}

/** Returns where the history that is shown ends: that of the newest request, else all entries. */
export function findEnd({ view, entries }: Pick<ThreadState, "view" | "entries">): HistoryEnd {
  const { length } = entries;
  return { end: Math.min(view?.end ?? length, length), length };
}

/** Returns the state with the history as a request holds it. Items before the first difference keep their identity. */
export function setView(state: ThreadState, view: View | undefined): ThreadState {
  if (view === state.view) return state;
  const next = { ...state, view };
  const [before, after] = [findEnd(state), findEnd(next)];
  const isEdited = state.edits.some((edit) => isInForce(edit, before) !== isInForce(edit, after));
  const isNew = view === undefined || state.view === undefined || isEdited;
  return layItems(next, isNew ? 0 : findDifference(state.view, view));
}

/** Lays the window out again: the entries that the history holds, with the edits in force, in the order they were made. */
function layItems(state: ThreadState, from = 0): ThreadState {
  const { entries, view, frame, edits, undone } = state;
  const passed = view?.passed ?? frame.lead.map((one): PassedMessage => ({ ...one, role: "system" }));
  const absent = view?.absent ?? new Set(frame.gone);
  const { end, length } = findEnd(state);
  const items: Item[] = [];
  let next = passed.findIndex((one) => one.before >= from);
  if (next === -1) next = passed.length;
  for (let seq = from; seq <= end; seq++) {
    for (let one = passed[next]; one !== undefined && one.before <= seq; one = passed[++next])
      items.push({ type: "passed", seq: one.before, json: one.json, role: one.role, tokens: one.tokens });
    const entry = entries.at(seq);
    if (seq === end || entry === undefined || absent.has(seq)) continue;
    const form = view?.forms.get(seq);
    items.push(form === undefined ? makeItem(entry) : makeItem(form.entry, form.promptKey));
  }
  // What an edit does to an item does not depend on the others.
  const holding = edits.filter(
    (edit) => !undone.has(edit.number) && isInForce(edit, { end, length }) && touchesFrom(edit, from),
  );
  const kept = from === 0 ? [] : state.items.toArray();
  const before = kept.findIndex((item) => item.seq >= from);
  const head = before === -1 ? kept : kept.slice(0, before);
  const laid = holding.reduce<readonly Item[]>((all, edit) => applyEdit(all, cutEdit(edit, from)), items);
  return { ...state, items: GrowingList.of([...head, ...laid]) };
}

function touchesFrom({ targets, insertion, absorbs }: Edit, from: number): boolean {
  return (
    absorbs.length > 0 ||
    (insertion !== undefined && insertion.beforeSeq >= from) ||
    targets.some((target) => target.seq >= from)
  );
}

/** Returns an edit without what it inserts before a place. */
function cutEdit(edit: Edit, from: number): Edit {
  return edit.insertion === undefined || edit.insertion.beforeSeq >= from
    ? edit
    : { ...edit, insertion: undefined };
}

/** Returns true for frames with equal texts, also of what the model does not read. */
export function isSameFrame(one: Frame, other: Frame): boolean {
  return makeFrameKey(one) === makeFrameKey(other) && one.editors === other.editors;
}

const frameKeys = new WeakMap<Frame, string>();

/** Returns a key of a frame: equal keys mean that system prompt and tools are unchanged. Hashes each frame once. */
export function makeFrameKey(frame: Frame): string {
  const held = frameKeys.get(frame);
  if (held !== undefined) return held;
  const { system, tools, responseFormat, toolChoice } = frame;
  const key = contentKey(system ?? "", tools ?? "", responseFormat ?? "", toolChoice ?? "");
  frameKeys.set(frame, key);
  return key;
}
