import { editMessage } from "../conversation/edit/edit-message.ts";
import { dropResponseMembers } from "../conversation/edit/response-fields.ts";
import { writeUserMessage } from "../conversation/edit/write-user-message.ts";
import type { Format } from "../conversation/message/message.ts";
import type { EntryItem, Item } from "../measures/layout.ts";

/** How a thread writes its messages: its format, and the JSON of one of them, for formats with several forms. */
export interface MessageStyle {
  readonly format: Format;
  readonly like: string | undefined;
}

/**
 * Renders an item as JSON: an entry's original bytes with its edits spliced in, or a message of our own, a user message in the
 * thread's style.
 */
export function renderItem(item: Item, style: MessageStyle, jsonOf: (seq: number) => string): string {
  if (item.type === "passed") return item.json;
  if (item.type !== "entry") return writeUserMessage(item.insertion.text, style.format, style.like);
  const json = jsonOf(item.seq);
  return dropResponseMembers(item.shown === undefined ? json : spliceEdits(item, json), item.entry.format);
}

function spliceEdits(item: EntryItem, json: string): string {
  const cuts = [];
  const stubs = [];
  for (const [index, shown] of (item.shown ?? []).entries()) {
    const part = item.entry.parts[index];
    if (shown === undefined || part === undefined) continue;
    const facts = { cut: range(part.cut), body: range(part.body), bodyForm: part.bodyForm };
    // What cannot be cut alone was inside a result whose body was replaced.
    if (shown.text === undefined) {
      if (facts.cut !== undefined) cuts.push(facts);
    } else stubs.push({ part: facts, text: shown.text });
  }
  return editMessage(json, { cuts, stubs });
}

function range(
  pair: readonly [number, number] | undefined,
): { readonly start: number; readonly end: number } | undefined {
  return pair === undefined ? undefined : { start: pair[0], end: pair[1] };
}
