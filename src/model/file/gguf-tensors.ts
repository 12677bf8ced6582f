import { ggmlType } from "./ggml-types.ts";
import type { HeaderCursor } from "./header-cursor.ts";
import type { FileTensor } from "./model-file.ts";

/** Most dimensions of a tensor (ggml's GGML_MAX_DIMS). */
const maxDimensions = 4;
/** Longest name of a tensor (ggml's GGML_MAX_NAME is 64; forks have 128). */
const maxNameBytes = 256;

/** One tensor of a GGUF header: name, sizes, type, place. */
export function readGgufTensor(cursor: HeaderCursor): FileTensor {
  const at = cursor.offset;
  const name = cursor.text("a tensor's name");
  if (name.length === 0 || name.length > maxNameBytes) {
    throw cursor.fault(`a tensor's name of ${name.length} characters, allowed: 1 to ${maxNameBytes}`, at);
  }
  const dimensions = cursor.u32();
  if (dimensions > maxDimensions)
    throw cursor.fault(`${name}: got ${dimensions} dimensions, allowed: at most ${maxDimensions}`, at);
  const shape = Array.from({ length: dimensions }, () => cursor.u64(`a size of ${name}`));
  const typeId = cursor.u32();
  const type = ggmlType(typeId);
  if (type === undefined)
    throw cursor.fault(`${name}: got the type ${typeId}, which no release of ggml up to v0.5.0 has`, at);
  const offset = cursor.u64(`offset of ${name}`);
  const elements = shape.reduce((product, size) => product * size, 1);
  const row = shape[0] ?? 1;
  if (!Number.isSafeInteger(elements))
    throw cursor.fault(`${name}: got ${shape.join(" x ")} elements, more than 2^53`, at);
  if (row % type.blockElements !== 0) {
    throw cursor.fault(
      `${name}: got rows of ${row} elements, allowed for ${type.name}: multiples of ${type.blockElements}`,
      at,
    );
  }
  const bytes = (elements / type.blockElements) * type.blockBytes;
  if (!Number.isSafeInteger(bytes)) throw cursor.fault(`${name}: got more than 2^53 bytes`, at);
  return { name, shape, type: type.name, bytes, offset };
}

/** Refuses tensors that share bytes, are not aligned, or reach past the end of the file. */
export function checkGgufTensors(
  cursor: HeaderCursor,
  tensors: readonly FileTensor[],
  alignment: number,
  dataStart: number,
  fileBytes: number | undefined,
): void {
  const sorted = [...tensors].sort((a, b) => a.offset - b.offset);
  let end = 0;
  let before = "";
  for (const tensor of sorted) {
    if (tensor.offset % alignment !== 0) {
      throw cursor.fault(
        `${tensor.name}: got the offset ${tensor.offset}, allowed: multiples of ${alignment}`,
      );
    }
    if (tensor.offset < end) {
      throw cursor.fault(
        `${tensor.name}: begins at ${tensor.offset} of the data, within ${before}, which ends at ${end}`,
      );
    }
    end = tensor.offset + tensor.bytes;
    before = tensor.name;
  }
  // a header alone is a description, not a broken file; one that goes on must hold what it says
  const hasData = fileBytes !== undefined && fileBytes > dataStart;
  if (hasData && dataStart + end > fileBytes) {
    throw cursor.fault(
      `${before}: ends at byte ${dataStart + end}, past the end of the file at ${fileBytes}`,
    );
  }
}
