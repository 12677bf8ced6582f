import { editMessage } from "../conversation/edit/edit-message.ts";
import type { EntryItem, Item } from "../measures/layout.ts";

/** Renders a message of our own as JSON: a user message in a form that all five formats accept. */
export function renderInserted(text: string): string {
  return JSON.stringify({ role: "user", content: text });
}

/** Renders an item as JSON: an entry's original bytes with its edits spliced in, or a message of our own. */
export function renderItem(item: Item, jsonOf: (seq: number) => string): string {
  if (item.type !== "entry") return renderInserted(item.insertion.text);
  const json = jsonOf(item.seq);
  return item.shown === undefined ? json : spliceEdits(item, json);
}

function spliceEdits(item: EntryItem, json: string): string {
  const cuts = [];
  const stubs = [];
  for (const [index, shown] of (item.shown ?? []).entries()) {
    const part = item.entry.parts[index];
    if (shown === undefined || part === undefined) continue;
    const facts = { cut: range(part.cut), body: range(part.body), bodyForm: part.bodyForm };
    if (shown.text === undefined) cuts.push(facts);
    else stubs.push({ part: facts, text: shown.text });
  }
  return editMessage(json, { cuts, stubs });
}

function range(
  pair: readonly [number, number] | undefined,
): { readonly start: number; readonly end: number } | undefined {
  return pair === undefined ? undefined : { start: pair[0], end: pair[1] };
}
