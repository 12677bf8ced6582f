import { skipValue } from "../../../shared/json/json-ranges.ts";
import { decodeKey, skipBlanks, skipString } from "../../../shared/json/json-tokens.ts";

/** Where a request's JSON text holds its messages. */
export interface ListPlace {
  /** The key of the list; undefined if the text is the list itself. */
  readonly key: string | undefined;
  /** Offset of the opening bracket. */
  readonly start: number;
}

/** Keys of lists of messages, in all formats. */
const listKeys: ReadonlySet<string> = new Set(["messages", "input", "contents"]);

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const openBrace = 0x7b;

/** Finds the list of messages without parsing: members before it are skipped. Undefined if there is none, or in text that is not JSON. */
export function findList(text: string): ListPlace | undefined {
  const at = skipBlanks(text, 0);
  if (text.charCodeAt(at) === openBracket) return { key: undefined, start: at };
  if (text.charCodeAt(at) !== openBrace) return undefined;
  return findMember(
    text,
    at + 1,
    (key, start) => listKeys.has(key) && text.charCodeAt(start) === openBracket,
  );
}

/** Returns true if an object has a key again after one of its values: then the last one counts. */
export function hasKeyAfter(text: string, end: number, key: string): boolean {
  const at = skipBlanks(text, end);
  return text.charCodeAt(at) === comma && findMember(text, at + 1, (other) => other === key) !== undefined;
}

/** Finds a member of an object from an offset on: of its key and its value's offset. */
function findMember(
  text: string,
  from: number,
  isWanted: (key: string, start: number) => boolean,
): { readonly key: string; readonly start: number } | undefined {
  let at = skipBlanks(text, from);
  while (text.charCodeAt(at) === quote) {
    const keyEnd = skipString(text, at);
    if (keyEnd === -1) return undefined;
    const key = decodeKey(text, at, keyEnd);
    at = skipBlanks(text, keyEnd);
    if (text.charCodeAt(at) !== colon) return undefined;
    at = skipBlanks(text, at + 1);
    if (isWanted(key, at)) return { key, start: at };
    at = skipBlanks(text, trySkip(text, at));
    if (text.charCodeAt(at) !== comma) return undefined;
    at = skipBlanks(text, at + 1);
  }
  return undefined;
}

/** Returns where a value ends; the text's length if it does not. */
export function trySkip(text: string, at: number): number {
  try {
    return skipValue(text, at);
  } catch {
    return text.length;
  }
}
