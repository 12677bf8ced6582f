import { LoadlineError } from "../../../shared/errors.ts";
import type { Frame } from "../../conversation/message/message.ts";
import type { Edit } from "../../measures/edit.ts";
import { applyEdit, makeItem, layOut } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import type { Entry, Store, ThreadRecord } from "../../store/store.ts";
import { GrowingList } from "./growing-list.ts";
import { readChange } from "./thread-events.ts";
import type { ThreadChange } from "./thread-events.ts";

/** The last window returned to the caller: what the provider's cache may hold. */
export interface SentWindow {
  readonly items: readonly Item[];
  /** Its system prompt and tools, as `makeFrameKey` joins them. */
  readonly frameKey: string;
}

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
  readonly frame: Frame;
  /** The window as it would be sent now. */
  readonly items: GrowingList<Item>;
  /** Undefined until this process has made a window. */
  readonly sent: SentWindow | undefined;
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
    frame: { system: undefined, tools: undefined },
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
  const grown =
    head.length > known ? addEntries(state, await store.outlines(thread, known, head.length)) : state;
  return applyChanges(grown, events.map(readChange));
}

/** Returns the state with new entries at its end. */
export function addEntries(state: ThreadState, entries: readonly Entry[]): ThreadState {
  if (entries.length === 0) return state;
  const outlines = entries.map((entry) => (entry.json === "" ? entry : { ...entry, json: "", terms: "" }));
  return {
    ...state,
    entries: state.entries.append(outlines),
    answers: state.answers + outlines.filter((entry) => entry.role === "assistant").length,
    openCalls: trackOpenCalls(state.openCalls, outlines),
    items: state.items.append(outlines.map(makeItem)),
  };
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
      const items = applyEdit(state.items.toArray(), change.edit);
      return { ...next, edits: [...state.edits, change.edit], items: GrowingList.of(items) };
    }
    case "undo": {
      const undone = new Set([...state.undone, change.number]);
      const holding = state.edits.filter((edit) => !undone.has(edit.number));
      const items = layOut(state.entries.toArray(), holding);
      return { ...next, undone, items: GrowingList.of(items) };
    }
    case "pin":
      return { ...next, pins: new Set([...state.pins, ...change.seqs]) };
    case "unpin":
      return { ...next, pins: new Set([...state.pins].filter((seq) => !change.seqs.includes(seq))) };
    case "frame":
      return { ...next, frame: readFrameChange(change) };
  }
}

/** Returns a key of a frame's bytes: equal keys mean that system prompt and tools are unchanged. */
export function makeFrameKey(frame: Frame): string {
  return [frame.system, frame.tools, frame.responseFormat, frame.toolChoice]
    .map((text) => text ?? "")
    .join("\n");
}

function readFrameChange({ system, tools, responseFormat, toolChoice }: Frame): Frame {
  return { system, tools, responseFormat, toolChoice };
}
