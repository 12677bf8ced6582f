import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import { skipValue } from "../../../shared/json/json-ranges.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import { parseJson } from "./parse-json.ts";

/** One JSON value of an input: its exact text, and its line number if the input is JSON lines. */
export interface JsonDocument {
  readonly json: string;
  readonly value: unknown;
  readonly line: number | undefined;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the value without the whitespace around it. Scanning it here also checks its depth. */
function makeDocument(text: string, value: unknown, line: number | undefined): JsonDocument {
  const start = skipBlanks(text, 0);
  return { json: text.slice(start, skipValue(text, start)), value, line };
}

function readLines(text: string, firstValue: unknown, firstStart: number): readonly JsonDocument[] {
  const documents: JsonDocument[] = [];
  let line = 0;
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const content = text.slice(start, end);
    line++;
    if (start === firstStart) documents.push(makeDocument(content, firstValue, line));
    else if (skipBlanks(content, 0) < content.length)
      documents.push(makeDocument(content, parseJson(content, line), line));
    start = end + 1;
  }
  return documents;
}

/**
 * Splits a text into its JSON values: one, or one per line if the first line that is not blank is a complete object or array and
 * more follows. Blank lines and CRLF are accepted.
 * Errors: `invalid-json` with line and column.
 */
export function splitDocuments(text: string): readonly JsonDocument[] {
  const first = skipBlanks(text, 0);
  const lineStart = text.lastIndexOf("\n", first) + 1;
  const lineEnd = text.indexOf("\n", first);
  if (lineEnd !== -1 && skipBlanks(text, lineEnd) < text.length) {
    const value = tryParse(text.slice(lineStart, lineEnd));
    if (isJsonObject(value) || Array.isArray(value)) return readLines(text, value, lineStart);
  }
  return [makeDocument(text, parseJson(text), undefined)];
}
