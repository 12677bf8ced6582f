/** A tensor of a header: sizes innermost first; the type gives its bytes. */
export interface HeaderTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: "f32" | "f16" | "q4_0" | "q4_k" | "q6_k" | "q8_0" | "iq4_nl" | "i32";
}

/** A value of a header. Fractions are written as f32, integers as u32, or as u64 if they need it. */
export type HeaderValue = number | string | boolean | readonly number[] | readonly boolean[];

/** What a header says. Settings already have the architecture's prefix. */
export interface Header {
  readonly metadata: Readonly<Record<string, HeaderValue>>;
  readonly tensors: readonly HeaderTensor[];
}

const types: Readonly<Record<HeaderTensor["type"], readonly [id: number, block: number, bytes: number]>> = {
  f32: [0, 1, 4],
  f16: [1, 1, 2],
  i32: [26, 1, 4],
  q4_0: [2, 32, 18],
  q8_0: [8, 32, 34],
  q6_k: [14, 256, 210],
  iq4_nl: [20, 32, 18],
  q4_k: [12, 256, 144],
};

/** Computes the bytes of a header's tensor. */
export function headerTensorBytes(tensor: HeaderTensor): number {
  const [, block, bytes] = types[tensor.type];
  return (tensor.shape.reduce((product, size) => product * size, 1) / block) * bytes;
}

class Writer {
  private readonly parts: Buffer[] = [];

  bytes(part: Buffer): void {
    this.parts.push(part);
  }

  u32(value: number): void {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value);
    this.parts.push(part);
  }

  u64(value: number): void {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    this.parts.push(part);
  }

  text(value: string): void {
    const part = Buffer.from(value, "utf8");
    this.u64(part.length);
    this.parts.push(part);
  }

  f32(value: number): void {
    const part = Buffer.alloc(4);
    part.writeFloatLE(value);
    this.parts.push(part);
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }
}

const u32Id = 4;
const f32Id = 6;
const boolId = 7;
const textId = 8;
const arrayId = 9;

function writeScalar(out: Writer, value: number | boolean | string): void {
  if (typeof value === "string") out.text(value);
  else if (typeof value === "boolean") out.bytes(Buffer.from([value ? 1 : 0]));
  else if (Number.isInteger(value)) out.u32(value);
  else out.f32(value);
}

function idOf(value: number | boolean | string): number {
  if (typeof value === "string") return textId;
  if (typeof value === "boolean") return boolId;
  return Number.isInteger(value) ? u32Id : f32Id;
}

/** Floats even if the value is whole: the engine refuses an epsilon of another type. */
const floatKeys = /epsilon|freq_base|scale$|softcapping|factor|clamp|alibi/u;

function writeValue(out: Writer, key: string, value: HeaderValue): void {
  if (Array.isArray(value)) {
    const first = (value as readonly (number | boolean)[])[0] ?? 0;
    out.u32(arrayId);
    out.u32(idOf(first));
    out.u64(value.length);
    for (const entry of value as readonly (number | boolean)[]) writeScalar(out, entry);
    return;
  }
  const scalar = value as number | boolean | string;
  if (typeof scalar === "number" && floatKeys.test(key)) {
    out.u32(f32Id);
    out.f32(scalar);
    return;
  }
  out.u32(idOf(scalar));
  writeScalar(out, scalar);
}

/** Writes a GGUF file (version 3) that ends where the data of its tensors would start. */
export function writeGgufHeader(header: Header): Buffer {
  const out = new Writer();
  const alignment = 32;
  out.bytes(Buffer.from("GGUF"));
  out.u32(3);
  out.u64(header.tensors.length);
  const entries = Object.entries(header.metadata);
  out.u64(entries.length);
  for (const [key, value] of entries) {
    out.text(key);
    writeValue(out, key, value);
  }
  let offset = 0;
  for (const tensor of header.tensors) {
    out.text(tensor.name);
    out.u32(tensor.shape.length);
    for (const size of tensor.shape) out.u64(size);
    out.u32(types[tensor.type][0]);
    out.u64(offset);
    offset += Math.ceil(headerTensorBytes(tensor) / alignment) * alignment;
  }
  const bytes = out.done();
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}

/** Computes the bytes of the entire file that a header describes, without its data. */
export function modelFileBytes(header: Header): number {
  return header.tensors.reduce((sum, tensor) => sum + Math.ceil(headerTensorBytes(tensor) / 32) * 32, 0);
}
