import type { ByteSource } from "./source/byte-source.ts";
import { fileFault, shownName } from "./header/file-fault.ts";
import {
  isRecord,
  isSize,
  type JsonHeader,
  type JsonObject,
  parseJsonObject,
  readJsonFile,
} from "./json-header.ts";
import type { FileTensor, ModelFile } from "./header/model-file.ts";
import { MiB } from "../../shared/units.ts";
import { ownValue } from "../../shared/own-value.ts";

/** A file's tensors and what else its header says. */
export type SafetensorsFile = Extract<ModelFile, { readonly format: "safetensors" }>;

/** Longest header (the format's own limit is 100 MB; published ones have under 10 MB). While it is read it is there three times. */
const maxHeaderBytes = 16 * MiB;
/** Most dimensions of a tensor: frameworks stop at 64, models at 5. */
const maxDimensions = 64;
/** Most tensors of a model in files: a mixture of 400 experts in 60 layers, packed in three, has 200,000. */
export const maxSafetensors = 500_000;
/** Bytes of the length before the header. */
const lengthBytes = 8;

/** Bits of an element of each type of the format (safetensors 0.8). */
const typeBits: Readonly<Record<string, number>> = {
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

/** A parsed header, the byte behind it at which the data begin, and how many there are. */
interface ReadHeader {
  readonly header: JsonHeader;
  readonly dataStart: number;
  readonly dataBytes: number | undefined;
}

/** What is wrong with a tensor's entry, or the tensor. */
function tensorOf(name: string, entry: unknown): FileTensor | string {
  if (!isRecord(entry)) return "is no object";
  const { dtype, shape, data_offsets: offsets } = entry;
  const bits = typeof dtype === "string" ? ownValue(typeBits, dtype) : undefined;
  if (typeof dtype !== "string" || bits === undefined)
    return `got the dtype ${typeof dtype === "string" ? shownName(dtype) : `of a ${typeof dtype}`}, allowed: ${Object.keys(typeBits).join(", ")}`;
  if (!Array.isArray(shape) || shape.length > maxDimensions || !shape.every(isSize))
    return `got no shape of at most ${maxDimensions} whole numbers`;
  const pair: readonly unknown[] = Array.isArray(offsets) ? offsets : [];
  const [start, end] = pair;
  if (pair.length !== 2 || !isSize(start) || !isSize(end) || end < start)
    return "got no data_offsets of two rising whole numbers";
  const sizes: readonly number[] = shape;
  // sizes of a tensor without elements would make no number of it
  const elements = sizes.includes(0) ? 0 : sizes.reduce((product, size) => product * size, 1);
  const bytes = elements * (bits / 8);
  if (bytes !== end - start) return `its shape takes ${bytes} bytes, its data_offsets ${end - start}`;
  return { name, shape: sizes, type: dtype.toLowerCase(), bytes, offset: start };
}

/**
 * Refuses tensors that share bytes, leave some out or reach past the end of the file: the format fills its data without gaps
 * (its own reader refuses others), so what is left over is a part that the header does not tell.
 */
function checkPlaces(file: string, read: ReadHeader, tensors: readonly FileTensor[]): void {
  const { header, dataStart, dataBytes } = read;
  // a header alone describes a model; a file that goes on after it must hold what it says
  const end = dataBytes === 0 ? undefined : dataBytes;
  let passed = 0;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    const start = tensor.offset;
    const tensorEnd = start + tensor.bytes;
    const reason =
      start < passed
        ? `begins at ${start} of the data, within another tensor`
        : start > passed
          ? `begins at ${start} of the data, allowed: ${passed}, where the tensor before it ends`
          : end !== undefined && tensorEnd > end
            ? `ends at byte ${tensorEnd} of the data, of which there are ${end}`
            : undefined;
    if (reason !== undefined)
      throw fileFault(file, `${shownName(tensor.name)}: ${reason}`, placeOf(header, tensor.name));
    passed = tensorEnd;
  }
  if (end !== undefined && passed < end)
    throw fileFault(file, `its tensors end at byte ${passed} of the data, of which there are ${end}`, {
      byte: dataStart + passed,
    });
}

function placeOf(header: JsonHeader, key: string): { readonly byte?: number } {
  const byte = header.byteOf(key);
  return byte === undefined ? {} : { byte };
}

async function readHeader(source: ByteSource): Promise<ReadHeader> {
  const start = await source.read(0, lengthBytes);
  if (start.length < lengthBytes)
    throw fileFault(source.name, "the file ends within its first eight bytes", { byte: start.length });
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > maxHeaderBytes)
    throw fileFault(source.name, `got a header of ${length} bytes, allowed: ${maxHeaderBytes}`, { byte: 0 });
  const end = lengthBytes + length;
  if (source.byteLength !== undefined && source.byteLength < end)
    throw fileFault(source.name, `the file ends within its header, which goes on to byte ${end}`, {
      byte: source.byteLength,
    });
  const bytes = await source.read(lengthBytes, length);
  if (bytes.length < length)
    throw fileFault(source.name, `the file ends within its header, which goes on to byte ${end}`, {
      byte: lengthBytes + bytes.length,
    });
  const header = parseJsonObject(source.name, bytes, lengthBytes);
  const dataBytes = source.byteLength === undefined ? undefined : source.byteLength - end;
  return { header, dataStart: end, dataBytes };
}

/** The header of one safetensors file, without what lies beside it. Throws `invalid-data` with the file and the byte. */
export async function readSafetensorsPart(source: ByteSource): Promise<SafetensorsFile> {
  const read = await readHeader(source);
  const { header } = read;
  const tensors: FileTensor[] = [];
  for (const name of Object.keys(header.object)) {
    if (name === "__metadata__") continue;
    const tensor = tensorOf(name, header.object[name]);
    if (typeof tensor === "string")
      throw fileFault(source.name, `${shownName(name)}: ${tensor}`, placeOf(header, name));
    tensors.push(tensor);
  }
  checkPlaces(source.name, read, tensors);
  const metadata = header.object["__metadata__"];
  const entries = isRecord(metadata) ? Object.entries(metadata) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    format: "safetensors",
    name: source.name,
    metadata: Object.fromEntries(texts),
    tensors,
    config: undefined,
    parts: 1,
    byteLength: source.byteLength,
  };
}

/** config.json beside a file, where there is one. */
export async function configBeside(source: ByteSource): Promise<JsonObject | undefined> {
  const config = await source.sibling?.("config.json");
  if (config === undefined) return undefined;
  try {
    return (await readJsonFile(config)).object;
  } finally {
    await config.close?.();
  }
}
