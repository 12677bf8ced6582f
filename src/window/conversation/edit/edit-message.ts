import { LoadlineError } from "../../../shared/errors.ts";
import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import type { TextRange } from "../../../shared/json/text-range.ts";
import type { Part } from "../message/message.ts";
import { splice } from "./splice.ts";
import type { SpliceEdit } from "./splice.ts";

/** A range as a message's part holds it, or as it is stored: [start, end]. */
type RangeFact = TextRange | readonly [number, number];

/** The facts of a part that editing needs: those of a `Part`, or of a part as it is stored. */
export interface EditablePart {
  readonly cut: RangeFact | undefined;
  readonly body: RangeFact | undefined;
  readonly bodyForm: Part["bodyForm"];
}

/** What becomes of a message: parts that are cut, and parts whose content becomes a text. */
export interface MessageEdits {
  readonly cuts?: readonly EditablePart[];
  readonly stubs?: readonly { readonly part: EditablePart; readonly text: string }[];
}

/** The JSON text that replaces a part's `body`: a JSON string, or the AI SDK's wrapping of a text output. */
export function stubValue(part: Pick<EditablePart, "bodyForm">, text: string): string {
  const value = JSON.stringify(text);
  return part.bodyForm === "string" ? value : `{"type":"text","value":${value}}`;
}

function rangeOf(fact: RangeFact | undefined, what: "cut" | "body", index: number): TextRange {
  if (fact === undefined) {
    throw new LoadlineError(
      "invalid-option",
      `${what === "cut" ? "cuts" : "stubs"}[${index}]: got a part without ${what}, allowed: a part that has one`,
      { details: { index } },
    );
  }
  return "start" in fact ? fact : { start: fact[0], end: fact[1] };
}

function byStart(a: TextRange, b: TextRange): number {
  return a.start - b.start;
}

/** Ranges as few as they can be: those that overlap or touch become one. */
function merge(ranges: readonly TextRange[]): readonly TextRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const range of [...ranges].sort(byStart)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ start: range.start, end: range.end });
  }
  return merged;
}

function lastBefore(json: string, index: number): number {
  let at = index - 1;
  while (at >= 0 && " \n\r\t".includes(json.charAt(at))) at--;
  return at;
}

/** A cut set right for its commas: cutting the last two of three would leave the comma behind the first. */
function withComma(json: string, range: TextRange): TextRange {
  const before = lastBefore(json, range.start);
  const after = json.charAt(skipBlanks(json, range.end));
  const isLast = after === "]" || after === "}";
  return json.charAt(before) === "," && isLast ? { start: before, end: range.end } : range;
}

/** The sorted stubs that lie in none of the sorted cuts. */
function outside(stubs: readonly SpliceEdit[], cuts: readonly TextRange[]): readonly SpliceEdit[] {
  let index = 0;
  return stubs.filter((stub) => {
    while ((cuts[index]?.end ?? Number.POSITIVE_INFINITY) <= stub.start) index++;
    return stub.end <= (cuts[index]?.start ?? Number.POSITIVE_INFINITY);
  });
}

/**
 * A message's JSON text with parts cut and parts' contents replaced; all else stays byte for byte, and the commas come
 * out right whatever set is cut (all elements of an array leave `[]`). A stub inside something that is cut goes with it.
 * Errors: `invalid-option` when a part cannot be cut or has no body, or two stubs stand for the same body.
 */
export function editMessage(json: string, edits: MessageEdits): string {
  const ranges = (edits.cuts ?? []).map((part, index) => rangeOf(part.cut, "cut", index));
  const cuts = merge(ranges).map((range) => withComma(json, range));
  const stubs = (edits.stubs ?? []).map(({ part, text }, index) => {
    const range = rangeOf(part.body, "body", index);
    return { start: range.start, end: range.end, text: stubValue(part, text) };
  });
  const kept = outside(stubs.sort(byStart), cuts);
  const removed = cuts.map((range) => ({ start: range.start, end: range.end, text: "" }));
  return splice(json, [...removed, ...kept].sort(byStart));
}

/** A message's JSON text without the given parts; see `editMessage`. */
export function cutParts(json: string, parts: readonly EditablePart[]): string {
  return editMessage(json, { cuts: parts });
}
