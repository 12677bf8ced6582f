import type { ByteSource } from "./source/byte-source.ts";
import { fileFault } from "./header/file-fault.ts";
import { jsonFaultIndex } from "./json-fault.ts";
import { indexOfKey, scanJson } from "./json-scan.ts";
import { MiB } from "../../shared/units.ts";

/** Longest JSON that is read: the largest topologies and lists of a repository have some megabytes. */
const maxJsonBytes = 8 * MiB;
/** Longest index: that of a model of 140,000 tensors has 14 MB. While it is read it is there three times. */
const maxIndexBytes = 20 * MiB;

/** An object of parsed JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A parsed object and where its keys were, for messages. */
export interface JsonHeader {
  readonly object: JsonObject;
  /** Byte of the file at which a key of the outermost object begins; undefined for one that it does not have. */
  readonly byteOf: (key: string) => number | undefined;
}

/** True for a plain object of parsed JSON. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for what may be a size, a count or an offset. */
export function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Parses bytes of a file, which begin at its byte `start`, as one JSON object. Throws `invalid-data` with the byte. */
export function parseJsonObject(file: string, bytes: Uint8Array, start = 0): JsonHeader {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fileFault(file, "no UTF-8 text", { byte: start, cause });
  }
  // a mark of the byte order is not in the text
  const textStart = start + (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  const byteAt = (index: number): number => textStart + new TextEncoder().encode(text.slice(0, index)).length;
  const refused = scanJson(text);
  if (refused !== undefined)
    throw fileFault(file, `JSON has ${refused.message}`, { byte: byteAt(refused.index) });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const index = jsonFaultIndex(text);
    throw fileFault(file, "no valid JSON", {
      cause,
      ...(index === undefined ? {} : { byte: byteAt(index) }),
    });
  }
  if (!isRecord(value)) throw fileFault(file, "holds no JSON object", { byte: start });
  return {
    object: value,
    byteOf: (key) => {
      const index = indexOfKey(text, key);
      return index === undefined ? undefined : byteAt(index);
    },
  };
}

/** Reads a whole JSON file, up to the limit. */
export async function readJsonFile(source: ByteSource): Promise<JsonHeader> {
  const { name, byteLength } = source;
  const limit = name.endsWith(".index.json") ? maxIndexBytes : maxJsonBytes;
  if (byteLength !== undefined && byteLength > limit)
    throw fileFault(name, `has ${byteLength} bytes, allowed for JSON: ${limit}`);
  const bytes = await source.read(0, byteLength ?? limit + 1);
  if (bytes.length > limit) throw fileFault(name, `longer than ${limit} bytes`);
  return parseJsonObject(name, bytes);
}
