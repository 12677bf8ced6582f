import { LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { parseJsonFile } from "../header/json-file.ts";
import type { ModelFile } from "../header/model-file.ts";
import { MiB } from "../../../shared/units.ts";

/** Bytes of a zip entry's header before its name. */
const headerBytes = 30;
/** Entries before config.json: Keras writes it second. */
const maxEntries = 256;
/** Bytes of config.json, compressed or not: the largest of Keras Applications has 1.3 MB. */
const maxConfigBytes = 8 * MiB;
/** Bytes of an entry's name: its length has 16 bits, but names are short. */
const maxNameBytes = 4096;

const advice = "Unpack it and pass its config.json, or save model.to_json()";

interface Entry {
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly packed: number;
  readonly unpacked: number;
  /** True if the sizes follow the data instead of preceding it. */
  readonly streamed: boolean;
  readonly start: number;
}

/** Reads the entry whose header is at `offset`; undefined at the end of the entries. */
async function entryAt(source: ByteSource, offset: number): Promise<Entry | undefined> {
  const bytes = await source.read(offset, headerBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || view.getUint32(0, true) !== 0x04034b50) return undefined;
  const nameBytes = view.getUint16(26, true);
  if (nameBytes > maxNameBytes)
    throw fileFault(source.name, `got an entry's name of ${nameBytes} bytes, allowed: ${maxNameBytes}`, {
      byte: offset,
    });
  const name = new TextDecoder().decode(await source.read(offset + headerBytes, nameBytes));
  const flags = view.getUint16(6, true);
  if ((flags & 1) !== 0)
    throw fileFault(source.name, `${quoteName(name)} is encrypted. ${advice}`, { byte: offset });
  return {
    name,
    method: view.getUint16(8, true),
    packed: view.getUint32(18, true),
    unpacked: view.getUint32(22, true),
    streamed: (flags & 8) !== 0,
    start: offset + headerBytes + nameBytes + view.getUint16(28, true),
  };
}

/** Decompresses bytes, up to the limit, whatever their header claims. */
async function inflate(file: string, packed: Uint8Array): Promise<Uint8Array> {
  const bytes = new Uint8Array(packed);
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw fileFault(file, "its config.json cannot be decompressed", { cause });
    });
    if (done) break;
    length += value.length;
    if (length > maxConfigBytes) {
      await reader.cancel();
      throw fileFault(
        file,
        `got a config.json of more than ${maxConfigBytes} bytes, allowed: ${maxConfigBytes}`,
      );
    }
    parts.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function readConfig(source: ByteSource, entry: Entry): Promise<Uint8Array> {
  const { name } = source;
  if (entry.method !== 0 && entry.method !== 8)
    throw fileFault(name, `its config.json is compressed with method ${entry.method}. ${advice}`);
  if (entry.packed > maxConfigBytes || entry.unpacked > maxConfigBytes)
    throw fileFault(name, `got a config.json of ${entry.unpacked} bytes, allowed: ${maxConfigBytes}`);
  const packed = await source.read(entry.start, entry.packed);
  if (packed.length < entry.packed) throw fileFault(name, "the file ends within its config.json");
  return entry.method === 0 ? packed : inflate(name, packed);
}

/**
 * Reads the network in a `.keras` file, a zip archive of config.json, metadata and weights. Walks the entries' headers up to
 * config.json and never reads weights. Errors: `invalid-data`; `unknown-format` for an archive without config.json.
 */
export async function readKerasArchive(source: ByteSource): Promise<ModelFile> {
  const { name } = source;
  let offset = 0;
  for (let passed = 0; passed < maxEntries; passed++) {
    const entry = await entryAt(source, offset);
    if (entry === undefined) break;
    // Keras writes sizes before the data. Where they follow it, only the directory at the archive's end has them.
    if (entry.streamed && entry.packed === 0) throw fileFault(name, `its entries have no sizes. ${advice}`);
    if (entry.name === "config.json") {
      const { object } = parseJsonFile(`${name}/config.json`, await readConfig(source, entry));
      return { format: "keras", name, topology: object, weights: [] };
    }
    if (entry.packed === 0xffff_ffff) break;
    offset = entry.start + entry.packed;
  }
  throw new LoadlineError(
    "unknown-format",
    `${name}: a zip archive without a config.json of Keras. If it is a PyTorch checkpoint, save it as .safetensors`,
    { details: { file: name } },
  );
}
