import { LoadlineError } from "../../../shared/errors.ts";
import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import type { TextRange } from "../../../shared/json/text-range.ts";
import type { BodyForm } from "../message/message.ts";
import { splice } from "./splice.ts";
import type { SpliceEdit } from "./splice.ts";

/** A range as a message's part holds it, or as it is stored: [start, end]. */
type RangeFact = TextRange | readonly [number, number];

/** What an edit needs of a part: a `Part`, or a part as it is stored. */
export interface EditablePart {
  readonly cut: RangeFact | undefined;
  readonly body: RangeFact | undefined;
  readonly bodyForm: BodyForm;
}

/** Edits of one message: parts to cut, and parts whose content a text replaces. */
export interface MessageEdits {
  readonly cuts?: readonly EditablePart[];
  readonly stubs?: readonly { readonly part: EditablePart; readonly text: string }[];
}

const stubWriters: Readonly<Record<BodyForm, (value: string) => string>> = {
  string: (value) => value,
  "text-output": (value) => `{"type":"text","value":${value}}`,
  "output-object": (value) => `{"output":${value}}`,
  "text-blocks": (value) => `[{"text":${value}}]`,
  "text-item": (value) => `{"type":"text","text":${value}}`,
  "input-text": (value) => `{"type":"input_text","text":${value}}`,
  "text-part": (value) => `{"text":${value}}`,
};

/** Returns the JSON text that replaces a part's `body`: the text as a JSON string, in the shape that the part's `bodyForm` names. */
export function writeStub(part: Pick<EditablePart, "bodyForm">, text: string): string {
  return stubWriters[part.bodyForm](JSON.stringify(text));
}

function requireRange(fact: RangeFact | undefined, what: "cut" | "body", index: number): TextRange {
  if (fact === undefined) {
    throw new LoadlineError(
      "invalid-option",
      `${what === "cut" ? "cuts" : "stubs"}[${index}]: the part has no ${what}, so it cannot be ${what === "cut" ? "cut alone" : "replaced"}`,
      { details: { index } },
    );
  }
  return "start" in fact ? fact : { start: fact[0], end: fact[1] };
}

function compareStarts(a: TextRange, b: TextRange): number {
  return a.start - b.start;
}

/** Merges ranges that overlap or touch. */
function mergeRanges(ranges: readonly TextRange[]): readonly TextRange[] {
  const merged: { start: number; end: number }[] = [];
  for (const range of [...ranges].sort(compareStarts)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ start: range.start, end: range.end });
  }
  return merged;
}

function findLastBefore(json: string, index: number): number {
  let at = index - 1;
  while (at >= 0 && " \n\r\t".includes(json.charAt(at))) at--;
  return at;
}

/**
 * Extends a cut to the comma before it if nothing follows: cutting the last two of three would otherwise leave the first one's
 * comma.
 */
function includeComma(json: string, range: TextRange): TextRange {
  const before = findLastBefore(json, range.start);
  const after = json.charAt(skipBlanks(json, range.end));
  const isLast = after === "]" || after === "}";
  return json.charAt(before) === "," && isLast ? { start: before, end: range.end } : range;
}

/** Returns the stubs, sorted, without those inside another: a picture in a result whose body is replaced. */
function dropInnerStubs(stubs: readonly SpliceEdit[]): readonly SpliceEdit[] {
  const kept: SpliceEdit[] = [];
  for (const stub of [...stubs].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const outer = kept.at(-1);
    const isInner = outer !== undefined && stub.end <= outer.end;
    if (!isInner || (stub.start === outer.start && stub.end === outer.end)) kept.push(stub);
  }
  return kept;
}

/** Returns the sorted stubs that are in none of the sorted cuts. */
function dropCoveredStubs(stubs: readonly SpliceEdit[], cuts: readonly TextRange[]): readonly SpliceEdit[] {
  let index = 0;
  return stubs.filter((stub) => {
    while ((cuts[index]?.end ?? Number.POSITIVE_INFINITY) <= stub.start) index++;
    return stub.end <= (cuts[index]?.start ?? Number.POSITIVE_INFINITY);
  });
}

/**
 * Returns a message's JSON text with parts cut and parts' contents replaced. Everything else stays byte for byte, and the commas
 * are valid for any set of cuts (cutting all elements of an array leaves `[]`). A stub inside a cut is dropped.
 * Errors: `invalid-option` if a part cannot be cut or has no body, or if two stubs replace the same body.
 */
export function editMessage(json: string, edits: MessageEdits): string {
  const ranges = (edits.cuts ?? []).map((part, index) => requireRange(part.cut, "cut", index));
  const cuts = mergeRanges(ranges).map((range) => includeComma(json, range));
  const stubs = (edits.stubs ?? []).map(({ part, text }, index) => {
    const range = requireRange(part.body, "body", index);
    return { start: range.start, end: range.end, text: writeStub(part, text) };
  });
  const kept = dropCoveredStubs(dropInnerStubs(stubs), cuts);
  const removed = cuts.map((range) => ({ start: range.start, end: range.end, text: "" }));
  return splice(json, [...removed, ...kept].sort(compareStarts));
}

/** Returns a message's JSON text without the given parts; see `editMessage`. */
export function cutParts(json: string, parts: readonly EditablePart[]): string {
  return editMessage(json, { cuts: parts });
}
