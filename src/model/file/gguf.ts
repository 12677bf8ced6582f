import { LoadlineError } from "../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkGgufTensors, readGgufTensor } from "./gguf-tensors.ts";
import { readGgufValue } from "./gguf-values.ts";
import { HeaderCursor, NeedsMore } from "./header-cursor.ts";
import type { FileTensor, FileValue, ModelFile } from "./model-file.ts";

type GgufFile = Extract<ModelFile, { readonly format: "gguf" }>;

/** Most tensors and settings: the largest published models have some ten thousand and some hundred. */
const maxTensors = 65_536;
const maxSettings = 65_536;
/** Largest alignment of tensors; files have 32. */
const maxAlignment = 2 ** 16;
/** Most files that one model is split into. */
const maxParts = 1024;

/** Runs a step that may find too few bytes; then more are fetched and it begins again. */
async function step<Result>(cursor: HeaderCursor, run: () => Result): Promise<Result> {
  for (;;) {
    const start = cursor.offset;
    try {
      return run();
    } catch (error) {
      if (!(error instanceof NeedsMore)) throw error;
      cursor.offset = start;
      await cursor.want(error.bytes);
    }
  }
}

async function readPart(source: ByteSource): Promise<GgufFile> {
  const cursor = new HeaderCursor(source);
  const { version, tensorCount, settingCount } = await step(cursor, () => {
    cursor.skip(4);
    const release = cursor.u32();
    if (release === 0x02_00_00_00 || release === 0x03_00_00_00) {
      throw cursor.fault("a big-endian file, allowed: little-endian ones", 4);
    }
    if (release !== 2 && release !== 3) throw cursor.fault(`version ${release}, allowed: 2 and 3`, 4);
    return {
      version: release,
      tensorCount: cursor.u64("number of tensors"),
      settingCount: cursor.u64("number of settings"),
    };
  });
  if (tensorCount > maxTensors)
    throw cursor.fault(`${tensorCount} tensors, allowed: at most ${maxTensors}`, 8);
  if (settingCount > maxSettings)
    throw cursor.fault(`${settingCount} settings, allowed: at most ${maxSettings}`, 16);
  const metadata = new Map<string, FileValue>();
  for (let index = 0; index < settingCount; index++) {
    const at = cursor.offset;
    const [key, value] = await step(
      cursor,
      () => [cursor.text("a setting's name"), readGgufValue(cursor)] as const,
    );
    if (metadata.has(key)) throw cursor.fault(`the setting ${JSON.stringify(key)} is there twice`, at);
    metadata.set(key, value);
  }
  const alignment = alignmentOf(cursor, metadata.get("general.alignment"));
  const tensors: FileTensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < tensorCount; index++) {
    const tensor = await step(cursor, () => readGgufTensor(cursor));
    if (names.has(tensor.name))
      throw cursor.fault(`the tensor ${JSON.stringify(tensor.name)} is there twice`);
    names.add(tensor.name);
    tensors.push(tensor);
  }
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment;
  checkGgufTensors(cursor, tensors, alignment, dataStart, source.byteLength);
  // a plain object would give "__proto__" a meaning
  const settings = Object.assign(
    Object.create(null) as Record<string, FileValue>,
    Object.fromEntries(metadata),
  );
  return {
    format: "gguf",
    name: source.name,
    version,
    parts: 1,
    alignment,
    metadata: settings,
    tensors,
    byteLength: source.byteLength,
  };
}

function alignmentOf(cursor: HeaderCursor, value: FileValue | undefined): number {
  if (value === undefined) return 32;
  const fits = typeof value === "number" && Number.isInteger(value) && value >= 8 && value <= maxAlignment;
  if (fits && Math.log2(value) % 1 === 0) return value;
  throw cursor.fault(
    `general.alignment: got ${String(value)}, allowed: powers of two from 8 to ${maxAlignment}`,
  );
}

const partName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/u;

/**
 * The header of a GGUF file, version 2 or 3; of a split model all parts, whichever of them is given.
 * Throws `invalid-data` with the file and the byte.
 */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const first = await readPart(source);
  const count = first.metadata["split.count"];
  if (typeof count !== "number" || count <= 1) return first;
  const name = partName.exec(source.name);
  if (name === null || count > maxParts || !Number.isInteger(count)) {
    throw new LoadlineError(
      "invalid-data",
      `${source.name}: one of ${count} parts, allowed: names like model-00001-of-00003.gguf, and at most ${maxParts} parts`,
      { details: { file: source.name, parts: count } },
    );
  }
  const parts: GgufFile[] = [];
  for (let index = 1; index <= count; index++) {
    const part = `${name[1]}-${String(index).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.gguf`;
    const opened = part === source.name ? source : await source.sibling?.(part);
    if (opened === undefined) {
      throw new LoadlineError(
        "not-found",
        `${part}: part ${index} of ${count} is not beside ${source.name}`,
        {
          details: { file: part },
        },
      );
    }
    if (part === source.name) parts.push(first);
    else parts.push(await readAndClose(opened));
  }
  return joinParts(parts, source.name);
}

async function readAndClose(source: ByteSource): Promise<GgufFile> {
  try {
    return await readPart(source);
  } finally {
    await source.close?.();
  }
}

function joinParts(parts: readonly GgufFile[], name: string): GgufFile {
  const lead = parts[0] as GgufFile;
  const tensors = parts.flatMap((part) => part.tensors);
  const names = new Set(tensors.map((tensor) => tensor.name));
  if (names.size !== tensors.length) {
    throw new LoadlineError(
      "invalid-data",
      `${name}: its parts list ${tensors.length - names.size} tensors twice`,
      {
        details: { file: name },
      },
    );
  }
  const sizes = parts.map((part) => part.byteLength);
  const known = sizes.every((size) => size !== undefined);
  return {
    ...lead,
    name,
    parts: parts.length,
    tensors,
    byteLength: known ? sizes.reduce((sum, size) => sum + (size ?? 0), 0) : undefined,
  };
}
