import { LoadlineError } from "../../shared/errors.ts";
import type { Span } from "./message.ts";

/**
 * Deepest nesting of arrays and objects that is read. Real messages stay under 30; `JSON.stringify` overflows its stack
 * at some thousands, so a deeper text could be read here and then crash whoever writes it again.
 */
export const maximumDepth = 1_000;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A member of an object: its decoded key, where the key starts, and where its value stands. */
export interface MemberSpan {
  readonly key: string;
  readonly start: number;
  readonly value: Span;
}

function broken(json: string, index: number, allowed: string): never {
  const got = index < json.length ? JSON.stringify(json.charAt(index)) : "the end";
  throw new LoadlineError("invalid-json", `JSON: got ${got} at offset ${index}, allowed: ${allowed}`, {
    details: { offset: index },
  });
}

/** The first place from `index` on that holds no JSON blank. */
export function skipBlanks(json: string, index: number): number {
  let at = index;
  for (;;) {
    const code = json.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

function skipString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1) {
    let before = end - 1;
    while (json.charCodeAt(before) === backslash) before -= 1;
    // An even number of backslashes escapes only each other, so the quote ends the string.
    if ((end - before) % 2 === 1) return end + 1;
    end = json.indexOf('"', end + 1);
  }
  return broken(json, json.length, "the closing quote of a string");
}

function tooDeep(index: number): never {
  throw new LoadlineError(
    "invalid-json",
    `JSON: got nesting deeper than ${maximumDepth} at offset ${index}, allowed: at most ${maximumDepth} levels`,
    { details: { offset: index, maximumDepth } },
  );
}

function skipContainer(json: string, start: number): number {
  let depth = 0;
  let index = start;
  const length = json.length;
  while (index < length) {
    const code = json.charCodeAt(index);
    if (code === quote) {
      index = skipString(json, index);
      continue;
    }
    if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth > maximumDepth) tooDeep(index);
    } else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
    index += 1;
  }
  return broken(json, length, "the end of an array or object");
}

function skipScalar(json: string, start: number): number {
  let index = start;
  while (index < json.length) {
    const code = json.charCodeAt(index);
    if (code <= 0x20 || code === comma || code === closeBracket || code === closeBrace) break;
    index += 1;
  }
  if (index === start) broken(json, index, "a value");
  return index;
}

/** Where the value that starts at `start` ends (exclusive). Not recursive; nothing is built. */
export function skipValue(json: string, start: number): number {
  const code = json.charCodeAt(start);
  if (code === quote) return skipString(json, start);
  if (code === openBrace || code === openBracket) return skipContainer(json, start);
  return skipScalar(json, start);
}

/**
 * Spans of the elements of the array that starts at `start`, in a JSON text which `JSON.parse` has accepted. Linear,
 * and no value is built. Errors: `invalid-json` for nesting deeper than `maximumDepth` or when no array is there.
 */
export function elementSpans(json: string, start = 0): readonly Span[] {
  if (json.charCodeAt(start) !== openBracket) broken(json, start, "[");
  const spans: Span[] = [];
  let index = skipBlanks(json, start + 1);
  if (json.charCodeAt(index) === closeBracket) return spans;
  for (;;) {
    const end = skipValue(json, index);
    spans.push({ start: index, end });
    index = skipBlanks(json, end);
    const code = json.charCodeAt(index);
    if (code === closeBracket) return spans;
    if (code !== comma) broken(json, index, ", or ]");
    index = skipBlanks(json, index + 1);
  }
}

function decodeKey(json: string, start: number, end: number): string {
  const raw = json.slice(start + 1, end - 1);
  return raw.includes("\\") ? (JSON.parse(json.slice(start, end)) as string) : raw;
}

/**
 * Members of the object that starts at `start`, in order, duplicate keys included (the last one wins, as in `JSON.parse`),
 * in a JSON text which `JSON.parse` has accepted. Errors as for `elementSpans`.
 */
export function memberSpans(json: string, start = 0): readonly MemberSpan[] {
  if (json.charCodeAt(start) !== openBrace) broken(json, start, "{");
  const members: MemberSpan[] = [];
  let index = skipBlanks(json, start + 1);
  if (json.charCodeAt(index) === closeBrace) return members;
  for (;;) {
    if (json.charCodeAt(index) !== quote) broken(json, index, "a key");
    const keyEnd = skipString(json, index);
    const at = skipBlanks(json, keyEnd);
    if (json.charCodeAt(at) !== colon) broken(json, at, ":");
    const valueStart = skipBlanks(json, at + 1);
    const end = skipValue(json, valueStart);
    members.push({ key: decodeKey(json, index, keyEnd), start: index, value: { start: valueStart, end } });
    index = skipBlanks(json, end);
    const code = json.charCodeAt(index);
    if (code === closeBrace) return members;
    if (code !== comma) broken(json, index, ", or }");
    index = skipBlanks(json, index + 1);
  }
}

/**
 * For each of the elements or members of one list, what is cut to take it out alone: up to the next one, for the last
 * one from the end of the one before, so that exactly one comma goes with it.
 */
export function cutSpans(spans: readonly Span[]): readonly Span[] {
  return spans.map((span, index) => {
    const next = spans[index + 1];
    if (next !== undefined) return { start: span.start, end: next.start };
    return { start: spans[index - 1]?.end ?? span.start, end: span.end };
  });
}
