import { quoteName } from "../../../shared/file-fault.ts";
import type { HeaderCursor } from "../header/header-cursor.ts";
import type { FileTensor } from "../header/model-file.ts";
import { readText, readVarint } from "./protobuf.ts";
import type { MessageReader, ProtobufField } from "./protobuf.ts";

/** Name and bits of an element, by ONNX's type number (onnx.proto, TensorProto.DataType). Number 8 are texts. */
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

/** Bytes of a name: those of nested modules have some 200. */
export const maxNameBytes: number = 4096;
/** Dimensions of a tensor. */
const maxDimensions = 64;
/** Entries that locate data in another file: the format has five keys. */
const maxExternal = 16;

/** Reads one TensorProto and passes it on at its end. Its data are in the file or in another one of the folder. */
export class OnnxTensorReader implements MessageReader {
  private readonly cursor: HeaderCursor;
  private readonly done: (tensor: FileTensor, start: number) => void;
  private shape: number[] = [];
  private typeId = 0;
  private name = "";
  private textBytes = 0;
  private raw: { readonly start: number; readonly bytes: number } | undefined;
  private readonly external = new Map<string, string>();

  constructor(cursor: HeaderCursor, done: (tensor: FileTensor, start: number) => void) {
    this.cursor = cursor;
    this.done = done;
  }

  field(field: ProtobufField): MessageReader | undefined {
    if (field.wire === 0) {
      if (field.number === 1) this.addSizes([field.value]);
      if (field.number === 2) this.typeId = field.value;
      return undefined;
    }
    if (field.wire !== 2) return undefined;
    if (field.number === 1) this.addSizes(this.readPackedSizes(field));
    if (field.number === 6) this.textBytes += field.end - field.start;
    if (field.number === 8) this.name = readText(this.cursor, field, "a name", maxNameBytes);
    if (field.number === 9) this.raw = { start: field.start, bytes: field.end - field.start };
    return field.number === 13 ? this.externalReader() : undefined;
  }

  private addSizes(sizes: readonly number[]): void {
    if (this.shape.length + sizes.length > maxDimensions)
      throw this.cursor.fault(
        `got a tensor of more than ${maxDimensions} dimensions, allowed: up to ${maxDimensions}`,
      );
    this.shape.push(...sizes);
  }

  private readPackedSizes(field: ProtobufField): readonly number[] {
    const sizes: number[] = [];
    while (this.cursor.offset < field.end && sizes.length <= maxDimensions)
      sizes.push(readVarint(this.cursor));
    return sizes;
  }

  /** Reads an entry that locates the data: location, offset, length. */
  private externalReader(): MessageReader {
    let key = "";
    let value = "";
    return {
      field: (part) => {
        if (part.number === 1 && part.wire === 2) key = readText(this.cursor, part, "a key", maxNameBytes);
        if (part.number === 2 && part.wire === 2)
          value = readText(this.cursor, part, "a location", maxNameBytes);
        return undefined;
      },
      end: () => {
        if (this.external.size < maxExternal) this.external.set(key, value);
      },
    };
  }

  /** Returns the length or offset of data in another file, which the format writes as text; undefined where it is missing. */
  private externalNumber(key: string): number | undefined {
    const text = this.external.get(key);
    return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
  }

  end(start: number): void {
    const { cursor, name, shape, typeId, raw, external } = this;
    const fault = (message: string): Error => cursor.fault(`${quoteName(name)}: ${message}`, start);
    const type = types[typeId];
    if (type === undefined) throw fault(`got the type ${typeId}, allowed: 1 to 26`);
    if (!shape.every((size) => Number.isSafeInteger(size)))
      throw fault(`got ${shape.slice(0, 8).join(" x ")} elements, allowed: sizes below 2^53`);
    const elements = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
    const bytes = typeId === 8 ? this.textBytes : Math.ceil((elements * type[1]) / 8);
    if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bytes))
      throw fault(`got ${shape.join(" x ")} elements, allowed: up to 2^53 bytes`);
    const stated = external.size > 0 ? this.externalNumber("length") : raw?.bytes;
    if (stated !== undefined && typeId !== 8 && stated !== bytes)
      throw fault(`its shape takes ${bytes} bytes, but its data have ${stated}`);
    const offset = external.size > 0 ? (this.externalNumber("offset") ?? 0) : undefined;
    this.done({ name, shape, type: type[0], bytes, offset: offset ?? raw?.start ?? start }, start);
  }
}
