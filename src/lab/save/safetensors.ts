import { LoadlineError } from "../../shared/errors.ts";
import { describeValue, requireInteger } from "../../shared/options.ts";
import {
  headerLengthBytes,
  metadataName,
  readHeaderLength,
  readSafetensorsHeader,
} from "../../shared/safetensors-header.ts";
import type { SafetensorsEntry, SafetensorsRules } from "../../shared/safetensors-header.ts";

/** Types of numbers in the lab's files; the format has more. */
type SafetensorsType = "F32" | "I32" | "U8";

/** Bytes of one number. */
const bytesOfType: Readonly<Record<SafetensorsType, number>> = { F32: 4, I32: 4, U8: 1 };

/** Largest header, as in the format's own reader, so that a hostile length does not cost minutes. */
export const maxHeaderBytes = 100_000_000;
/** Tensors of one file; networks of 2,000 layers with their optimizer state have far fewer. */
export const maxTensors = 100_000;

const rules: SafetensorsRules = {
  maxHeaderBytes,
  maxTensors,
  // The lab's tensors have at most four.
  maxDimensions: 8,
  // Without a limit, 100 MB of header could become millions of small strings.
  maxMetadataEntries: 10_000,
  // A tensor of eight dimensions has 13.
  maxValues: 1_400_000,
  types: Object.keys(bytesOfType),
  strict: true,
};

/** A tensor with its numbers in row order. The type of its array is its type in the file: F32, I32 or U8. */
export interface SafeTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Contents of a safetensors file. */
export interface SafetensorsFile {
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header is padded to a multiple of this, so that any number can be read in place. */
const headerAlignment = 8;

function typeOf(data: SafeTensor["data"]): SafetensorsType {
  if (data instanceof Float32Array) return "F32";
  return data instanceof Int32Array ? "I32" : "U8";
}

function requireWellFormed(what: string, text: string): void {
  if (text.isWellFormed()) return;
  throw new LoadlineError("invalid-option", `${what}: got an unpaired surrogate, allowed: well-formed text`);
}

function checkTensor(tensor: SafeTensor, seen: Set<string>): void {
  const { name, shape, data } = tensor;
  const what = `tensor ${describeValue(name)}`;
  requireWellFormed(what, name);
  if (name === metadataName || seen.has(name)) {
    throw new LoadlineError(
      "invalid-option",
      `${what}: got the name ${name === metadataName ? "of the metadata" : "twice"}, allowed: one of its own`,
    );
  }
  seen.add(name);
  requireInteger(`dimensions of ${what}`, shape.length, 0, rules.maxDimensions);
  const elements = shape.reduce((product, each) => product * requireInteger(`${what}.shape`, each, 0), 1);
  if (elements !== data.length) {
    throw new LoadlineError(
      "invalid-option",
      `${what}: got ${data.length} numbers, allowed: ${elements} for the shape [${shape.join(", ")}]`,
    );
  }
}

function describeMetadata(metadata: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(metadata);
  requireInteger("entries of the metadata", entries.length, 0, rules.maxMetadataEntries);
  if (entries.length === 0) return [];
  const texts = entries.map(([key, value]) => {
    requireWellFormed("metadata", key);
    requireWellFormed(`metadata ${describeValue(key)}`, value);
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return [`"${metadataName}":{${texts.join(",")}}`];
}

function encodeHeader(parts: readonly string[]): Uint8Array {
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const length = Math.ceil(text.length / headerAlignment) * headerAlignment;
  requireInteger("bytes of the header", length, 0, maxHeaderBytes);
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}

/**
 * Encodes tensors as the pieces of a safetensors file: the header, then each tensor's own bytes. Nothing is copied, so saving a model
 * of 1 GB needs no second GB; write the pieces in order before the tensors change. Tensors of bytes come last, so that all numbers
 * start at multiples of 4. Format: https://github.com/huggingface/safetensors#format
 * Errors: `invalid-option` for a name that occurs twice, a size that does not match the shape, or more than the format's limits.
 */
export function encodeSafetensors(
  tensors: readonly SafeTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  requireInteger("number of tensors", tensors.length, 0, maxTensors);
  const seen = new Set<string>();
  for (const tensor of tensors) checkTensor(tensor, seen);
  const size = ({ data }: SafeTensor): number => bytesOfType[typeOf(data)];
  const ordered = tensors.toSorted((a, b) => size(b) - size(a));
  let end = 0;
  const parts = ordered.map(({ name, shape, data }) => {
    const begin = end;
    end = begin + data.byteLength;
    return `${JSON.stringify(name)}:{"dtype":"${typeOf(data)}","shape":[${shape.join(",")}],"data_offsets":[${begin},${end}]}`;
  });
  const header = encodeHeader([...describeMetadata(metadata), ...parts]);
  const pieces = ordered.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return [header, ...pieces.filter((piece) => piece.length > 0)];
}

function viewOf(bytes: Uint8Array, entry: SafetensorsEntry, start: number): SafeTensor["data"] {
  const part = bytes.subarray(start + entry.begin, start + entry.end);
  if (entry.type === "U8") return part;
  // A typed array must start at a multiple of 4, so numbers at other offsets are copied.
  const aligned = part.byteOffset % 4 === 0 ? part : part.slice();
  const count = part.length / 4;
  return entry.type === "F32"
    ? new Float32Array(aligned.buffer, aligned.byteOffset, count)
    : new Int32Array(aligned.buffer, aligned.byteOffset, count);
}

/**
 * Returns the tensors of a safetensors file, in the order of their data; `name` is the file's name in messages. Nothing is
 * copied if the data is aligned: the tensors are views of `bytes`.
 * Errors: `invalid-data` with file and byte, for anything that is not exactly such a file.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const room = Math.max(0, Math.min(maxHeaderBytes, bytes.length - headerLengthBytes));
  const length = readHeaderLength(name, bytes.subarray(0, headerLengthBytes), room);
  const dataStart = headerLengthBytes + length;
  const header = bytes.subarray(headerLengthBytes, dataStart);
  const dataBytes = bytes.length - dataStart;
  const { entries, metadata } = readSafetensorsHeader({ file: name, bytes: header, dataBytes }, rules);
  const tensors = new Map<string, SafeTensor>();
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    tensors.set(entry.name, { name: entry.name, shape: entry.shape, data: viewOf(bytes, entry, dataStart) });
  }
  return { tensors, metadata };
}
