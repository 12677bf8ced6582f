import { LoadlineError } from "../../shared/errors.ts";
import { findJsonFault } from "./json-fault.ts";

/** A JSON object as `JSON.parse` gives it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Line and column of an offset, both from 1; columns are UTF-16 units. */
export function lineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end === -1 || end >= offset) return { line, column: offset - start + 1 };
    line += 1;
    start = end + 1;
  }
}

/** The value of a JSON text. `firstLine` is the number of its first line in the whole input. Errors: `invalid-json` with line and column. */
export function parseJson(text: string, firstLine = 1): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faultOf(text, firstLine, cause);
  }
}

function faultOf(text: string, firstLine: number, cause: unknown): LoadlineError {
  const fault = findJsonFault(text);
  if (fault === undefined) return new LoadlineError("invalid-json", `JSON: got ${String(cause)}`, { cause });
  const place = lineAndColumn(text, fault.offset);
  const line = place.line + firstLine - 1;
  const truncated = fault.offset >= text.length;
  const got = truncated
    ? "the end of the text"
    : JSON.stringify(String.fromCodePoint(text.codePointAt(fault.offset) ?? 0));
  return new LoadlineError(
    "invalid-json",
    `JSON: got ${got} at line ${line}, column ${place.column}, allowed: ${fault.allowed}`,
    { cause, details: { line, column: place.column, offset: fault.offset, truncated } },
  );
}
