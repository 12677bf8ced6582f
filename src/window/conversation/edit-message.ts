import { LoadlineError } from "../../shared/errors.ts";
import { skipBlanks } from "../../shared/json/json-tokens.ts";
import type { Part, Span } from "./message.ts";
import { splice } from "./splice.ts";
import type { SpliceEdit } from "./splice.ts";

/** A span as a message's part holds it, or as it is stored: [start, end]. */
type SpanFact = Span | readonly [number, number];

/** The facts of a part that editing needs: those of a `Part`, or of a part as it is stored. */
export interface EditablePart {
  readonly cut: SpanFact | undefined;
  readonly body: SpanFact | undefined;
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

function spanOf(fact: SpanFact | undefined, what: "cut" | "body", index: number): Span {
  if (fact === undefined) {
    throw new LoadlineError(
      "invalid-option",
      `${what === "cut" ? "cuts" : "stubs"}[${index}]: got a part without ${what}, allowed: a part that has one`,
      { details: { index } },
    );
  }
  return "start" in fact ? fact : { start: fact[0], end: fact[1] };
}

function byStart(a: Span, b: Span): number {
  return a.start - b.start;
}

/** Spans as few as they can be: those that overlap or touch become one. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: { start: number; end: number }[] = [];
  for (const span of [...spans].sort(byStart)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ start: span.start, end: span.end });
  }
  return merged;
}

function lastBefore(json: string, index: number): number {
  let at = index - 1;
  while (at >= 0 && " \n\r\t".includes(json.charAt(at))) at -= 1;
  return at;
}

/** A cut set right for its commas: cutting the last two of three would leave the comma behind the first. */
function withComma(json: string, span: Span): Span {
  const before = lastBefore(json, span.start);
  const after = json.charAt(skipBlanks(json, span.end));
  const isLast = after === "]" || after === "}";
  return json.charAt(before) === "," && isLast ? { start: before, end: span.end } : span;
}

/** The sorted stubs that lie in none of the sorted cuts. */
function outside(stubs: readonly SpliceEdit[], cuts: readonly Span[]): readonly SpliceEdit[] {
  let index = 0;
  return stubs.filter((stub) => {
    while ((cuts[index]?.end ?? Number.POSITIVE_INFINITY) <= stub.start) index += 1;
    return stub.end <= (cuts[index]?.start ?? Number.POSITIVE_INFINITY);
  });
}

/**
 * A message's JSON text with parts cut and parts' contents replaced; all else stays byte for byte, and the commas come
 * out right whatever set is cut (all elements of an array leave `[]`). A stub inside something that is cut goes with it.
 * Errors: `invalid-option` when a part cannot be cut or has no body, or two stubs stand for the same body.
 */
export function editMessage(json: string, edits: MessageEdits): string {
  const spans = (edits.cuts ?? []).map((part, index) => spanOf(part.cut, "cut", index));
  const cuts = merge(spans).map((span) => withComma(json, span));
  const stubs = (edits.stubs ?? []).map(({ part, text }, index) => {
    const span = spanOf(part.body, "body", index);
    return { start: span.start, end: span.end, text: stubValue(part, text) };
  });
  const kept = outside(stubs.sort(byStart), cuts);
  const removed = cuts.map((span) => ({ start: span.start, end: span.end, text: "" }));
  return splice(json, [...removed, ...kept].sort(byStart));
}

/** A message's JSON text without the given parts; see `editMessage`. */
export function cutParts(json: string, parts: readonly EditablePart[]): string {
  return editMessage(json, { cuts: parts });
}
