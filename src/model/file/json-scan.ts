/** Deepest nesting: topologies of nested Keras models reach about 20, and a parser's stack ends at some thousands. */
const maxDepth = 200;
/** Most values: a header of 90,000 tensors has that many, an index of 700,000; each takes some 50 bytes once parsed. */
const maxValues = 700_000;
/** Most keys of one object: an index of a mixture of 400 experts in 60 layers, packed in three, has 207,000. */
const maxKeys = 262_144;

/** What is refused in a JSON text although a parser would take it, and the character it is at. */
export interface JsonFault {
  readonly message: string;
  readonly index: number;
}

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const token = /[^ \n\r\t]/gu;

/** Index after a string's closing quote, or the text's length where there is none. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ;) {
    // the platform's own search is many times as fast as a loop over characters
    const end = text.indexOf('"', from);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
    from = end + 1;
  }
}

/** Index of the first character from `start` on that is none between tokens, or the text's length. */
export function endOfSpace(text: string, start: number): number {
  if (text.charCodeAt(start + 1) > space) return start + 1;
  // headers may be padded by megabytes, which the platform's search passes many times as fast as a loop
  token.lastIndex = start + 1;
  return token.test(text) ? token.lastIndex - 1 : text.length;
}

/** A key as it is meant; one whose escapes are broken is left to the parser. */
function keyOf(raw: string): string {
  if (!raw.includes("\\")) return raw.slice(1, -1);
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw;
  }
}

/** Keys of an object so far. Most objects have few, for which a list is quicker than a set. */
class Keys {
  private readonly few: string[] = [];
  private many: Set<string> | undefined;

  /** Adds a key, or tells what is wrong with it. */
  add(key: string): string | undefined {
    if (key === "__proto__") return "the key __proto__";
    if (this.many?.has(key) ?? this.few.includes(key)) return "a key that is there twice";
    if (this.many !== undefined) {
      if (this.many.size >= maxKeys) return `more than ${maxKeys} keys in an object`;
      this.many.add(key);
    } else if (this.few.push(key) === 8) this.many = new Set(this.few);
    return undefined;
  }
}

/**
 * Walks a JSON text without building it: depth, number of values and keys, keys that are there twice (a parser would silently
 * keep the last) and `__proto__`. Syntax is the parser's.
 */
export function scanJson(text: string): JsonFault | undefined {
  /** Keys of each open object; undefined for an open array. */
  const open: (Keys | undefined)[] = [];
  let values = 0;
  let atKey = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= space) {
      index = endOfSpace(text, index) - 1;
    } else if (code === 0x7b || code === 0x5b) {
      if (open.length >= maxDepth) return { message: `nested deeper than ${maxDepth}`, index };
      open.push(code === 0x7b ? new Keys() : undefined);
      atKey = code === 0x7b;
      values += 1;
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
      atKey = false;
    } else if (code === 0x2c) {
      atKey = open.at(-1) !== undefined;
      values += 1;
    } else if (code === quote) {
      const end = endOfString(text, index);
      const top = open.at(-1);
      if (atKey && top !== undefined) {
        const fault = top.add(keyOf(text.slice(index, end)));
        if (fault !== undefined) return { message: fault, index };
        atKey = false;
      }
      index = end - 1;
    }
    if (values > maxValues) return { message: `more than ${maxValues} values`, index };
  }
  return undefined;
}

/** Index of a key of the outermost object of a JSON text; undefined for one that it does not have. */
export function indexOfKey(text: string, key: string): number | undefined {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    else if (code === quote) {
      const end = endOfString(text, index);
      const isKey = depth === 1 && /\s*:/uy.test(text.slice(end, end + 16));
      if (isKey && keyOf(text.slice(index, end)) === key) return index;
      index = end - 1;
    }
  }
  return undefined;
}
