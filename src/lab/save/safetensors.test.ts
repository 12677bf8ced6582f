import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../shared/errors.ts";
import type { SafeTensor } from "./safetensors.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { maxHeaderBytes, maxTensors } from "./safetensors.ts";

/** Joins the pieces to one file, `shift` bytes into a buffer of its own. */
function join(pieces: readonly Uint8Array[], shift = 0): Uint8Array {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(shift + size).subarray(shift);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Makes a file of a header text and zeros for data. */
function fileOf(header: string, dataBytes: number, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function bytesOf({ data }: SafeTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const anyTensor = fc
  .tuple(fc.string({ unit: "binary" }), shapes, fc.constantFrom(1, 4, -4), fc.infiniteStream(fc.nat(255)))
  .filter(([name]) => name !== "__metadata__")
  .map(([name, shape, kind, stream]): SafeTensor => {
    const count = shape.reduce((product, each) => product * each, 1);
    const raw = Uint8Array.from({ length: count * Math.abs(kind) }, () => stream.next().value ?? 0);
    if (kind === 1) return { name, shape, data: raw };
    return { name, shape, data: kind === 4 ? new Float32Array(raw.buffer) : new Int32Array(raw.buffer) };
  });
const anyFile = fc.record({
  tensors: fc.uniqueArray(anyTensor, { selector: (each) => each.name, maxLength: 6 }),
  metadata: fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 4 }),
});

describe("encodeSafetensors", () => {
  test("writes the header and the bytes of the format", () => {
    const pieces = encodeSafetensors(
      [
        { name: "b", shape: [3], data: Uint8Array.of(7, 8, 9) },
        { name: "a", shape: [1, 2], data: Float32Array.of(1, -2) },
      ],
      { made: "here" },
    );
    const bytes = join(pieces);
    // Numbers of 4 bytes come first.
    const text =
      '{"__metadata__":{"made":"here"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},' +
      '"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}';
    const padded = Math.ceil(text.length / 8) * 8;
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(padded));
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded))).toBe(text.padEnd(padded));
    // 1 is 0x3f800000, -2 is 0xc0000000, little-endian.
    expect([...bytes.subarray(8 + padded)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 7, 8, 9]);
  });

  test("does not copy the tensors", () => {
    const memory = new SharedArrayBuffer(64);
    const data = new Float32Array(memory, 16, 4);
    const [, piece] = encodeSafetensors([{ name: "weights", shape: [2, 2], data }]);
    expect(piece?.buffer).toBe(memory);
    expect([piece?.byteOffset, piece?.byteLength]).toEqual([16, 16]);
  });

  test.each([
    [
      "a name twice",
      [
        { name: "a", shape: [0] },
        { name: "a", shape: [0] },
      ],
      /twice/,
    ],
    ["the name of the metadata", [{ name: "__metadata__", shape: [0] }], /name of the metadata/],
    ["an unpaired surrogate", [{ name: "\ud800", shape: [0] }], /well-formed/],
    ["a shape of another size", [{ name: "a", shape: [2, 2] }], /got 0 numbers, allowed: 4/],
    ["a fraction in the shape", [{ name: "a", shape: [0.5] }], /got 0.5/],
    ["nine dimensions", [{ name: "a", shape: [0, 1, 1, 1, 1, 1, 1, 1, 1] }], /got 9, allowed: .* 0 to 8/],
  ])("refuses %s", (_what, tensors, message) => {
    const given = tensors.map((each) => ({ ...each, data: new Float32Array(0) }));
    expect(() => encodeSafetensors(given)).toThrow(message);
  });
});

