import type { JsonFault } from "./json-fault.ts";
import { decodeKey, skipBlanks, skipString } from "./json-tokens.ts";

/** Limits of a JSON text from outside. */
export interface JsonLimits {
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Values in the entire text; each takes some 50 bytes once parsed. */
  readonly maxValues: number;
  /** Keys of one object. */
  readonly maxKeys: number;
  /** Accepts the key `__proto__`, for a reader that only ever lists keys. Refused by default. */
  readonly allowProto?: boolean;
  /** Refuses numbers that are not written as digits alone, such as 4.0, -4 and 4e0. Off by default. */
  readonly digitsOnly?: boolean;
}

const quote = 0x22;
const space = 0x20;
/** Keys up to which a list is searched: it is faster than a set, and most objects have few. */
const maxListedKeys = 8;

/** Keys of one object so far. */
class Keys {
  private readonly few: string[] = [];
  private many: Set<string> | undefined;

  /** Adds a key; returns what is wrong with it, as `got` and `allowed`. */
  add(key: string, limits: JsonLimits): readonly [string, string] | undefined {
    if (key === "__proto__" && limits.allowProto !== true) return ["the key __proto__", "any other key"];
    if (this.many?.has(key) ?? this.few.includes(key)) return ["a key twice", "each key once"];
    if (this.many !== undefined) {
      if (this.many.size >= limits.maxKeys)
        return [`more than ${limits.maxKeys} keys in an object`, `at most ${limits.maxKeys}`];
      this.many.add(key);
    } else if (this.few.push(key) === maxListedKeys) this.many = new Set(this.few);
    return undefined;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Returns true for a point, a sign, or the e of an exponent. */
function isBeyondDigits(text: string, index: number, code: number): boolean {
  if (code === 0x2d || code === 0x2e) return true;
  return (code === 0x45 || code === 0x65) && isDigit(text.charCodeAt(index - 1));
}

/**
 * Walks a JSON text without building it and returns the first place that exceeds the limits: depth, number of values and keys,
 * repeated keys (a parser would silently keep the last) and `__proto__`. Leaves the grammar to the parser.
 */
export function findExcess(text: string, limits: JsonLimits): JsonFault | undefined {
  const { maxDepth, maxValues, digitsOnly = false } = limits;
  /** Keys of each open object; undefined for an open array. */
  const open: (Keys | undefined)[] = [];
  let values = 0;
  let atKey = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= space) {
      index = skipBlanks(text, index + 1) - 1;
    } else if (code === 0x7b || code === 0x5b) {
      if (open.length >= maxDepth)
        return {
          offset: index,
          got: `nesting deeper than ${maxDepth}`,
          allowed: `at most ${maxDepth} levels`,
        };
      open.push(code === 0x7b ? new Keys() : undefined);
      atKey = code === 0x7b;
      values++;
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
      atKey = false;
    } else if (code === 0x2c) {
      atKey = open.at(-1) !== undefined;
      values++;
    } else if (code === quote) {
      const closed = skipString(text, index);
      const end = closed === -1 ? text.length : closed;
      const top = open.at(-1);
      if (atKey && top !== undefined) {
        const fault = top.add(decodeKey(text, index, end), limits);
        if (fault !== undefined) return { offset: index, got: fault[0], allowed: fault[1] };
        atKey = false;
      }
      index = end - 1;
    } else if (digitsOnly && isBeyondDigits(text, index, code)) {
      return { offset: index, got: JSON.stringify(text.charAt(index)), allowed: "a whole number in digits" };
    }
    if (values > maxValues)
      return { offset: index, got: `more than ${maxValues} values`, allowed: `at most ${maxValues}` };
  }
  return undefined;
}
