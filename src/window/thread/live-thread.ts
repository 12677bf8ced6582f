import { LoadlineError } from "../../shared/errors.ts";
import type { Frame } from "../conversation/message.ts";
import type { Edit } from "../measures/edit.ts";
import { applyEdit, freshItem, layOut } from "../measures/layout.ts";
import type { Item } from "../measures/layout.ts";
import type { Entry, ThreadRecord, Store } from "../store/store.ts";
import { readChange } from "./thread-events.ts";
import type { ThreadChange } from "./thread-events.ts";

/**
 * What a process knows of a thread: everything here follows from the store's entries and events, so that it can be
 * thrown away and loaded again at any time. Entries are outlines (their JSON is loaded when it is shown).
 */
export interface LiveThread {
  readonly record: ThreadRecord;
  readonly entries: readonly Entry[];
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
  readonly items: readonly Item[];
}

const emptyFrame: Frame = { system: undefined, tools: undefined };

/** A thread before anything of it was loaded. */
export function emptyLiveThread(record: ThreadRecord): LiveThread {
  return {
    record,
    entries: [],
    openCalls: new Set(),
    eventCount: 0,
    edits: [],
    undone: new Set(),
    pins: new Set(),
    frame: emptyFrame,
    items: [],
  };
}

/** Brings a thread up to date with its store, reading only what is new. */
export async function refreshLiveThread(store: Store, live: LiveThread): Promise<LiveThread> {
  const thread = live.record.thread;
  const head = await store.head(thread);
  const events = await store.events(thread, live.eventCount);
  if (head.length < live.entries.length) {
    throw new LoadlineError(
      "store-corrupt",
      `thread ${thread}: got ${head.length} entries, allowed: at least the ${live.entries.length} it had before`,
    );
  }
  let current = live;
  if (head.length > live.entries.length) {
    current = withEntries(current, await store.outlines(thread, live.entries.length, head.length));
  }
  return withChanges(current, events.map(readChange));
}

/** The thread with new entries at its end. A thread of 100,000 entries grows by one at a time, so its lists are not copied. */
export function withEntries(live: LiveThread, entries: readonly Entry[]): LiveThread {
  if (entries.length === 0) return live;
  const outlines = entries.map((entry) => (entry.json === "" ? entry : { ...entry, json: "", terms: "" }));
  const held = live.entries as Entry[];
  const items = live.items as Item[];
  for (const outline of outlines) {
    held.push(outline);
    items.push(freshItem(outline));
  }
  return { ...live, openCalls: openCallsAfter(live.openCalls, outlines) };
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

/** The thread after saved or new changes, in order. */
export function withChanges(live: LiveThread, changes: readonly ThreadChange[]): LiveThread {
  return changes.reduce(withChange, live);
}

function withChange(live: LiveThread, change: ThreadChange): LiveThread {
  const next = { ...live, eventCount: live.eventCount + 1 };
  switch (change.kind) {
    case "edit":
      return { ...next, edits: [...live.edits, change.edit], items: applyEdit(live.items, change.edit) };
    case "undo": {
      const undone = new Set([...live.undone, change.number]);
      const holding = live.edits.filter((edit) => !undone.has(edit.number));
      return { ...next, undone, items: layOut(live.entries, holding) };
    }
    case "pin":
      return { ...next, pins: new Set([...live.pins, ...change.seqs]) };
    case "unpin":
      return { ...next, pins: new Set([...live.pins].filter((seq) => !change.seqs.includes(seq))) };
    case "frame":
      return { ...next, frame: { system: change.system, tools: change.tools } };
  }
}
