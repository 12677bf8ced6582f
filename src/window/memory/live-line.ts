import { LoadlineError } from "../../shared/errors.ts";
import type { Frame } from "../conversation/message.ts";
import type { Edit } from "../measures/edit.ts";
import { applyEdit, freshItem, layOut } from "../measures/layout.ts";
import type { Item } from "../measures/layout.ts";
import type { Entry, LineRecord, Store } from "../store/store.ts";
import { readChange } from "./line-events.ts";
import type { LineChange } from "./line-events.ts";

/**
 * What a process knows of a line: everything here follows from the store's entries and events, so that it can be
 * thrown away and loaded again at any time. Entries are outlines (their JSON is loaded when it is shown).
 */
export interface LiveLine {
  readonly record: LineRecord;
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

/** A line before anything of it was loaded. */
export function emptyLiveLine(record: LineRecord): LiveLine {
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

/** Brings a line up to date with its store, reading only what is new. */
export async function refreshLiveLine(store: Store, live: LiveLine): Promise<LiveLine> {
  const line = live.record.line;
  const head = await store.head(line);
  const events = await store.events(line, live.eventCount);
  if (head.length < live.entries.length) {
    throw new LoadlineError(
      "store-corrupt",
      `line ${line}: got ${head.length} entries, allowed: at least the ${live.entries.length} it had before`,
    );
  }
  let current = live;
  if (head.length > live.entries.length) {
    current = withEntries(current, await store.outlines(line, live.entries.length, head.length));
  }
  return withChanges(current, events.map(readChange));
}

/** The line with new entries at its end. A line of 100,000 entries grows by one at a time, so its lists are not copied. */
export function withEntries(live: LiveLine, entries: readonly Entry[]): LiveLine {
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

/** The line after saved or new changes, in order. */
export function withChanges(live: LiveLine, changes: readonly LineChange[]): LiveLine {
  return changes.reduce(withChange, live);
}

function withChange(live: LiveLine, change: LineChange): LiveLine {
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
