import { describeValue } from "../../shared/options.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { openJson, refuseBytes } from "./json-cursor.ts";

/** How numbers are kept in the files of the lab. The format knows more; nothing here writes them. */
export type SafetensorsType = "F32" | "I32" | "U8";

/** Bytes of one number. */
export const bytesOfType: Readonly<Record<SafetensorsType, number>> = { F32: 4, I32: 4, U8: 1 };

/** Largest header, as in the format's own reader: a hostile length must not lead to reading for minutes. */
export const maxHeaderBytes = 100_000_000;
/** Tensors of one file; networks of 2000 layers with their optimizer state stay far below. */
export const maxTensors = 100_000;
/** Dimensions of a tensor; the lab's have four at most. */
export const maxDimensions = 8;
/** Entries of the metadata; without it, 100 MB of header could become millions of small strings. */
export const maxMetadataEntries = 10_000;
/** The name under which the header holds its metadata; no tensor can be called so. */
export const metadataName = "__metadata__";

/** What the header says of a tensor; `begin` and `end` count from the first byte after the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  /** Byte of the file where its description stands. */
  readonly at: number;
}

/** A header, checked for itself: tensors in the order of the data, which they fill without a gap. */
export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads `{ "name": value, … }`, each name once; `read` is called at each value. */
function readObject(
  cursor: JsonCursor,
  file: string,
  max: number,
  read: (name: string, at: number) => void,
): void {
  const seen = new Set<string>();
  cursor.expect("{");
  if (cursor.take("}")) return;
  do {
    const at = cursor.at();
    const name = cursor.readText();
    if (seen.has(name)) refuseBytes(file, at, `got ${describeValue(name)} twice, allowed: each name once`);
    if (seen.size >= max) refuseBytes(file, at, `got more than ${max} names, allowed: at most ${max}`);
    seen.add(name);
    cursor.expect(":");
    read(name, at);
  } while (cursor.take(","));
  cursor.expect("}");
}

function readIntegers(cursor: JsonCursor, file: string, max: number): readonly number[] {
  const at = cursor.at();
  const numbers: number[] = [];
  cursor.expect("[");
  if (cursor.take("]")) return numbers;
  do {
    if (numbers.length >= max) refuseBytes(file, at, `got more than ${max} numbers, allowed: at most ${max}`);
    numbers.push(cursor.readInteger());
  } while (cursor.take(","));
  cursor.expect("]");
  return numbers;
}

/** Bytes of a tensor; undefined where that is no exact number. */
export function bytesOfShape(type: SafetensorsType, shape: readonly number[]): number | undefined {
  let bytes = bytesOfType[type];
  for (const dimension of shape) bytes *= dimension;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function isType(text: string): text is SafetensorsType {
  return Object.hasOwn(bytesOfType, text);
}

function readEntry(cursor: JsonCursor, file: string, name: string, at: number): HeaderEntry {
  const tensor = `tensor ${describeValue(name)}`;
  let type: string | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  readObject(cursor, file, 3, (field, place) => {
    if (field === "dtype") type = cursor.readText();
    else if (field === "shape") shape = readIntegers(cursor, file, maxDimensions);
    else if (field === "data_offsets") offsets = readIntegers(cursor, file, 2);
    else {
      const got = describeValue(field);
      refuseBytes(file, place, `${tensor}: got the field ${got}, allowed: dtype, shape, data_offsets`);
    }
  });
  if (type === undefined || shape === undefined || offsets === undefined) {
    refuseBytes(file, at, `${tensor}: got a part of its fields, allowed: dtype, shape and data_offsets`);
  }
  if (!isType(type)) {
    refuseBytes(file, at, `${tensor}: got the dtype ${describeValue(type)}, allowed: F32, I32, U8`);
  }
  const [begin, end] = offsets;
  const bytes = bytesOfShape(type, shape);
  if (begin === undefined || end === undefined || end - begin !== bytes) {
    refuseBytes(
      file,
      at,
      `${tensor}: got the offsets [${offsets.join(", ")}], ` +
        `allowed: two that are ${bytes ?? "more than 2^53"} bytes apart, for ${type} of [${shape.join(", ")}]`,
    );
  }
  return { name, type, shape, begin, end, at };
}

/** The tensors in the order of their data. They must fill all of it: no overlap, no gap, nothing behind the last one. */
function orderEntries(
  entries: readonly HeaderEntry[],
  file: string,
  dataBytes: number,
): readonly HeaderEntry[] {
  const ordered = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let filled = 0;
  for (const { name, begin, end, at } of ordered) {
    if (begin !== filled || end > dataBytes) {
      refuseBytes(
        file,
        at,
        `tensor ${describeValue(name)}: got the bytes ${begin} to ${end} of the data, ` +
          `allowed: from ${filled}, where the one before ends, to ${dataBytes} at most`,
      );
    }
    filled = end;
  }
  return ordered;
}

/** The header of a safetensors file, checked against the size of the file. Errors: `invalid-data` with file and byte. */
export function readHeader(bytes: Uint8Array, file: string): Header & { readonly dataStart: number } {
  const lengthBytes = 8;
  if (bytes.length < lengthBytes) {
    refuseBytes(
      file,
      bytes.length,
      `got ${bytes.length} bytes, allowed: at least the 8 that give the header's length`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  const room = Math.min(maxHeaderBytes, bytes.length - lengthBytes);
  if (length > BigInt(room)) {
    const why = room === maxHeaderBytes ? "the longest header there is" : "what is left of the file";
    refuseBytes(file, 0, `got a header of ${length} bytes, allowed: at most ${room}, ${why}`);
  }
  const dataStart = lengthBytes + Number(length);
  const cursor = openJson(bytes, lengthBytes, dataStart, file);
  const entries: HeaderEntry[] = [];
  // Without a prototype, so that "__proto__" is a name like any other.
  const metadata = Object.create(null) as Record<string, string>;
  readObject(cursor, file, maxTensors + 1, (name, at) => {
    if (name === metadataName) {
      readObject(cursor, file, maxMetadataEntries, (key) => {
        metadata[key] = cursor.readText();
      });
      return;
    }
    if (entries.length >= maxTensors) {
      refuseBytes(file, at, `got more than ${maxTensors} tensors, allowed: at most ${maxTensors}`);
    }
    entries.push(readEntry(cursor, file, name, at));
  });
  if (!cursor.atEnd()) refuseBytes(file, cursor.at(), "got more text after the header, allowed: blanks");
  const dataBytes = bytes.length - dataStart;
  const ordered = orderEntries(entries, file, dataBytes);
  const filled = ordered.at(-1)?.end ?? 0;
  if (filled !== dataBytes) {
    refuseBytes(
      file,
      dataStart + filled,
      `got ${dataBytes} bytes of data, allowed: the ${filled} that the tensors fill`,
    );
  }
  return { entries: ordered, metadata, dataStart };
}
