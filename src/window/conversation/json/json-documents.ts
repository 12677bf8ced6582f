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

/** The JSON values of an input, and the lines that are not JSON. */
export interface SplitInput {
  readonly documents: readonly JsonDocument[];
  /** Numbers of the lines that could not be parsed, in order. */
  readonly faultyLines: readonly number[];
  /** Refuses an input with a faulty line. Errors: `invalid-json` with line and column of the first one. */
  readonly requireAll: () => void;
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

function readLines(text: string, firstValue: unknown, firstStart: number): SplitInput {
  const documents: JsonDocument[] = [];
  const faultyLines: number[] = [];
  let fault = "";
  let line = 0;
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const content = text.slice(start, end);
    line++;
    if (start === firstStart) documents.push(makeDocument(content, firstValue, line));
    else if (skipBlanks(content, 0) < content.length) {
      // JSON has no undefined, so it marks a line that does not parse.
      const value = tryParse(content);
      if (value === undefined) {
        if (faultyLines.length === 0) fault = content;
        faultyLines.push(line);
      } else documents.push(makeDocument(content, value, line));
    }
    start = end + 1;
  }
  return { documents, faultyLines, requireAll: () => requireLine(fault, faultyLines[0]) };
}

function requireLine(fault: string, line: number | undefined): void {
  if (line !== undefined) parseJson(fault, line);
}

/**
 * Splits a text into its JSON values: one, or one per line if the first line that is not blank is a complete object or array and
 * more follows. Blank lines and CRLF are accepted. Lines that are not JSON are listed, not refused: the log of an agent that is
 * still writing ends in the middle of a line.
 * Errors: `invalid-json` with line and column, if there is only one value and it is not JSON.
 */
export function splitInput(text: string): SplitInput {
  const first = skipBlanks(text, 0);
  const lineStart = text.lastIndexOf("\n", first) + 1;
  const lineEnd = text.indexOf("\n", first);
  if (lineEnd !== -1 && skipBlanks(text, lineEnd) < text.length) {
    const value = tryParse(text.slice(lineStart, lineEnd));
    if (isJsonObject(value) || Array.isArray(value)) return readLines(text, value, lineStart);
  }
  const document = makeDocument(text, parseJson(text), undefined);
  return { documents: [document], faultyLines: [], requireAll: () => undefined };
}
