import { quoteName } from "../../../shared/file-fault.ts";
import { ggmlRowBytes, ggmlType, findRemovedType } from "./ggml-types.ts";
import type { HeaderCursor } from "../header/header-cursor.ts";
import type { FileTensor } from "../header/model-file.ts";

/** Dimensions of a tensor (ggml's GGML_MAX_DIMS). */
const maxDimensions = 4;
/** Bytes of a tensor's name (ggml's GGML_MAX_NAME is 64; forks have 128). */
const maxNameBytes = 128;

/** A tensor, and the byte of its entry in the header, for messages. */
export interface ListedTensor {
  readonly tensor: FileTensor;
  readonly byte: number;
}

/** Returns what is wrong with an unknown type. */
function typeFault(typeId: number): string {
  const removed = findRemovedType(typeId);
  return removed === undefined
    ? `got the type ${typeId}, allowed: those of ggml v0.5.0. A newer release or a fork wrote it`
    : `got the type ${typeId} (${removed}), which ggml has removed. Convert the model again`;
}

/** Returns the bytes of a tensor, or what is wrong with it. */
function tensorBytes(shape: readonly number[], typeId: number, offset: number): number | string {
  const type = ggmlType(typeId);
  if (type === undefined) return typeFault(typeId);
  if (!Number.isSafeInteger(offset)) return `got the offset ${offset}, allowed: up to 2^53`;
  const [rowElements = 1] = shape;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!shape.every((size) => Number.isSafeInteger(size)) || !Number.isSafeInteger(elements))
    return `got ${shape.join(" x ")} elements, allowed: up to 2^53 bytes`;
  const row = ggmlRowBytes(type, rowElements);
  if (row === undefined)
    return `got rows of ${rowElements} elements, allowed for ${type.name}: multiples of ${type.blockElements}`;
  const bytes = shape.slice(1).reduce((product, size) => product * size, row);
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(offset + bytes))
    return `got ${shape.join(" x ")} elements, allowed: up to 2^53 bytes`;
  return bytes;
}

/** Reads one tensor of a GGUF header: name, sizes, type, offset. */
function readTensor(cursor: HeaderCursor): FileTensor {
  const at = cursor.offset;
  const length = cursor.u64();
  if (length === 0 || length > maxNameBytes)
    throw cursor.fault(`got a tensor name of ${length} bytes, allowed: 1 to ${maxNameBytes}`, at);
  const name = cursor.text(length);
  const dimensions = cursor.u32();
  if (dimensions > maxDimensions) {
    const got = `got ${dimensions} dimensions, allowed: at most ${maxDimensions}`;
    throw cursor.fault(`${quoteName(name)}: ${got}`, at);
  }
  const shape: number[] = [];
  for (let index = 0; index < dimensions; index++) shape.push(cursor.u64());
  const typeId = cursor.u32();
  const offset = cursor.u64();
  const bytes = tensorBytes(shape, typeId, offset);
  if (typeof bytes === "string") throw cursor.fault(`${quoteName(name)}: ${bytes}`, at);
  return { name, shape, type: ggmlType(typeId)?.name ?? "", bytes, offset };
}

/** Reads the tensors of a GGUF header. Errors: `invalid-data`, also for a duplicate name. */
export async function readGgufTensors(cursor: HeaderCursor, count: number): Promise<readonly ListedTensor[]> {
  const listed: ListedTensor[] = [];
  const names = new Set<string>();
  await cursor.run(() => {
    while (listed.length < count) {
      const byte = cursor.offset;
      const tensor = readTensor(cursor);
      if (names.has(tensor.name)) throw cursor.fault(`duplicate tensor ${quoteName(tensor.name)}`, byte);
      names.add(tensor.name);
      listed.push({ tensor, byte });
      cursor.keep();
    }
  });
  return listed;
}

/** Rejects tensors that overlap, are not aligned, or extend past the end of the file. Errors: `invalid-data`. */
export function checkGgufTensors(
  cursor: HeaderCursor,
  listed: readonly ListedTensor[],
  place: {
    readonly alignment: number;
    readonly dataStart: number;
    readonly fileBytes: number | undefined;
  },
): void {
  const sorted = [...listed].sort(
    (a, b) => a.tensor.offset - b.tensor.offset || a.tensor.bytes - b.tensor.bytes,
  );
  // A header alone describes a model. A file that continues after it must hold all its tensors.
  const { fileBytes } = place;
  const end = fileBytes !== undefined && fileBytes > place.dataStart ? fileBytes : Number.POSITIVE_INFINITY;
  let passed = 0;
  for (const { tensor, byte } of sorted) {
    const start = tensor.offset;
    const tensorEnd = start + tensor.bytes;
    const reason =
      start % place.alignment !== 0
        ? `got the offset ${start}, allowed: multiples of ${place.alignment}`
        : start < passed
          ? `begins at byte ${start} of the data, within a tensor that ends at ${passed}`
          : place.dataStart + tensorEnd > end
            ? `ends at byte ${place.dataStart + tensorEnd}, past the end of the file at ${end}`
            : undefined;
    if (reason !== undefined) throw cursor.fault(`${quoteName(tensor.name)}: ${reason}`, byte);
    passed = tensorEnd;
  }
}
