/** Bytes of headers for tests, written plainly enough that a test can make any of their fields wrong. */
class ByteWriter {
  private readonly parts: Uint8Array[] = [];
  length = 0;

  bytes(part: Uint8Array): this {
    this.parts.push(part);
    this.length += part.length;
    return this;
  }
  number(bytes: number, write: (view: DataView) => void): this {
    const part = new Uint8Array(bytes);
    write(new DataView(part.buffer));
    return this.bytes(part);
  }
  u8(value: number): this {
    return this.number(1, (view) => view.setUint8(0, value));
  }
  u16(value: number): this {
    return this.number(2, (view) => view.setUint16(0, value, true));
  }
  u32(value: number): this {
    return this.number(4, (view) => view.setUint32(0, value, true));
  }
  u64(value: number | bigint): this {
    return this.number(8, (view) => view.setBigUint64(0, BigInt(value), true));
  }
  f32(value: number): this {
    return this.number(4, (view) => view.setFloat32(0, value, true));
  }
  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.u64(bytes.length).bytes(bytes);
  }
  done(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }
}

/** Bytes of a setting's value with its type; `raw` is what a test wants written as it is. */
export type SettingFixture =
  | { readonly u16: number }
  | { readonly u32: number }
  | { readonly u64: bigint }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly u32s: readonly number[] }
  | { readonly bools: readonly boolean[] }
  | { readonly raw: (out: ByteWriter) => void };

export interface TensorFixture {
  readonly name: string;
  readonly shape: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

export interface GgufFixture {
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly settingCount?: number | bigint;
  readonly settings?: readonly (readonly [key: string, value: SettingFixture])[];
  readonly tensors?: readonly TensorFixture[];
  /** Bytes of data after the header's padding to 32. */
  readonly dataBytes?: number;
}

function writeSetting(out: ByteWriter, value: SettingFixture): void {
  if ("u16" in value) out.u32(2).u16(value.u16);
  else if ("u32" in value) out.u32(4).u32(value.u32);
  else if ("u64" in value) out.u32(10).u64(value.u64);
  else if ("f32" in value) out.u32(6).f32(value.f32);
  else if ("bool" in value) out.u32(7).u8(value.bool ? 1 : 0);
  else if ("text" in value) out.u32(8).text(value.text);
  else if ("texts" in value) {
    out.u32(9).u32(8).u64(value.texts.length);
    for (const text of value.texts) out.text(text);
  } else if ("u32s" in value) {
    out.u32(9).u32(4).u64(value.u32s.length);
    for (const entry of value.u32s) out.u32(entry);
  } else if ("bools" in value) {
    out.u32(9).u32(7).u64(value.bools.length);
    for (const entry of value.bools) out.u8(entry ? 1 : 0);
  } else value.raw(out);
}

/** Returns the bytes of a GGUF file. */
export function ggufBytes(fixture: GgufFixture): Uint8Array {
  const { settings = [], tensors = [] } = fixture;
  const out = new ByteWriter().bytes(new TextEncoder().encode("GGUF")).u32(fixture.version ?? 3);
  out.u64(fixture.tensorCount ?? tensors.length).u64(fixture.settingCount ?? settings.length);
  for (const [key, value] of settings) writeSetting(out.text(key), value);
  for (const tensor of tensors) {
    out.text(tensor.name).u32(tensor.shape.length);
    for (const size of tensor.shape) out.u64(size);
    out.u32(tensor.type).u64(tensor.offset);
  }
  out.bytes(new Uint8Array((32 - (out.length % 32)) % 32));
  return out.bytes(new Uint8Array(fixture.dataBytes ?? 0)).done();
}

/** Returns the bytes of a safetensors file: a header, which may be any text, and data. */
export function safetensorsBytes(header: object | string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  return new ByteWriter().u64(text.length).bytes(text).bytes(new Uint8Array(dataBytes)).done();
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

/** Returns a protobuf field: a number as a varint, bytes or a text with their length. */
export function protobufField(number: number, value: number | string | Uint8Array): Uint8Array {
  const out = new ByteWriter();
  if (typeof value === "number")
    return out
      .bytes(varint(number * 8))
      .bytes(varint(value))
      .done();
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return out
    .bytes(varint(number * 8 + 2))
    .bytes(varint(bytes.length))
    .bytes(bytes)
    .done();
}

/** Concatenates bytes. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  for (const part of parts) out.bytes(part);
  return out.done();
}

/** Returns the bytes of an ONNX file of initializers, each given by its fields, with nodes before them. */
export function onnxBytes(initializers: readonly Uint8Array[], producer = "pytorch"): Uint8Array {
  const node = protobufField(1, joinBytes(protobufField(1, "input"), protobufField(4, "MatMul")));
  const graph = joinBytes(
    node,
    protobufField(2, "main"),
    ...initializers.map((bytes) => protobufField(5, bytes)),
  );
  return joinBytes(
    protobufField(1, 8),
    protobufField(2, producer),
    protobufField(7, graph),
    protobufField(8, protobufField(2, 17)),
  );
}
