import { quoteName } from "../../../shared/file-fault.ts";
import { ggmlRowBytes, ggmlType, removedGgmlType } from "./ggml-types.ts";
import type { HeaderCursor } from "../header/header-cursor.ts";
import type { FileTensor } from "../header/model-file.ts";

/** Most dimensions of a tensor (ggml's GGML_MAX_DIMS). */
const maxDimensions = 4;
/** Longest name of a tensor (ggml's GGML_MAX_NAME is 64; forks have 128). */
const maxNameBytes = 128;

/** A tensor and the byte of the header that lists it, for messages. */
export interface ListedTensor {
  readonly tensor: FileTensor;
  readonly byte: number;
}

/** What is wrong with a type that is not known. */
function typeFault(typeId: number): string {
  const removed = removedGgmlType(typeId);
  return removed === undefined
    ? `got the type ${typeId}, allowed: those of ggml v0.5.0; a newer release or a fork wrote it`
    : `got the type ${typeId} (${removed}), which ggml has removed: the model must be converted anew`;
}

/** Bytes of a tensor, or what is wrong with it. */
function tensorBytes(shape: readonly number[], typeId: number, offset: number): number | string {
  const type = ggmlType(typeId);
  if (type === undefined) return typeFault(typeId);
  if (!Number.isSafeInteger(offset)) return `got the offset ${offset}, allowed: up to 2^53`;
  const [rowElements = 1] = shape;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!shape.every((size) => Number.isSafeInteger(size)) || !Number.isSafeInteger(elements))
    return `got ${shape.join(" x ")} elements, more than 2^53 bytes`;
  const row = ggmlRowBytes(type, rowElements);
  if (row === undefined)
    return `got rows of ${rowElements} elements, allowed for ${type.name}: multiples of ${type.blockElements}`;
  const bytes = shape.slice(1).reduce((product, size) => product * size, row);
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(offset + bytes))
    return `got ${shape.join(" x ")} elements, more than 2^53 bytes`;
  return bytes;
}

/** One tensor of a GGUF header: name, sizes, type, place. */
function readTensor(cursor: HeaderCursor): FileTensor {
  const at = cursor.offset;
  const length = cursor.u64();
  if (length === 0 || length > maxNameBytes)
    throw cursor.fault(`a tensor's name of ${length} bytes, allowed: 1 to ${maxNameBytes}`, at);
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

/** The tensors of a GGUF header; a name that is there twice is refused. */
export async function readGgufTensors(cursor: HeaderCursor, count: number): Promise<readonly ListedTensor[]> {
  const listed: ListedTensor[] = [];
  const names = new Set<string>();
  await cursor.run(() => {
    while (listed.length < count) {
      const byte = cursor.offset;
      const tensor = readTensor(cursor);
      if (names.has(tensor.name))
        throw cursor.fault(`the tensor ${quoteName(tensor.name)} is there twice`, byte);
      names.add(tensor.name);
      listed.push({ tensor, byte });
      cursor.keep();
    }
  });
  return listed;
}

/** Refuses tensors that share bytes, are not aligned, or reach past the end of the file. */
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
  // a header alone describes a model; a file that goes on after it must hold what it says
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
          ? `begins at ${start} of the data, within a tensor that ends at ${passed}`
          : place.dataStart + tensorEnd > end
            ? `ends at byte ${place.dataStart + tensorEnd}, past the end of the file at ${end}`
            : undefined;
    if (reason !== undefined) throw cursor.fault(`${quoteName(tensor.name)}: ${reason}`, byte);
    passed = tensorEnd;
  }
}
