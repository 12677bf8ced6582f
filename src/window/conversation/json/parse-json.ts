import { LoadlineError } from "../../../shared/errors.ts";
import { findJsonFault } from "../../../shared/json/find-json-fault.ts";

/** Returns line and column of an offset, both from 1; columns are UTF-16 units. */
export function findLineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end === -1 || end >= offset) return { line, column: offset - start + 1 };
    line++;
    start = end + 1;
  }
}

/**
 * Parses a JSON text. `firstLine` is the number of its first line in the entire input.
 * Errors: `invalid-json` with line and column.
 */
export function parseJson(text: string, firstLine = 1): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw makeFault(text, firstLine, cause);
  }
}

function makeFault(text: string, firstLine: number, cause: unknown): LoadlineError {
  const fault = findJsonFault(text);
  if (fault === undefined) return new LoadlineError("invalid-json", `JSON: got ${String(cause)}`, { cause });
  const place = findLineAndColumn(text, fault.offset);
  const line = place.line + firstLine - 1;
  const truncated = fault.offset >= text.length;
  return new LoadlineError(
    "invalid-json",
    `JSON: got ${fault.got} at line ${line}, column ${place.column}, allowed: ${fault.allowed}`,
    { cause, details: { line, column: place.column, offset: fault.offset, truncated } },
  );
}
