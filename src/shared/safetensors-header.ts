import { fileFault, quoteName } from "./file-fault.ts";
import { isJsonObject, isSize } from "./json/json-object.ts";
import { parseJsonObject } from "./json/parse-json-object.ts";
import type { JsonHeader } from "./json/parse-json-object.ts";
import { ownValue } from "./own-value.ts";

/** Bytes of the length before the header: a little-endian number of 64 bits. */
export const headerLengthBytes = 8;

/** The key under which a header holds its metadata; no tensor can have this name. */
export const metadataName = "__metadata__";

/** Bits of an element of each type of the format (safetensors 0.8). */
export const safetensorsTypeBits: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

/** What a reader accepts. */
export interface SafetensorsRules {
  readonly maxHeaderBytes: number;
  readonly maxTensors: number;
  readonly maxDimensions: number;
  readonly maxMetadataEntries: number;
  /** Values in the header: a tensor of two dimensions has 8. */
  readonly maxValues: number;
  /** Types of elements, such as "F32". */
  readonly types: readonly string[];
  /**
   * Refuses what this project's own writer never writes: other fields of a tensor, metadata that is not text, numbers that are
   * not only digits. Otherwise such fields and metadata are ignored.
   */
  readonly strict: boolean;
}

/** A tensor of a header. */
export interface SafetensorsEntry {
  readonly name: string;
  /** The type as the file writes it, such as "BF16". */
  readonly type: string;
  readonly shape: readonly number[];
  /** First byte, counted from the first byte after the header. */
  readonly begin: number;
  /** Byte after the last one, counted in the same way. */
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  /** Texts by name. Has no prototype, so that "__proto__" is a name like any other. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header's bytes, without its length, and the file that they are from. */
export interface HeaderBytes {
  /** The file's name in messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Bytes of the file after the header, which the tensors must fill; undefined skips that check. */
  readonly dataBytes: number | undefined;
}

/** Deepest nesting: a header needs three levels, its metadata and unknown fields may have more. */
const maxDepth = 200;
/** Cure for a file whose data does not fit its header. */
const damaged = "; the file is incomplete or damaged, so download or save it again";
const entryFields: ReadonlySet<string> = new Set(["dtype", "shape", "data_offsets"]);

/**
 * Returns the length of the header, from the first eight bytes of a file. Errors: `invalid-data` for too few bytes or a header
 * that is too long.
 */
export function readHeaderLength(file: string, start: Uint8Array, maxHeaderBytes: number): number {
  if (start.length < headerLengthBytes)
    throw fileFault(
      file,
      `got ${start.length} bytes, allowed: at least the 8 that state the header's length`,
      {
        byte: start.length,
      },
    );
  const view = new DataView(start.buffer, start.byteOffset, headerLengthBytes);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes))
    throw fileFault(file, `got a header of ${length} bytes, allowed: at most ${maxHeaderBytes}`, { byte: 0 });
  return Number(length);
}

/** Returns the bytes of a tensor: not a safe integer if the product of its dimensions is too large, 0 without elements. */
export function measureShape(bits: number, shape: readonly number[]): number {
  const elements = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  return elements * (bits / 8);
}

/** Reads a tensor's entry; returns what is wrong with it. */
function readEntry(name: string, entry: unknown, rules: SafetensorsRules): SafetensorsEntry | string {
  if (!isJsonObject(entry))
    return "got a value that is not an object, allowed: dtype, shape and data_offsets";
  const { dtype, shape, data_offsets: offsets } = entry;
  const other = rules.strict ? Object.keys(entry).find((field) => !entryFields.has(field)) : undefined;
  if (other !== undefined) return `got the field ${quoteName(other)}, allowed: dtype, shape, data_offsets`;
  const bits = typeof dtype === "string" ? ownValue(safetensorsTypeBits, dtype) : undefined;
  if (typeof dtype !== "string" || bits === undefined || !rules.types.includes(dtype)) {
    const got = typeof dtype === "string" ? quoteName(dtype) : `of a ${typeof dtype}`;
    return `got the dtype ${got}, allowed: ${rules.types.join(", ")}`;
  }
  if (!Array.isArray(shape) || shape.length > rules.maxDimensions || !shape.every(isSize))
    return `got no shape of at most ${rules.maxDimensions} whole numbers`;
  const sizes: readonly number[] = shape;
  const pair: readonly unknown[] = Array.isArray(offsets) ? offsets : [];
  const [begin, end] = pair;
  if (pair.length !== 2 || !isSize(begin) || !isSize(end) || end < begin)
    return "got no data_offsets of two rising whole numbers";
  const bytes = measureShape(bits, sizes);
  if (bytes !== end - begin)
    return `got data_offsets that are ${end - begin} bytes apart, allowed: ${bytes}, for ${dtype} of [${sizes.join(", ")}]`;
  return { name, type: dtype, shape: sizes, begin, end };
}

