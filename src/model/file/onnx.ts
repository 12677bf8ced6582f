import type { ByteSource } from "./byte-source.ts";
import { fileFault, shownName } from "./file-fault.ts";
import { HeaderCursor } from "./header-cursor.ts";
import type { FileTensor, ModelFile } from "./model-file.ts";
import { type ProtobufField, ProtobufWalker, readVarint } from "./protobuf.ts";

type OnnxFile = Extract<ModelFile, { readonly format: "onnx" }>;

/** Name and bits of an element, by ONNX's number of the type (onnx.proto, TensorProto.DataType); 8 are texts. */
const types: readonly (readonly [name: string, bits: number] | undefined)[] = [
  undefined,
  ["f32", 32],
  ["u8", 8],
  ["i8", 8],
  ["u16", 16],
  ["i16", 16],
  ["i32", 32],
  ["i64", 64],
  ["string", 0],
  ["bool", 8],
  ["f16", 16],
  ["f64", 64],
  ["u32", 32],
  ["u64", 64],
  ["c64", 64],
  ["c128", 128],
  ["bf16", 16],
  ["f8_e4m3fn", 8],
  ["f8_e4m3fnuz", 8],
  ["f8_e5m2", 8],
  ["f8_e5m2fnuz", 8],
  ["u4", 4],
  ["i4", 4],
  ["f4_e2m1", 4],
  ["f8_e8m0", 8],
  ["u2", 2],
  ["i2", 2],
];

/** Most initializers; published graphs have under 20,000. */
const maxTensors = 65_536;
/** Longest name; those of nested modules reach some 200 bytes. */
const maxNameBytes = 4096;
/** Most dimensions of a tensor. */
const maxDimensions = 64;

/** What was found of an initializer so far. */
interface Draft {
  shape: number[];
  typeId: number;
  name: string;
  textBytes: number;
  raw: { readonly start: number; readonly bytes: number } | undefined;
  external: Map<string, string>;
}

async function readDimensions(walker: ProtobufWalker, draft: Draft, field: ProtobufField): Promise<void> {
  const { cursor } = walker;
  await cursor.run(() => {
    while (cursor.offset < field.end && draft.shape.length <= maxDimensions) {
      draft.shape.push(readVarint(cursor));
      cursor.keep();
    }
  });
}

/** An entry of where an initializer's bytes lie: location, offset, length. */
async function readExternal(walker: ProtobufWalker, draft: Draft, field: ProtobufField): Promise<void> {
  let key = "";
  let value = "";
  await walker.walk(field.end, async (part) => {
    if (part.number === 1 && part.wire === 2) key = await walker.text(part, "a key", maxNameBytes);
    if (part.number === 2 && part.wire === 2) value = await walker.text(part, "a place", maxNameBytes);
  });
  // the format has five keys
  if (draft.external.size < 16) draft.external.set(key, value);
}

function readPart(walker: ProtobufWalker, draft: Draft, field: ProtobufField): Promise<void> | undefined {
  if (draft.shape.length > maxDimensions)
    throw walker.cursor.fault(`a tensor of more than ${maxDimensions} dimensions`);
  if (field.wire === 0) {
    if (field.number === 1) draft.shape.push(field.value);
    if (field.number === 2) draft.typeId = field.value;
    return undefined;
  }
  if (field.wire !== 2) return undefined;
  switch (field.number) {
    case 1:
      return readDimensions(walker, draft, field);
    case 6:
      draft.textBytes += field.end - field.start;
      return undefined;
    case 8:
      return walker.text(field, "a name", maxNameBytes).then((name) => {
        draft.name = name;
      });
    case 9:
      draft.raw = { start: field.start, bytes: field.end - field.start };
      return undefined;
    case 13:
      return readExternal(walker, draft, field);
    default:
      return undefined;
  }
}

/** A length or an offset of bytes in a file beside, which the format writes as text; undefined where there is none. */
function externalNumber(draft: Draft, key: string): number | undefined {
  const text = draft.external.get(key);
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
}

function tensorOf(walker: ProtobufWalker, draft: Draft, start: number): FileTensor {
  const { cursor } = walker;
  const { name, shape } = draft;
  const shown = shownName(name);
  const type = types[draft.typeId];
  if (type === undefined)
    throw cursor.fault(`${shown}: got the type ${draft.typeId}, allowed: 1 to 26`, start);
  if (shape.length > maxDimensions || !shape.every((size) => Number.isSafeInteger(size)))
    throw cursor.fault(
      `${shown}: got ${shape.slice(0, 8).join(" x ")} elements, allowed: up to ${maxDimensions} sizes below 2^53`,
      start,
    );
  const elements = shape.reduce((product, size) => product * size, 1);
  const bytes = draft.typeId === 8 ? draft.textBytes : Math.ceil((elements * type[1]) / 8);
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bytes))
    throw cursor.fault(`${shown}: got ${shape.join(" x ")} elements, more than 2^53 bytes`, start);
  const told = draft.external.size > 0 ? externalNumber(draft, "length") : draft.raw?.bytes;
  if (told !== undefined && draft.typeId !== 8 && told !== bytes)
    throw cursor.fault(`${shown}: its shape takes ${bytes} bytes, its data have ${told}`, start);
  const external = draft.external.size > 0 ? (externalNumber(draft, "offset") ?? 0) : undefined;
  return { name, shape, type: type[0], bytes, offset: external ?? draft.raw?.start ?? start };
}

async function readGraph(walker: ProtobufWalker, graph: ProtobufField): Promise<readonly FileTensor[]> {
  const tensors = new Map<string, FileTensor>();
  await walker.walk(graph.end, async (field) => {
    if (field.number !== 5 || field.wire !== 2) return;
    if (tensors.size >= maxTensors)
      throw walker.cursor.fault(`more than ${maxTensors} initializers`, field.start);
    const draft: Draft = {
      shape: [],
      typeId: 0,
      name: "",
      textBytes: 0,
      raw: undefined,
      external: new Map(),
    };
    await walker.walk(field.end, (part) => readPart(walker, draft, part));
    if (tensors.has(draft.name))
      throw walker.cursor.fault(`the initializer ${shownName(draft.name)} is there twice`, field.start);
    tensors.set(draft.name, tensorOf(walker, draft, field.start));
  });
  return [...tensors.values()];
}

/**
 * Weights of an ONNX file: its graph's initializers, also those whose bytes lie in a file beside it. `offset` is the byte of the
 * data in the file that holds them. Tensors within nodes (constants) and sparse ones are not listed.
 * Throws `invalid-data` with the file and the byte.
 */
export async function readOnnx(source: ByteSource): Promise<OnnxFile> {
  if (source.byteLength === undefined)
    throw fileFault(source.name, "its length is not known, and without it the format cannot be walked");
  const walker = new ProtobufWalker(new HeaderCursor(source, Number.MAX_SAFE_INTEGER));
  let producer: string | undefined;
  let tensors: readonly FileTensor[] | undefined;
  await walker.walk(source.byteLength, async (field) => {
    if (field.wire !== 2) return;
    if (field.number === 2) producer = await walker.text(field, "a producer's name", maxNameBytes);
    if (field.number !== 7) return;
    if (tensors !== undefined) throw walker.cursor.fault("a second graph", field.start);
    tensors = await readGraph(walker, field);
  });
  if (tensors === undefined) throw fileFault(source.name, "has no graph: is it an ONNX file?");
  return { format: "onnx", name: source.name, tensors, producer, byteLength: source.byteLength };
}
