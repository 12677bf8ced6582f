import type { ByteSource } from "./byte-source.ts";
import { fileFault, isRecord, parseJsonObject, readJsonFile } from "./json-header.ts";
import type { FileTensor, ModelFile } from "./model-file.ts";

type SafetensorsFile = Extract<ModelFile, { readonly format: "safetensors" }>;

/** Longest header (the format's own limit is 100 MB; published ones have under 10 MB). */
const maxHeaderBytes = 32 * 2 ** 20;
const maxTensors = 262_144;
const maxParts = 1024;

/** Bytes of an element of each type of the format, halves for types of four bits. */
const typeBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  F4: 0.5,
  F6_E2M3: 0.75,
  F6_E3M2: 0.75,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
  C64: 8,
};

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function tensorOf(file: string, name: string, entry: unknown): FileTensor {
  if (!isRecord(entry)) throw fileFault(file, `${name}: is no object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const each = typeof dtype === "string" && Object.hasOwn(typeBytes, dtype) ? typeBytes[dtype] : undefined;
  if (typeof dtype !== "string" || each === undefined) {
    throw fileFault(
      file,
      `${name}: got the type ${JSON.stringify(dtype)}, allowed: ${Object.keys(typeBytes).join(", ")}`,
    );
  }
  if (!Array.isArray(shape) || shape.length > 16 || !shape.every(isSize))
    throw fileFault(file, `${name}: got no shape`);
  const pair: readonly unknown[] = Array.isArray(offsets) ? offsets : [];
  const [start, end] = pair;
  if (pair.length !== 2 || !isSize(start) || !isSize(end) || end < start) {
    throw fileFault(file, `${name}: got no data_offsets of two rising numbers`);
  }
  const bytes = (shape as readonly number[]).reduce((product, size) => product * size, each);
  if (bytes !== end - start) {
    throw fileFault(file, `${name}: its shape takes ${bytes} bytes, its data_offsets ${end - start}`);
  }
  return { name, shape: shape as readonly number[], type: dtype.toLowerCase(), bytes, offset: start };
}

function checkPlaces(file: string, tensors: readonly FileTensor[], dataBytes: number | undefined): void {
  let end = 0;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    if (tensor.offset < end) throw fileFault(file, `${tensor.name}: its bytes begin within another tensor's`);
    end = tensor.offset + tensor.bytes;
  }
  if (dataBytes !== undefined && dataBytes > 0 && end > dataBytes) {
    throw fileFault(
      file,
      `its tensors end at byte ${end} of the data, past the end of the file at ${dataBytes}`,
    );
  }
}

/** Bytes of the length before the header. */
const lengthBytes = 8;

/** The header of one safetensors file. */
export async function readSafetensorsPart(source: ByteSource): Promise<SafetensorsFile> {
  const start = await source.read(0, lengthBytes);
  if (start.length < lengthBytes) throw fileFault(source.name, "the file ends within its first eight bytes");
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > maxHeaderBytes)
    throw fileFault(source.name, `got a header of ${length} bytes, allowed: ${maxHeaderBytes}`);
  const bytes = await source.read(lengthBytes, length);
  if (bytes.length < length)
    throw fileFault(source.name, `the file ends at byte ${lengthBytes + bytes.length} within its header`);
  const header = parseJsonObject(source.name, bytes);
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  if (names.length > maxTensors)
    throw fileFault(source.name, `${names.length} tensors, allowed: ${maxTensors}`);
  const tensors = names.map((name) => tensorOf(source.name, name, header[name]));
  const dataBytes = source.byteLength === undefined ? undefined : source.byteLength - lengthBytes - length;
  checkPlaces(source.name, tensors, dataBytes);
  const metadata = header["__metadata__"];
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

async function configBeside(source: ByteSource): Promise<Readonly<Record<string, unknown>> | undefined> {
  const config = await source.sibling?.("config.json");
  if (config === undefined) return undefined;
  try {
    return await readJsonFile(config);
  } finally {
    await config.close?.();
  }
}

/** A safetensors file, with config.json where there is one beside it. */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  return { ...(await readSafetensorsPart(source)), config: await configBeside(source) };
}

/** A model in several files, from its index (`model.safetensors.index.json`): the header of every part is read. */
export async function readSafetensorsIndex(
  source: ByteSource,
  index: Readonly<Record<string, unknown>>,
): Promise<SafetensorsFile> {
  const map = index["weight_map"];
  if (!isRecord(map)) throw fileFault(source.name, "has no weight_map");
  const names = [...new Set(Object.values(map))];
  if (names.length > maxParts)
    throw fileFault(source.name, `names ${names.length} files, allowed: ${maxParts}`);
  const tensors: FileTensor[] = [];
  for (const name of names) {
    if (typeof name !== "string" || /[/\\]/u.test(name))
      throw fileFault(source.name, `names the file ${JSON.stringify(name)}, allowed: files beside it`);
    const part = await source.sibling?.(name);
    if (part === undefined) throw fileFault(source.name, `the file ${name} is not beside it`);
    try {
      for (const tensor of (await readSafetensorsPart(part)).tensors) tensors.push(tensor);
    } finally {
      await part.close?.();
    }
  }
  const listed = new Set(tensors.map((tensor) => tensor.name));
  const missing = Object.keys(map).find((name) => !listed.has(name));
  if (missing !== undefined) throw fileFault(source.name, `the tensor ${missing} is in none of its files`);
  return {
    format: "safetensors",
    name: source.name,
    metadata: {},
    tensors,
    config: await configBeside(source),
    parts: names.length,
    byteLength: undefined,
  };
}
