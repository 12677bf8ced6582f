import { fileFault } from "../file-fault.ts";
import { decodeUtf8 } from "./decode-utf8.ts";
import { findExcess } from "./find-excess.ts";
import type { JsonLimits } from "./find-excess.ts";
import { findJsonFault } from "./find-json-fault.ts";
import type { JsonFault } from "./json-fault.ts";
import { isJsonObject } from "./json-object.ts";
import type { JsonObject } from "./json-object.ts";
import { listMembers } from "./json-ranges.ts";
import { skipBlanks } from "./json-tokens.ts";

/** JSON within a file: its bytes, where they begin in the file, and its limits. */
export interface JsonInFile {
  /** The file's name in messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Byte of the file at which `bytes` begins. */
  readonly start: number;
  readonly limits: JsonLimits;
}

/** A parsed object, and the places of its keys for messages. */
export interface JsonHeader {
  readonly object: JsonObject;
  /** Returns the byte of the file at which a key of the outermost object begins; undefined for a missing key. */
  readonly byteOf: (key: string) => number | undefined;
}

/** Parses bytes of a file as one JSON object. Errors: `invalid-data` with the file and the byte. */
export function parseJsonObject({ file, bytes, start, limits }: JsonInFile): JsonHeader {
  const text = decodeUtf8(bytes);
  if (typeof text !== "string")
    throw fileFault(file, `got the byte ${text.got}, allowed: UTF-8`, {
      byte: start + text.byte,
      cause: text.cause,
    });
  // The decoder leaves a byte order mark out of the text.
  const textStart = start + (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  const byteAt = (index: number): number => textStart + new TextEncoder().encode(text.slice(0, index)).length;
  const refusal = ({ offset, got, allowed }: JsonFault, cause?: unknown): Error =>
    fileFault(file, `JSON: got ${got}, allowed: ${allowed}`, { byte: byteAt(offset), cause });
  const excess = findExcess(text, limits);
  if (excess !== undefined) throw refusal(excess);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const fault = findJsonFault(text);
    throw fault === undefined
      ? fileFault(file, `JSON: got ${String(cause)}`, { cause })
      : refusal(fault, cause);
  }
  const first = skipBlanks(text, 0);
  if (!isJsonObject(value))
    throw fileFault(file, "JSON: got a value that is not an object", { byte: byteAt(first) });
  return {
    object: value,
    byteOf: (key) => {
      const member = listMembers(text, first).findLast((each) => each.key === key);
      return member === undefined ? undefined : byteAt(member.start);
    },
  };
}
