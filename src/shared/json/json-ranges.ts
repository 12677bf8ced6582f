import { LoadlineError } from "../errors.ts";
import { decodeKey, skipBlanks, skipString } from "./json-tokens.ts";
import type { TextRange } from "./text-range.ts";

/**
 * Deepest nesting of arrays and objects. Real messages stay under 30; `JSON.stringify` overflows its stack at some thousands,
 * so a deeper text could be read here and then crash its next writer.
 */
export const maxDepth = 1_000;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A member of an object: its decoded key, the offset of the key, and the range of the value. */
export interface MemberRange {
  readonly key: string;
  readonly start: number;
  readonly value: TextRange;
}

function refuse(json: string, index: number, allowed: string): never {
  const got = index < json.length ? JSON.stringify(json.charAt(index)) : "the end";
  throw new LoadlineError("invalid-json", `JSON: got ${got} at offset ${index}, allowed: ${allowed}`, {
    details: { offset: index },
  });
}

function requireString(json: string, start: number): number {
  const end = skipString(json, start);
  return end === -1 ? refuse(json, json.length, "the closing quote of a string") : end;
}

function refuseDepth(index: number): never {
  throw new LoadlineError(
    "invalid-json",
    `JSON: got nesting deeper than ${maxDepth} at offset ${index}, allowed: at most ${maxDepth} levels`,
    { details: { offset: index, maxDepth } },
  );
}

function skipContainer(json: string, start: number): number {
  let depth = 0;
  let index = start;
  const length = json.length;
  while (index < length) {
    const code = json.charCodeAt(index);
    if (code === quote) {
      index = requireString(json, index);
      continue;
    }
    if (code === openBrace || code === openBracket) {
      depth++;
      if (depth > maxDepth) refuseDepth(index);
    } else if (code === closeBrace || code === closeBracket) {
      depth--;
      if (depth === 0) return index + 1;
    }
    index++;
  }
  return refuse(json, length, "the end of an array or object");
}

function skipScalar(json: string, start: number): number {
  let index = start;
  while (index < json.length) {
    const code = json.charCodeAt(index);
    if (code <= 0x20 || code === comma || code === closeBracket || code === closeBrace) break;
    index++;
  }
  if (index === start) refuse(json, index, "a value");
  return index;
}

/** Returns where the value that starts at `start` ends (exclusive). Not recursive; builds nothing. */
export function skipValue(json: string, start: number): number {
  const code = json.charCodeAt(start);
  if (code === quote) return requireString(json, start);
  if (code === openBrace || code === openBracket) return skipContainer(json, start);
  return skipScalar(json, start);
}

/**
 * Returns the ranges of the elements of the array that starts at `start`, in a JSON text that `JSON.parse` has accepted.
 * Linear; builds no value.
 * Errors: `invalid-json` for nesting deeper than `maxDepth`, or if no array starts there.
 */
export function listElements(json: string, start = 0): readonly TextRange[] {
  if (json.charCodeAt(start) !== openBracket) refuse(json, start, "[");
  const ranges: TextRange[] = [];
  let index = skipBlanks(json, start + 1);
  if (json.charCodeAt(index) === closeBracket) return ranges;
  for (;;) {
    const end = skipValue(json, index);
    ranges.push({ start: index, end });
    index = skipBlanks(json, end);
    const code = json.charCodeAt(index);
    if (code === closeBracket) return ranges;
    if (code !== comma) refuse(json, index, ", or ]");
    index = skipBlanks(json, index + 1);
  }
}

/**
 * Returns the members of the object that starts at `start`, in order, duplicate keys included (the last one wins, as in
 * `JSON.parse`), in a JSON text that `JSON.parse` has accepted.
 * Errors: as for `listElements`.
 */
export function listMembers(json: string, start = 0): readonly MemberRange[] {
  if (json.charCodeAt(start) !== openBrace) refuse(json, start, "{");
  const members: MemberRange[] = [];
  let index = skipBlanks(json, start + 1);
  if (json.charCodeAt(index) === closeBrace) return members;
  for (;;) {
    if (json.charCodeAt(index) !== quote) refuse(json, index, "a key");
    const keyEnd = requireString(json, index);
    const at = skipBlanks(json, keyEnd);
    if (json.charCodeAt(at) !== colon) refuse(json, at, ":");
    const valueStart = skipBlanks(json, at + 1);
    const end = skipValue(json, valueStart);
    members.push({ key: decodeKey(json, index, keyEnd), start: index, value: { start: valueStart, end } });
    index = skipBlanks(json, end);
    const code = json.charCodeAt(index);
    if (code === closeBrace) return members;
    if (code !== comma) refuse(json, index, ", or }");
    index = skipBlanks(json, index + 1);
  }
}

/**
 * Returns, for each element or member of one list, the range to cut to remove it alone: up to the next one; for the last one,
 * from the end of the previous one. So exactly one comma is cut with it.
 */
export function listCuts(ranges: readonly TextRange[]): readonly TextRange[] {
  return ranges.map((range, index) => {
    const next = ranges[index + 1];
    if (next !== undefined) return { start: range.start, end: next.start };
    return { start: ranges[index - 1]?.end ?? range.start, end: range.end };
  });
}
