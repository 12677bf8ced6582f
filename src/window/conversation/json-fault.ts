/** Where a text stops being JSON, and what could stand there. */
export interface JsonFault {
  /** UTF-16 offset; the text's length when it ends too early. */
  readonly offset: number;
  readonly allowed: string;
}

const hexDigits = /^[0-9a-fA-F]{4}$/;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

function stringFault(json: string, start: number): JsonFault | number {
  for (let index = start + 1; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === 0x22) return index + 1;
    if (code < 0x20) return { offset: index, allowed: "an escaped control character" };
    if (code !== 0x5c) continue;
    const escape = json.charAt(index + 1);
    if (escape === "u") {
      if (!hexDigits.test(json.slice(index + 2, index + 6))) return cutOr(json, index + 2, "four hex digits");
      index += 5;
    } else if (escape !== "" && '"\\/bfnrt'.includes(escape)) index += 1;
    else return cutOr(json, index + 1, 'one of " \\ / b f n r t u');
  }
  return { offset: json.length, allowed: "the closing quote of a string" };
}

function cutOr(json: string, offset: number, allowed: string): JsonFault {
  return { offset: Math.min(offset, json.length), allowed };
}

function scalarFault(json: string, start: number): JsonFault | number {
  for (const word of ["true", "false", "null"]) if (json.startsWith(word, start)) return start + word.length;
  numberPattern.lastIndex = start;
  const match = numberPattern.exec(json);
  return match === null ? { offset: start, allowed: "a JSON value" } : start + match[0].length;
}

function skipBlanks(json: string, index: number): number {
  let at = index;
  while (at < json.length && " \n\r\t".includes(json.charAt(at))) at += 1;
  return at;
}

/** After a value: closes what ends there; gives the next offset, or the fault. */
function afterValue(json: string, start: number, open: string[]): JsonFault | number | undefined {
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

function keyFault(json: string, start: number): JsonFault | number {
  if (json.charAt(start) !== '"') return { offset: start, allowed: "a key in double quotes" };
  const end = stringFault(json, start);
  if (typeof end !== "number") return end;
  const at = skipBlanks(json, end);
  return json.charAt(at) === ":" ? skipBlanks(json, at + 1) : { offset: at, allowed: ":" };
}

/**
 * The first place where a text breaks the grammar of JSON (RFC 8259), undefined when it is JSON. Not recursive. It is only
 * for the message of an error: V8 gives no position for many faults, and none at all for an early end.
 */
export function findJsonFault(json: string): JsonFault | undefined {
  const open: string[] = [];
  let index = skipBlanks(json, 0);
  for (;;) {
    const char = json.charAt(index);
    let end: JsonFault | number;
    if (char === "[" || char === "{") {
      const inside = skipBlanks(json, index + 1);
      open.push(char);
      if (json.charAt(inside) !== (char === "[" ? "]" : "}")) {
        const next = char === "[" ? inside : keyFault(json, inside);
        if (typeof next !== "number") return next;
        index = next;
        continue;
      }
      open.pop();
      end = inside + 1;
    } else end = char === '"' ? stringFault(json, index) : scalarFault(json, index);
    if (typeof end !== "number") return end;
    const after = afterValue(json, end, open);
    if (typeof after !== "number") return after;
    const next = skipBlanks(json, after + 1);
    const value = open.at(-1) === "[" ? next : keyFault(json, next);
    if (typeof value !== "number") return value;
    index = value;
  }
}
