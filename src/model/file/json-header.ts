import { LoadlineError } from "../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** Longest JSON that is read: an index of a large model has about 10 MiB. */
export const maxJsonBytes: number = 32 * 2 ** 20;
/** Deepest nesting: topologies of nested Keras models reach about 20. */
const maxDepth = 200;

/** An `invalid-data` error of a file. */
export function fileFault(name: string, message: string, cause?: unknown): LoadlineError {
  return new LoadlineError("invalid-data", `${name}: ${message}`, {
    details: { file: name },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Depth of a JSON text, by its brackets outside strings: a parser would run out of its stack before it says so. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}

/** True for a plain object of parsed JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses a JSON object; a key that would change an object's prototype is refused. */
export function parseJsonObject(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fileFault(name, "is no UTF-8 text", cause);
  }
  if (depthOf(text) > maxDepth) throw fileFault(name, `is nested deeper than ${maxDepth}`);
  let value: unknown;
  try {
    value = JSON.parse(text, (key, entry: unknown) => {
      if (key === "__proto__") throw fileFault(name, "has the key __proto__");
      return entry;
    });
  } catch (cause) {
    if (cause instanceof LoadlineError) throw cause;
    throw fileFault(name, `is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (!isRecord(value)) throw fileFault(name, "holds no JSON object");
  return value;
}

/** Reads a whole JSON file, up to the limit. */
export async function readJsonFile(source: ByteSource): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await source.read(0, maxJsonBytes + 1);
  if (bytes.length > maxJsonBytes) throw fileFault(source.name, `is longer than ${maxJsonBytes} bytes`);
  return parseJsonObject(source.name, bytes);
}
