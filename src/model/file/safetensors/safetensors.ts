import {
  headerLengthBytes,
  readHeaderLength,
  readSafetensorsHeader,
  safetensorsTypeBits,
} from "../../../shared/safetensors-header.ts";
import type { SafetensorsRules } from "../../../shared/safetensors-header.ts";
import { fileFault } from "../../../shared/file-fault.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { MiB } from "../../../shared/units.ts";
import type { ModelFile } from "../header/model-file.ts";
import { readJsonFile } from "../header/json-file.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** The header of a safetensors file or of all files of one model. */
export type SafetensorsFile = Extract<ModelFile, { readonly format: "safetensors" }>;

/** Tensors of a model in several files: a mixture of 400 experts in 60 layers, packed in three, has 200,000. */
export const maxSafetensors = 500_000;

const rules: SafetensorsRules = {
  // The format's own limit is 100 MB; published headers have under 10 MB. Reading one holds it in memory three times.
  maxHeaderBytes: 16 * MiB,
  // A mixture of 400 experts in 60 layers, packed in three, has 207,000.
  maxTensors: 262_143,
  // Frameworks stop at 64, models at 5.
  maxDimensions: 64,
  maxMetadataEntries: 262_144,
  // A header of 90,000 tensors has that many.
  maxValues: 700_000,
  types: Object.keys(safetensorsTypeBits),
  strict: false,
};

async function readHeaderBytes(source: ByteSource): Promise<Uint8Array> {
  const { name } = source;
  const length = readHeaderLength(name, await source.read(0, headerLengthBytes), rules.maxHeaderBytes);
  const end = headerLengthBytes + length;
  const tooShort = (byte: number): Error =>
    fileFault(name, `the file ends within its header, which extends to byte ${end}`, { byte });
  if (source.byteLength !== undefined && source.byteLength < end) throw tooShort(source.byteLength);
  const bytes = await source.read(headerLengthBytes, length);
  if (bytes.length < length) throw tooShort(headerLengthBytes + bytes.length);
  return bytes;
}

/** Reads the header of one safetensors file, without those next to it. Errors: `invalid-data` with the file and the byte. */
export async function readSafetensorsPart(source: ByteSource): Promise<SafetensorsFile> {
  const bytes = await readHeaderBytes(source);
  const rest = source.byteLength === undefined ? 0 : source.byteLength - headerLengthBytes - bytes.length;
  // A header alone describes a model. A file that continues after it must hold all its tensors.
  const dataBytes = rest === 0 ? undefined : rest;
  const { entries, metadata } = readSafetensorsHeader({ file: source.name, bytes, dataBytes }, rules);
  return {
    format: "safetensors",
    name: source.name,
    metadata: Object.fromEntries(Object.entries(metadata)),
    tensors: entries.map(({ name, shape, type, begin, end }) => ({
      name,
      shape,
      type: type.toLowerCase(),
      bytes: end - begin,
      offset: begin,
    })),
    config: undefined,
    parts: 1,
    byteLength: source.byteLength,
  };
}

/** Reads the config.json next to a file; undefined where there is none. */
export async function readConfig(source: ByteSource): Promise<JsonObject | undefined> {
  const config = await source.sibling?.("config.json");
  if (config === undefined) return undefined;
  try {
    return (await readJsonFile(config)).object;
  } finally {
    await config.close?.();
  }
}
