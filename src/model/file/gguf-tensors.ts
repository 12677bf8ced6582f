import { shownName } from "./file-fault.ts";
import { ggmlRowBytes, ggmlType } from "./ggml-types.ts";
import type { HeaderCursor } from "./header-cursor.ts";
import type { FileTensor } from "./model-file.ts";

/** Most dimensions of a tensor (ggml's GGML_MAX_DIMS). */
const maxDimensions = 4;
/** Longest name of a tensor (ggml's GGML_MAX_NAME is 64; forks have 128). */
const maxNameBytes = 256;

/** A tensor and the byte of the header that lists it, for messages. */
export interface ListedTensor {
  readonly tensor: FileTensor;
  readonly byte: number;
}

/** One tensor of a GGUF header: name, sizes, type, place. */
function readTensor(cursor: HeaderCursor): FileTensor {
  const at = cursor.offset;
  const length = cursor.count("length of a tensor's name");
  if (length === 0 || length > maxNameBytes)
    throw cursor.fault(`a tensor's name of ${length} bytes, allowed: 1 to ${maxNameBytes}`, at);
  const name = cursor.text(length);
  const shown = shownName(name);
  const dimensions = cursor.u32();
  if (dimensions > maxDimensions)
    throw cursor.fault(`${shown}: got ${dimensions} dimensions, allowed: at most ${maxDimensions}`, at);
  const shape: number[] = [];
  for (let index = 0; index < dimensions; index++) shape.push(cursor.count(`a size of ${shown}`));
  const typeId = cursor.u32();
  const type = ggmlType(typeId);
  if (type === undefined)
    throw cursor.fault(`${shown}: got the type ${typeId}, which no release of ggml up to v0.5.0 has`, at);
  const offset = cursor.count(`offset of ${shown}`);
  const row = ggmlRowBytes(type, shape[0] ?? 1);
  if (row === undefined) {
    const allowed = `multiples of ${type.blockElements}`;
    throw cursor.fault(
      `${shown}: got rows of ${shape[0]} elements, allowed for ${type.name}: ${allowed}`,
      at,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  const bytes = shape.slice(1).reduce((product, size) => product * size, row);
  if (
    !Number.isSafeInteger(elements) ||
    !Number.isSafeInteger(bytes) ||
    !Number.isSafeInteger(offset + bytes)
  )
    throw cursor.fault(`${shown}: got ${shape.join(" x ")} elements, more than 2^53 bytes`, at);
  return { name, shape, type: type.name, bytes, offset };
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
        throw cursor.fault(`the tensor ${shownName(tensor.name)} is there twice`, byte);
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
    const name = shownName(tensor.name);
    if (tensor.offset % place.alignment !== 0) {
      const allowed = `multiples of ${place.alignment}`;
      throw cursor.fault(`${name}: got the offset ${tensor.offset}, allowed: ${allowed}`, byte);
    }
    if (tensor.offset < passed) {
      throw cursor.fault(
        `${name}: begins at ${tensor.offset} of the data, within a tensor that ends at ${passed}`,
        byte,
      );
    }
    passed = tensor.offset + tensor.bytes;
    if (place.dataStart + passed > end) {
      throw cursor.fault(
        `${name}: ends at byte ${place.dataStart + passed}, past the end of the file at ${end}`,
        byte,
      );
    }
  }
}