describe("decodeSafetensors", () => {
  test("reads back what was encoded, from any offset in memory", () => {
    fc.assert(
      fc.property(anyFile, fc.nat(7), ({ tensors, metadata }, shift) => {
        const bytes = join(encodeSafetensors(tensors, metadata), shift);
        const decoded = decodeSafetensors(bytes, "test");
        expect(decoded.tensors.size).toBe(tensors.length);
        for (const tensor of tensors) {
          const got = decoded.tensors.get(tensor.name);
          expect(got?.shape).toEqual(tensor.shape);
          expect(got?.data.constructor).toBe(tensor.data.constructor);
          expect(got === undefined ? undefined : bytesOf(got)).toEqual(bytesOf(tensor));
        }
        expect(Object.entries(decoded.metadata)).toEqual(Object.entries(metadata));
        expect(join(encodeSafetensors([...decoded.tensors.values()], decoded.metadata))).toEqual(
          bytes.slice(),
        );
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("reads aligned data in place, and only copies the rest", () => {
    const pieces = encodeSafetensors([{ name: "a", shape: [2], data: Float32Array.of(1, 2) }]);
    const aligned = join(pieces);
    expect(decodeSafetensors(aligned, "test").tensors.get("a")?.data.buffer).toBe(aligned.buffer);
    const shifted = join(pieces, 1);
    const copied = decodeSafetensors(shifted, "test").tensors.get("a")?.data;
    expect(copied?.buffer).not.toBe(shifted.buffer);
    expect(copied).toEqual(Float32Array.of(1, 2));
  });

  test("reads what other writers may write: blanks, another order, names of every kind", () => {
    const header =
      ' {"__proto__" : {"shape":[2], "data_offsets":[4,6],"dtype":"U8"},\n"caf\\u00e9": {"dtype":"I32",' +
      '"data_offsets":[0,4],"shape":[]}, "__metadata__":{"__proto__":"x","constructor":"\\"y\\""}}  ';
    const { tensors, metadata } = decodeSafetensors(fileOf(header, 6), "test");
    expect([...tensors.keys()]).toEqual(["café", "__proto__"]);
    expect(tensors.get("café")).toMatchObject({ shape: [], data: Int32Array.of(0) });
    expect(Object.entries(metadata)).toEqual([
      ["__proto__", "x"],
      ["constructor", '"y"'],
    ]);
  });

  const entry = (offsets: string, type = "F32", shape = "[1]"): string =>
    `{"dtype":"${type}","shape":${shape},"data_offsets":${offsets}}`;
  test.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(0), /^f, byte 0: got 0 bytes/],
    ["half a length", new Uint8Array(5), /^f, byte 5: got 5 bytes/],
    ["a length of 2^60", fileOf("{}", 0, 2n ** 60n), /byte 0: got a header of 1152921504606846976 bytes/],
    ["a length of 2^64 - 1", fileOf("{}", 0, 2n ** 64n - 1n), /byte 0: got a header of/],
    ["a header cut short", fileOf("{}", 0, 3n), /byte 0: got a header of 3 bytes, allowed: at most 2/],
    ["no header", fileOf("", 4), /byte 8: JSON: got the end of the text, allowed: a JSON value/],
    ["an array", fileOf("[]", 0), /byte 8: JSON: got a value that is not an object/],
    ["an open object", fileOf('{"a":', 0), /byte 13: JSON: got the end/],
    ["an open string", fileOf('{"a', 0), /byte 11: .* allowed: the closing quote/],
    ["an escape at the end", fileOf('{"a\\', 0), /byte 12: .* allowed: one of " /],
    ["a wrong escape", fileOf('{"\\x":0}', 0), /byte 11: JSON: got "x", allowed: one of " /],
    [
      "a line break in a string",
      fileOf('{"\n":0}', 0),
      /byte 10: JSON: got "\\n", allowed: an escaped control character/,
    ],
    ["a comma too many", fileOf(`{"a":${entry("[0,4]")},}`, 4), /byte 62: JSON: got "\}", allowed: a key/],
    ["text after the header", fileOf("{} x", 0), /byte 11: JSON: got "x", allowed: the end/],
    ["nesting", fileOf(`{"a":${"[".repeat(50_000)}`, 0), /byte 212: JSON: got nesting deeper than 200/],
    [
      "nesting in a shape",
      fileOf(`{"a":${entry("[0,4]", "F32", "[[1]]")}}`, 4),
      /"a": got no shape of at most 8/,
    ],
    [
      "a name twice",
      fileOf(`{"a":${entry("[0,4]")},"a":${entry("[4,8]")}}`, 8),
      /byte 62: JSON: got a key twice/,
    ],
    ["metadata twice", fileOf('{"__metadata__":{},"__metadata__":{}}', 0), /byte 27: JSON: got a key twice/],
    ["a field twice", fileOf('{"a":{"dtype":"F32","dtype":"F32"}}', 0), /byte 28: JSON: got a key twice/],
    ["an unknown field", fileOf('{"a":{"size":4}}', 0), /byte 9: tensor "a": got the field "size"/],
    ["a missing field", fileOf('{"a":{"dtype":"F32"}}', 0), /byte 9: tensor "a": got no shape/],
    ["an unknown type", fileOf(`{"a":${entry("[0,4]", "F8")}}`, 4), /tensor "a": got the dtype "F8"/],
    [
      "a type named as a property of objects",
      fileOf(`{"a":${entry("[0,4]", "toString")}}`, 4),
      /got the dtype "toString"/,
    ],
    ["a fraction", fileOf(`{"a":${entry("[0,4.0]")}}`, 4), /got "\.", allowed: a whole number in digits/],
    ["a minus", fileOf(`{"a":${entry("[-4,0]")}}`, 4), /got "-", allowed: a whole number in digits/],
    ["a zero in front", fileOf(`{"a":${entry("[0,04]")}}`, 4), /got "4", allowed: , or \]/],
    [
      "a number beyond 2^53",
      fileOf(`{"a":${entry("[0,9007199254740992]")}}`, 4),
      /got no data_offsets of two rising/,
    ],
    [
      "many digits",
      fileOf(`{"a":${entry(`[0,${"9".repeat(10_000)}]`)}}`, 4),
      /got no data_offsets of two rising/,
    ],
    ["one offset", fileOf(`{"a":${entry("[4]")}}`, 4), /got no data_offsets of two rising/],
    ["three offsets", fileOf(`{"a":${entry("[0,4,8]")}}`, 8), /got no data_offsets of two rising/],
    ["offsets in the wrong order", fileOf(`{"a":${entry("[4,0]")}}`, 4), /got no data_offsets of two rising/],
    [
      "a size that does not fit",
      fileOf(`{"a":${entry("[0,8]")}}`, 8),
      /got data_offsets that are 8 bytes apart, allowed: 4, for F32 of \[1\]/,
    ],
    [
      "a shape whose size is not exact",
      fileOf(`{"a":${entry("[0,0]", "F32", "[4294967296,4294967296]")}}`, 0),
      /allowed: 73786976294838210000, for F32/,
    ],
    [
      "nine dimensions",
      fileOf(`{"a":${entry("[0,4]", "F32", "[1,1,1,1,1,1,1,1,1]")}}`, 4),
      /no shape of at most 8 whole numbers/,
    ],
    ["offsets beyond the data", fileOf(`{"a":${entry("[0,4]")}}`, 3), /bytes 0 to 4 of the data, .* to 3/],
    ["an overlap", fileOf(`{"a":${entry("[0,4]")},"b":${entry("[2,6]")}}`, 6), /byte 62: .*"b".* from 4/],
    ["a gap", fileOf(`{"a":${entry("[0,4]")},"b":${entry("[8,12]")}}`, 12), /byte 62: .*"b".* from 4/],
    ["a gap at the start", fileOf(`{"a":${entry("[4,8]")}}`, 8), /from 0/],
    [
      "data of no tensor",
      fileOf(`{"a":${entry("[0,4]")}}`, 5),
      /byte 66: got 5 bytes of data, allowed: the 4/,
    ],
    [
      "metadata that is not text",
      fileOf('{"__metadata__":{"a":1}}', 0),
      /byte 9: got metadata "a" that is not a text/,
    ],
    ["a list for metadata", fileOf('{"__metadata__":[]}', 0), /byte 9: got metadata that is not an object/],
    [
      "bytes that are not UTF-8",
      Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22),
      /byte 10: got the byte 0xff/,
    ],
  ])("refuses %s, naming file and byte", (_what, bytes, message) => {
    let error: unknown;
    try {
      decodeSafetensors(bytes, "f");
    } catch (caught) {
      error = caught;
    }
    expect(isLoadlineError(error, "invalid-data")).toBe(true);
    expect(String((error as Error).message)).toMatch(message);
    expect((error as { details?: unknown }).details).toMatchObject({ file: "f", byte: expect.any(Number) });
  });

  test("refuses a header above the limit even if the file is that long", () => {
    const bytes = new Uint8Array(maxHeaderBytes + 16);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(maxHeaderBytes + 1), true);
    expect(() => decodeSafetensors(bytes, "f")).toThrow(
      /got a header of 100000001 bytes, allowed: at most 100000000/,
    );
  });

  test("refuses more tensors than the limit, and reads exactly the limit", () => {
    const header = (count: number): string =>
      Array.from({ length: count }, (_, at) => `"${at}":${entry("[0,0]", "U8", "[0]")}`).join(",");
    expect(decodeSafetensors(fileOf(`{${header(maxTensors)}}`, 0), "f").tensors.size).toBe(maxTensors);
    expect(() => decodeSafetensors(fileOf(`{${header(maxTensors + 1)}}`, 0), "f")).toThrow(
      /got 100001 tensors, allowed: at most 100000/,
    );
  });

  test("refuses metadata with more entries than the limit", () => {
    const text = Array.from({ length: 10_001 }, (_, at) => `"${at}":""`).join(",");
    expect(() => decodeSafetensors(fileOf(`{"__metadata__":{${text}}}`, 0), "f")).toThrow(
      /got 10001 entries of metadata, allowed: at most 10000/,
    );
  });

  test("reads or refuses a file with any byte changed", () => {
    const whole = join(
      encodeSafetensors(
        [
          { name: "layers.0.kernel", shape: [2, 3], data: new Float32Array(6) },
          { name: "steps", shape: [], data: Int32Array.of(5) },
          { name: "bytes", shape: [3], data: Uint8Array.of(1, 2, 3) },
        ],
        { network: '{"layers":[]}' },
      ),
    );
    const change = fc.tuple(
      fc.nat(whole.length - 1),
      fc.oneof(fc.nat(255), fc.constantFrom(...'{}[]",:0159\\ '.split("").map((each) => each.charCodeAt(0)))),
    );
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(whole.length), (changes, end) => {
        const bytes = end % 4 === 0 ? whole.slice(0, end) : whole.slice();
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
        try {
          decodeSafetensors(bytes, "f");
          read++;
        } catch (error) {
          expect(isLoadlineError(error, "invalid-data")).toBe(true);
          refused++;
        }
      }),
      { seed: 7, numRuns: 3000 },
    );
    // Both occur: changes in the data are read, changes in the header are mostly refused.
    expect(read).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(500);
  });
});
