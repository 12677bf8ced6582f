import { LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { checkGgufTensors, readGgufTensors } from "./gguf-tensors.ts";
import { readGgufSettings } from "./gguf-values.ts";
import { HeaderCursor } from "../header/header-cursor.ts";
import type { FileTensor, FileValue, ModelFile } from "../header/model-file.ts";
import { mapInOrder } from "../source/map-in-order.ts";
import { MiB } from "../../../shared/units.ts";

type GgufFile = Extract<ModelFile, { readonly format: "gguf" }>;

/** Bytes of a header: those with vocabularies of a quarter of a million tokens have about 16 MiB. */
const maxHeaderBytes = 64 * MiB;
/** The largest published models have some thousand tensors and some hundred settings. */
const maxTensors = 32_768;
const maxSettings = 4096;
/** Bytes that one takes at least in the header: its name, its type, and a value or an offset. */
const minTensorBytes = 8 + 1 + 4 + 4 + 8;
const minSettingBytes = 8 + 4 + 1;
/** Bytes to which tensors are aligned: files have 32. */
const maxAlignment = 2 ** 16;
/** Files that one model is split into. */
const maxParts = 1024;

async function readStart(
  cursor: HeaderCursor,
): Promise<{ readonly version: number; readonly tensorCount: number; readonly settingCount: number }> {
  await cursor.run(() => {
    if (cursor.u32() !== 0x46_55_47_47) throw cursor.fault("its first bytes are not GGUF", 0);
    cursor.keep();
  });
  const version = await cursor.run(() => cursor.u32());
  if (version === 0x02_00_00_00 || version === 0x03_00_00_00)
    throw cursor.fault("got a big-endian file, allowed: little-endian ones", 4);
  if (version !== 2 && version !== 3) throw cursor.fault(`got version ${version}, allowed: 2 and 3`, 4);
  const counts = await cursor.run(() => [cursor.u64(), cursor.u64()] as const);
  const [tensorCount, settingCount] = counts;
  if (tensorCount > maxTensors)
    throw cursor.fault(`got ${tensorCount} tensors, allowed: up to ${maxTensors}`, 8);
  if (settingCount > maxSettings)
    throw cursor.fault(`got ${settingCount} settings, allowed: up to ${maxSettings}`, 16);
  cursor.requireRoom("settings", settingCount, minSettingBytes);
  cursor.requireRoom("tensors", tensorCount, minTensorBytes);
  return { version, tensorCount, settingCount };
}

async function readPart(source: ByteSource): Promise<GgufFile> {
  const cursor = new HeaderCursor(source, maxHeaderBytes);
  const { version, tensorCount, settingCount } = await readStart(cursor);
  const { settings: metadata, byteOf } = await readGgufSettings(cursor, settingCount);
  const alignment = alignmentOf(cursor, metadata["general.alignment"], byteOf.get("general.alignment"));
  const listed = await readGgufTensors(cursor, tensorCount);
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment;
  checkGgufTensors(cursor, listed, { alignment, dataStart, fileBytes: source.byteLength });
  return {
    format: "gguf",
    name: source.name,
    version,
    parts: 1,
    alignment,
    metadata,
    tensors: listed.map((entry) => entry.tensor),
    byteLength: source.byteLength,
  };
}

function alignmentOf(cursor: HeaderCursor, value: FileValue | undefined, byte: number | undefined): number {
  if (value === undefined) return 32;
  const fits = typeof value === "number" && Number.isInteger(value) && value >= 8 && value <= maxAlignment;
  if (fits && Number.isInteger(Math.log2(value))) return value;
  const got = typeof value === "number" ? value : `a ${typeof value}`;
  throw cursor.fault(`general.alignment: got ${got}, allowed: powers of two from 8 to ${maxAlignment}`, byte);
}

const partName = /^(.*)-\d{5}-of-(\d{5})\.gguf$/su;

/**
 * Reads the header of a GGUF file, version 2 or 3. Of a split model, any part leads to all others in its folder.
 * Errors: `invalid-data` with the file and the byte; `not-found` for a missing part.
 */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const given = await readPart(source);
  const count = given.metadata["split.count"];
  if (typeof count !== "number" || count <= 1) return given;
  const [, stem, named] = partName.exec(source.name) ?? [];
  if (named !== undefined && Number(named) !== count)
    throw fileFault(source.name, `split.count says ${count} parts, but its name says ${Number(named)}`);
  if (stem === undefined || count > maxParts || !Number.isInteger(count)) {
    throw fileFault(
      source.name,
      `is one of ${count} parts, allowed: names like model-00001-of-00003.gguf, and up to ${maxParts} parts`,
    );
  }
  const names = Array.from({ length: count }, (_, index) => partNameOf(stem, index + 1, count));
  const parts = await mapInOrder(names, (name) =>
    name === source.name ? Promise.resolve(given) : readSibling(source, name),
  );
  return joinParts(source.name, parts);
}

function partNameOf(stem: string, part: number, count: number): string {
  return `${stem}-${String(part).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.gguf`;
}

async function readSibling(source: ByteSource, name: string): Promise<GgufFile> {
  const part = await source.sibling?.(name);
  if (part === undefined) {
    throw new LoadlineError(
      "not-found",
      `${name}: this part of the model is missing. Put it in the folder of ${source.name}`,
      {
        details: { file: name },
      },
    );
  }
  try {
    return await readPart(part);
  } finally {
    await part.close?.();
  }
}

function joinParts(file: string, parts: readonly GgufFile[]): GgufFile {
  const tensors: FileTensor[] = [];
  const names = new Set<string>();
  const [lead] = parts;
  let byteLength: number | undefined = 0;
  for (const [index, part] of parts.entries()) {
    const { "split.no": number, "split.count": count } = part.metadata;
    if (number !== index || count !== parts.length) {
      const said =
        number === undefined
          ? "does not state its part number (split.no)"
          : `says it is part ${String(number)} (from 0) of ${String(count)}`;
      throw fileFault(part.name, `${said}, but its name says ${index} of ${parts.length}`);
    }
    const { "general.architecture": family } = part.metadata;
    if (family !== undefined && family !== lead?.metadata["general.architecture"])
      throw fileFault(
        part.name,
        `belongs to another model: its general.architecture differs from that of ${lead?.name}`,
      );
    for (const tensor of part.tensors) {
      if (names.has(tensor.name))
        throw fileFault(part.name, `the tensor ${quoteName(tensor.name)} is also in an earlier part`);
      names.add(tensor.name);
      tensors.push(tensor);
    }
    if (tensors.length > maxTensors) throw fileFault(file, `its parts list more than ${maxTensors} tensors`);
    byteLength =
      part.byteLength === undefined || byteLength === undefined ? undefined : byteLength + part.byteLength;
  }
  const stated = lead?.metadata["split.tensors.count"];
  if (typeof stated === "number" && stated !== tensors.length)
    throw fileFault(file, `its parts list ${tensors.length} tensors, but split.tensors.count says ${stated}`);
  if (lead === undefined) throw fileFault(file, "has no parts");
  return { ...lead, name: file, parts: parts.length, tensors, byteLength };
}
