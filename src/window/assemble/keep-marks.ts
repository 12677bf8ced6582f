import { addMark, listMarks, mayHoldMarkIn, removeMarks } from "../conversation/edit/cache-marks.ts";
import type { Format } from "../conversation/message/message.ts";
import type { WindowMessage } from "./assemble-window.ts";

/** Marks that a provider accepts in one request (Anthropic's prompt caching guide: up to 4 breakpoints). */
const maxMarks = 4;

/** A message of the client that is not in the window, or not whole, with its place among the window's messages. */
export interface ChangedMessage {
  /** Its JSON as the client sent it. */
  readonly json: string;
  /** Index of the window's message that shows it or, if it is gone, of the last one before it; -1 at the start. */
  readonly at: number;
}

/**
 * Returns the window's messages with the client's cache marks: a mark whose block or message is gone goes to the last message before the
 * gap, so that the prefix up to there is still cached. At most four marks with those of the frame; the newest are kept.
 */
export function keepMarks(
  parts: readonly WindowMessage[],
  changed: readonly ChangedMessage[],
  { format, frameMarks }: { readonly format: Format; readonly frameMarks: number },
): readonly WindowMessage[] {
  const kept = [...parts];
  for (const { json, at } of changed) {
    const part = kept[at];
    const [mark] = listMarks(json, format).slice(-1);
    if (part === undefined || mark === undefined || listMarks(part.json, format).length > 0) continue;
    kept[at] = { ...part, json: addMark(part.json, mark) };
  }
  let left = maxMarks - frameMarks;
  for (let index = kept.length - 1; index >= 0; index--) {
    const part = kept[index];
    if (part === undefined || !mayHoldMarkIn(part, format)) continue;
    const count = listMarks(part.json, format).length;
    if (count <= left) left -= count;
    else kept[index] = { ...part, json: removeMarks(part.json, format) };
  }
  return kept;
}

/** Counts the marks of a frame's JSON texts: of system prompt and tools. */
export function countFrameMarks(texts: readonly (string | undefined)[]): number {
  return texts.reduce(
    (sum, text) => sum + (text?.match(/"(?:cache_control|cachePoint)"\s*:/g)?.length ?? 0),
    0,
  );
}
