import { endOfSpace } from "./json-scan.ts";

/** What may come next in a JSON text. */
type Expected = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end";

/** A number or a word, from where it must begin. */
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const escape = /["\\/bfnrt]|u[\dA-Fa-f]{4}/uy;

/** Index after a string's closing quote; negative, less one, for the index of what may not be in it. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) return index + 1;
    if (code < 0x20) return -index - 1;
    if (code !== 0x5c) continue;
    escape.lastIndex = index + 1;
    if (!escape.test(text)) return -index - 1;
    index = escape.lastIndex - 1;
  }
  return -text.length - 1;
}

/** Index after a string, number or word; negative, less one, where there is none. */
function endOfScalar(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  scalar.lastIndex = start;
  return scalar.test(text) ? scalar.lastIndex : -start - 1;
}

/**
 * Index of the first character at which a text stops being JSON, its length where it ends early; undefined for one that is JSON.
 * Engines' own messages have no position for most faults.
 */
export function jsonFaultIndex(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = "value";
  let index = 0;
  for (; index < text.length; index++) {
    const mark = text[index] ?? "";
    if (mark === " " || mark === "\n" || mark === "\r" || mark === "\t") {
      index = endOfSpace(text, index) - 1;
      continue;
    }
    if (mark === "}" || mark === "]") {
      const wanted = mark === "}" ? "key-or-end" : "value-or-end";
      if (open.pop() !== mark || (expected !== wanted && expected !== "comma-or-end")) return index;
      expected = "comma-or-end";
    } else if (expected === "comma-or-end") {
      if (mark !== "," || open.length === 0) return index;
      expected = open.at(-1) === "}" ? "key" : "value";
    } else if (expected === "colon") {
      if (mark !== ":") return index;
      expected = "value";
    } else if (expected === "key" || expected === "key-or-end") {
      const end = mark === '"' ? endOfString(text, index) : -index - 1;
      if (end < 0) return -end - 1;
      index = end - 1;
      expected = "colon";
    } else if (mark === "{" || mark === "[") {
      open.push(mark === "{" ? "}" : "]");
      expected = mark === "{" ? "key-or-end" : "value-or-end";
    } else {
      const end = endOfScalar(text, index);
      if (end < 0) return -end - 1;
      index = end - 1;
      expected = "comma-or-end";
    }
  }
  return open.length > 0 || expected !== "comma-or-end" ? text.length : undefined;
}
