import { LoadlineError } from "../../../shared/errors.ts";
import type { TextRange } from "../../../shared/json/text-range.ts";

/** A stretch of a JSON text and what stands in its place; an empty text cuts it. */
export interface SpliceEdit extends TextRange {
  readonly text: string;
}

/**
 * The text with the ranges replaced and everything else as it was, byte for byte. The edits are sorted by start and do
 * not overlap; else, or when one lies outside the text, `invalid-option`.
 */
export function splice(json: string, edits: readonly SpliceEdit[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const [index, edit] of edits.entries()) {
    if (!(edit.start >= from && edit.end >= edit.start && edit.end <= json.length)) {
      throw new LoadlineError(
        "invalid-option",
        `edit ${index}: got the range ${edit.start} to ${edit.end}, allowed: sorted ranges without overlap from ${from} to ${json.length}`,
        { details: { edit: index, start: edit.start, end: edit.end } },
      );
    }
    pieces.push(json.slice(from, edit.start), edit.text);
    from = edit.end;
  }
  pieces.push(json.slice(from));
  return pieces.join("");
}
