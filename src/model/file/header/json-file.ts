import { fileFault } from "../../../shared/file-fault.ts";
import type { JsonLimits } from "../../../shared/json/find-excess.ts";
import { parseJsonObject } from "../../../shared/json/parse-json-object.ts";
import type { JsonHeader } from "../../../shared/json/parse-json-object.ts";
import { MiB } from "../../../shared/units.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** Bytes of a JSON file: the largest topologies and file lists have some megabytes. */
const maxJsonBytes = 8 * MiB;
/** Bytes of an index: that of a model of 140,000 tensors has 14 MB. Reading one holds it in memory three times. */
const maxIndexBytes = 20 * MiB;

const limits: JsonLimits = {
  // Topologies of nested Keras models reach about 20, and a parser's stack ends at some thousands.
  maxDepth: 200,
  // An index may have 700,000.
  maxValues: 700_000,
  // An index of a mixture of 400 experts in 60 layers, packed in three, has 207,000.
  maxKeys: 262_144,
};

/** Parses the bytes of a file as one JSON object. Errors: `invalid-data` with the file and the byte. */
export function parseJsonFile(file: string, bytes: Uint8Array): JsonHeader {
  return parseJsonObject({ file, bytes, start: 0, limits });
}

/** Reads a JSON file up to its limit. Errors: `invalid-data` with the file and the byte. */
export async function readJsonFile(source: ByteSource): Promise<JsonHeader> {
  const { name, byteLength } = source;
  const limit = name.endsWith(".index.json") ? maxIndexBytes : maxJsonBytes;
  if (byteLength !== undefined && byteLength > limit)
    throw fileFault(name, `got ${byteLength} bytes, allowed for JSON: ${limit}`);
  const bytes = await source.read(0, byteLength ?? limit + 1);
  if (bytes.length > limit) throw fileFault(name, `got more than ${limit} bytes, allowed for JSON: ${limit}`);
  return parseJsonFile(name, bytes);
}
