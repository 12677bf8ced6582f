import { LoadlineError } from "../../../shared/errors.ts";
import type { Frame } from "../../conversation/message/message.ts";
import type { Edit } from "../../measures/edit.ts";
import { applyEdit, freshItem, layOut } from "../../measures/layout.ts";
import type { Item } from "../../measures/layout.ts";
import type { Entry, Store, ThreadRecord } from "../../store/store.ts";
import { GrowingList } from "./growing-list.ts";
import { readChange } from "./thread-events.ts";
import type { ThreadChange } from "./thread-events.ts";

/** The last window that was handed out: what the provider's cache may hold. */
export interface SentWindow {
  readonly items: readonly Item[];
  /** Its system prompt and tools, as `frameKey` joins them. */
  readonly frameKey: string;
}

/**
 * All that a process knows of a thread, as readonly data; a step gives a new one. Everything but `sent` follows from the
 * store's entries and events, so it can be thrown away and loaded again. Entries are outlines, without their JSON.
 */
export interface ThreadState {
  readonly record: ThreadRecord;
  readonly entries: GrowingList<Entry>;
  /** Number of assistant entries: each is taken for one call. */
  readonly answers: number;
  /** Ids of tool calls that are not answered yet. */
  readonly openCalls: ReadonlySet<string>;
  readonly eventCount: number;
  /** Every edit ever made, in order. */
  readonly edits: readonly Edit[];
  /** Numbers of edits that were undone. */
  readonly undone: ReadonlySet<number>;
  readonly pins: ReadonlySet<number>;
  readonly frame: Frame;
  /** The window as it would be sent now. */
  readonly items: GrowingList<Item>;
  /** Undefined before this process has made a window. */
  readonly sent: SentWindow | undefined;
}

/** A thread before anything of it was loaded. */
export function emptyThreadState(record: ThreadRecord): ThreadState {
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

/** Brings a state up to date with its store, reading only what is new. Errors: `store-corrupt`, store errors. */
export async function refreshState(store: Store, state: ThreadState): Promise<ThreadState> {
  const { thread } = state.record;
  const known = state.entries.length;
  const head = await store.head(thread);
  const events = await store.events(thread, state.eventCount);
  if (head.length < known) {
    throw new LoadlineError(
      "store-corrupt",
      `thread ${thread}: got ${head.length} entries, allowed: at least the ${known} it had before`,
    );
  }
  const grown =
    head.length > known ? withEntries(state, await store.outlines(thread, known, head.length)) : state;
  return withChanges(grown, events.map(readChange));
}

/** The state with new entries at its end. */
export function withEntries(state: ThreadState, entries: readonly Entry[]): ThreadState {
  if (entries.length === 0) return state;
  const outlines = entries.map((entry) => (entry.json === "" ? entry : { ...entry, json: "", terms: "" }));
  return {
    ...state,
    entries: state.entries.append(outlines),
    answers: state.answers + outlines.filter((entry) => entry.role === "assistant").length,
    openCalls: openCallsAfter(state.openCalls, outlines),
    items: state.items.append(outlines.map(freshItem)),
  };
}

/** Ids of the calls that are open behind these entries. */
export function openCallsAfter(before: ReadonlySet<string>, entries: readonly Entry[]): ReadonlySet<string> {
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

/** The state after saved or new changes, in order. */
export function withChanges(state: ThreadState, changes: readonly ThreadChange[]): ThreadState {
  return changes.reduce(withChange, state);
}

function withChange(state: ThreadState, change: ThreadChange): ThreadState {
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
      return { ...next, frame: { system: change.system, tools: change.tools } };
  }
}

/** A frame by its bytes: equal keys mean that system prompt and tools are sent unchanged. */
export function frameKey(frame: Frame): string {
  return `${frame.system ?? ""}\n${frame.tools ?? ""}`;
}
