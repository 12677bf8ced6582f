import { describeCharacter } from "./json-fault.ts";
import type { JsonFault } from "./json-fault.ts";
import { skipBlanks } from "./json-tokens.ts";

/** A place that breaks the grammar, before it is described. */
type Break = Pick<JsonFault, "offset" | "allowed">;

const hexDigits = /^[0-9a-fA-F]{4}$/;
const scalarPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

function checkString(json: string, start: number): Break | number {
  for (let index = start + 1; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === 0x22) return index + 1;
    if (code < 0x20) return { offset: index, allowed: "an escaped control character" };
    if (code !== 0x5c) continue;
    const escape = json.charAt(index + 1);
    if (escape === "u") {
      if (!hexDigits.test(json.slice(index + 2, index + 6)))
        return breakAt(json, index + 2, "four hex digits");
      index += 5;
    } else if (escape !== "" && '"\\/bfnrt'.includes(escape)) index++;
    else return breakAt(json, index + 1, 'one of " \\ / b f n r t u');
  }
  return { offset: json.length, allowed: "the closing quote of a string" };
}

function breakAt(json: string, offset: number, allowed: string): Break {
  return { offset: Math.min(offset, json.length), allowed };
}

function checkScalar(json: string, start: number): Break | number {
  scalarPattern.lastIndex = start;
  return scalarPattern.test(json) ? scalarPattern.lastIndex : { offset: start, allowed: "a JSON value" };
}

/** Closes what ends after a value; returns the offset of the comma that follows, undefined at the end of the text. */
function checkAfterValue(json: string, start: number, open: string[]): Break | number | undefined {
  let index = skipBlanks(json, start);
  for (;;) {
    const inside = open.at(-1);
    if (inside === undefined)
      return index === json.length ? undefined : { offset: index, allowed: "the end of the text" };
    const closer = inside === "[" ? "]" : "}";
    if (json.charAt(index) === ",") return index;
    if (json.charAt(index) !== closer) return { offset: index, allowed: `, or ${closer}` };
    open.pop();
    index = skipBlanks(json, index + 1);
  }
}

/** Returns the offset of the value that follows a key and its colon. */
function checkKey(json: string, start: number): Break | number {
  if (json.charAt(start) !== '"') return { offset: start, allowed: "a key in double quotes" };
  const end = checkString(json, start);
  if (typeof end !== "number") return end;
  const at = skipBlanks(json, end);
  return json.charAt(at) === ":" ? skipBlanks(json, at + 1) : { offset: at, allowed: ":" };
}

function findBreak(json: string): Break | undefined {
  const open: string[] = [];
  let index = skipBlanks(json, 0);
  for (;;) {
    const char = json.charAt(index);
    let end: Break | number;
    if (char === "[" || char === "{") {
      const inside = skipBlanks(json, index + 1);
      open.push(char);
      if (json.charAt(inside) !== (char === "[" ? "]" : "}")) {
        const next = char === "[" ? inside : checkKey(json, inside);
        if (typeof next !== "number") return next;
        index = next;
        continue;
      }
      open.pop();
      end = inside + 1;
    } else end = char === '"' ? checkString(json, index) : checkScalar(json, index);
    if (typeof end !== "number") return end;
    const after = checkAfterValue(json, end, open);
    if (typeof after !== "number") return after;
    const next = skipBlanks(json, after + 1);
    const value = open.at(-1) === "[" ? next : checkKey(json, next);
    if (typeof value !== "number") return value;
    index = value;
  }
}

/**
 * Finds the first place where a text breaks the grammar of JSON (RFC 8259); returns undefined for a text that is JSON. Not
 * recursive. Use it only for the message of an error: V8 gives no position for many faults, and none for an early end.
 */
export function findJsonFault(json: string): JsonFault | undefined {
  const found = findBreak(json);
  return found === undefined ? undefined : { ...found, got: describeCharacter(json, found.offset) };
}
