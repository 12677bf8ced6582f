import { LoadlineError } from "../../../shared/errors.ts";
import type { TextRange } from "../../../shared/json/text-range.ts";

/** A range of a JSON text and the text that replaces it; an empty text cuts it. */
export interface SpliceEdit extends TextRange {
  readonly text: string;
}

/**
 * Replaces ranges of a text; everything else stays byte for byte.
 * Errors: `invalid-option` if the edits are not sorted by start, overlap, or exceed the text.
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