function readMetadata(value: unknown, rules: SafetensorsRules): Record<string, string> | string {
  const metadata = Object.create(null) as Record<string, string>;
  if (!isJsonObject(value))
    return rules.strict && value !== undefined ? "got metadata that is not an object" : metadata;
  const entries = Object.entries(value);
  if (entries.length > rules.maxMetadataEntries)
    return `got ${entries.length} entries of metadata, allowed: at most ${rules.maxMetadataEntries}`;
  for (const [key, text] of entries) {
    if (typeof text === "string") metadata[key] = text;
    else if (rules.strict) return `got metadata ${quoteName(key)} that is not a text`;
  }
  return metadata;
}

/** Returns the byte of a key of the header, for an error. */
function findPlace(header: JsonHeader, key: string): { readonly byte?: number } {
  const byte = header.byteOf(key);
  return byte === undefined ? {} : { byte };
}

/**
 * Refuses tensors that share bytes, leave gaps or exceed the file. The format fills its data without gaps (its own reader
 * refuses others), so remaining bytes are a part that the header does not describe.
 */
function checkPlaces(source: HeaderBytes, header: JsonHeader, entries: readonly SafetensorsEntry[]): void {
  const { file, dataBytes } = source;
  let filled = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const isCut = dataBytes !== undefined && end > dataBytes;
    if (begin !== filled || isCut) {
      const limit = dataBytes === undefined ? "" : `, to ${dataBytes} at most`;
      throw fileFault(
        file,
        `tensor ${quoteName(name)}: got the bytes ${begin} to ${end} of the data, allowed: from ${filled}, where the one before ends${limit}${isCut ? damaged : ""}`,
        findPlace(header, name),
      );
    }
    filled = end;
  }
  if (dataBytes !== undefined && filled !== dataBytes)
    throw fileFault(
      file,
      `got ${dataBytes} bytes of data, allowed: the ${filled} that the tensors fill${damaged}`,
      {
        byte: headerLengthBytes + source.bytes.length + filled,
      },
    );
}

/** Reads the header of a safetensors file. Errors: `invalid-data` with the file and the byte. */
export function readSafetensorsHeader(source: HeaderBytes, rules: SafetensorsRules): SafetensorsHeader {
  const { file, bytes } = source;
  const { maxTensors, maxValues, strict } = rules;
  const limits = { maxDepth, maxValues, maxKeys: maxTensors + 1, allowProto: strict, digitsOnly: strict };
  const header = parseJsonObject({ file, bytes, start: headerLengthBytes, limits });
  const entries: SafetensorsEntry[] = [];
  for (const name of Object.keys(header.object)) {
    if (name === metadataName) continue;
    const entry = readEntry(name, header.object[name], rules);
    if (typeof entry === "string")
      throw fileFault(file, `tensor ${quoteName(name)}: ${entry}`, findPlace(header, name));
    entries.push(entry);
  }
  if (entries.length > maxTensors)
    throw fileFault(file, `got ${entries.length} tensors, allowed: at most ${maxTensors}`, {
      byte: headerLengthBytes,
    });
  checkPlaces(source, header, entries);
  const metadata = readMetadata(header.object[metadataName], rules);
  if (typeof metadata === "string") throw fileFault(file, metadata, findPlace(header, metadataName));
  return { entries, metadata };
}
