import type { ByteSource } from "./byte-source.ts";
import { fileFault } from "./json-header.ts";
import type { FileTensor, ModelFile } from "./model-file.ts";

type OnnxFile = Extract<ModelFile, { readonly format: "onnx" }>;

/** Name and bits of an element, by ONNX's number of the type (onnx.proto, TensorProto.DataType). */
const types: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  1: ["f32", 32],
  2: ["u8", 8],
  3: ["i8", 8],
  4: ["u16", 16],
  5: ["i16", 16],
  6: ["i32", 32],
  7: ["i64", 64],
  9: ["bool", 8],
  10: ["f16", 16],
  11: ["f64", 64],
  12: ["u32", 32],
  13: ["u64", 64],
  16: ["bf16", 16],
  17: ["f8_e4m3fn", 8],
  18: ["f8_e4m3fnuz", 8],
  19: ["f8_e5m2", 8],
  20: ["f8_e5m2fnuz", 8],
  21: ["u4", 4],
  22: ["i4", 4],
  23: ["f4_e2m1", 4],
};

/** Most initializers, and most steps through a file: a graph of a million nodes is none that anybody serves. */
const maxTensors = 262_144;
const maxFields = 4_000_000;
const pageBytes = 64 * 2 ** 10;

/** Walks a protobuf file field by field; what is not wanted is stepped over and never read. */
class Walker {
  at: number;
  readonly end: number;
  private readonly source: ByteSource;
  private page: Uint8Array = new Uint8Array(0);
  private pageStart = 0;
  private fields = 0;

  constructor(source: ByteSource, at: number, end: number) {
    this.source = source;
    this.at = at;
    this.end = end;
  }

  fault(message: string): Error {
    return fileFault(`${this.source.name}, byte ${this.at}`, message);
  }

  private async byte(): Promise<number> {
    if (this.at >= this.end) throw this.fault("the file ends within a field");
    const inPage = this.at - this.pageStart;
    if (inPage < 0 || inPage >= this.page.length) {
      this.page = await this.source.read(this.at, pageBytes);
      this.pageStart = this.at;
      if (this.page.length === 0) throw this.fault("the file ends within a field");
    }
    const value = this.page[this.at - this.pageStart] as number;
    this.at += 1;
    return value;
  }

  async varint(): Promise<number> {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 10; index++) {
      const byte = await this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw this.fault("a number of more than ten bytes");
  }

  /** The next field: its number, and its length where it has bytes; undefined at the end. */
  async field(): Promise<{ readonly number: number; readonly wire: number } | undefined> {
    if (this.at >= this.end) return undefined;
    this.fields += 1;
    if (this.fields > maxFields) throw this.fault(`more than ${maxFields} fields`);
    const tag = await this.varint();
    return { number: Math.floor(tag / 8), wire: tag % 8 };
  }

  async length(): Promise<number> {
    const length = await this.varint();
    if (!Number.isSafeInteger(length) || this.at + length > this.end) {
      throw this.fault(`a field of ${length} bytes reaches past the end at ${this.end}`);
    }
    return length;
  }

  async skip(wire: number): Promise<void> {
    if (wire === 0) await this.varint();
    else if (wire === 1) this.at += 8;
    else if (wire === 5) this.at += 4;
    else if (wire === 2) this.at += await this.length();
    else throw this.fault(`a field of the wire type ${wire}, allowed: 0, 1, 2, 5`);
  }

  async text(): Promise<string> {
    const length = await this.length();
    if (length > 4096) throw this.fault(`a name of ${length} bytes, allowed: 4096`);
    const bytes = await this.source.read(this.at, length);
    this.at += length;
    return new TextDecoder().decode(bytes);
  }
}

async function readTensor(source: ByteSource, start: number, end: number): Promise<FileTensor> {
  const walker = new Walker(source, start, end);
  const shape: number[] = [];
  let name = "";
  let typeId = 0;
  for (let field = await walker.field(); field !== undefined; field = await walker.field()) {
    if (field.number === 1 && field.wire === 0) shape.push(await walker.varint());
    else if (field.number === 1 && field.wire === 2) {
      const stop = walker.at + (await walker.length());
      while (walker.at < stop && shape.length <= 64) shape.push(await walker.varint());
    } else if (field.number === 2 && field.wire === 0) typeId = await walker.varint();
    else if (field.number === 8 && field.wire === 2) name = await walker.text();
    else await walker.skip(field.wire);
    if (shape.length > 64) throw walker.fault(`${name}: more than 64 dimensions`);
  }
  const type = types[typeId];
  if (type === undefined) throw walker.fault(`${name}: got the type ${typeId}`);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(elements)) throw walker.fault(`${name}: got ${shape.join(" x ")} elements`);
  return { name, shape, type: type[0], bytes: Math.ceil((elements * type[1]) / 8), offset: start };
}

async function readGraph(source: ByteSource, start: number, end: number): Promise<readonly FileTensor[]> {
  const walker = new Walker(source, start, end);
  const tensors: FileTensor[] = [];
  for (let field = await walker.field(); field !== undefined; field = await walker.field()) {
    if (field.number !== 5 || field.wire !== 2) {
      await walker.skip(field.wire);
      continue;
    }
    const length = await walker.length();
    if (tensors.length >= maxTensors) throw walker.fault(`more than ${maxTensors} initializers`);
    tensors.push(await readTensor(source, walker.at, walker.at + length));
    walker.at += length;
  }
  return tensors;
}

/** Weights of an ONNX file: its graph's initializers, also those whose bytes lie in a file beside it. */
export async function readOnnx(source: ByteSource): Promise<OnnxFile> {
  if (source.byteLength === undefined)
    throw fileFault(source.name, "its length is not known, and without it the format cannot be walked");
  const walker = new Walker(source, 0, source.byteLength);
  let producer: string | undefined;
  let tensors: readonly FileTensor[] | undefined;
  for (let field = await walker.field(); field !== undefined; field = await walker.field()) {
    if (field.number === 2 && field.wire === 2) producer = await walker.text();
    else if (field.number === 7 && field.wire === 2) {
      const length = await walker.length();
      tensors = await readGraph(source, walker.at, walker.at + length);
      walker.at += length;
    } else await walker.skip(field.wire);
  }
  if (tensors === undefined) throw fileFault(source.name, "has no graph: is it an ONNX file?");
  return { format: "onnx", name: source.name, tensors, producer, byteLength: source.byteLength };
}
