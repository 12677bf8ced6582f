import { describe, expect, test } from "vitest";
import { bytesSource } from "../source/byte-source.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { joinBytes, safetensorsBytes } from "../header/header.fixture.ts";
import type { ModelFile } from "../header/model-file.ts";
import { readModelFile } from "../read-model-file.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));

/** Returns a source over files of one folder in memory. */
function folder(files: Readonly<Record<string, Uint8Array>>, name: string): ByteSource {
  return {
    ...bytesSource(name, files[name] ?? new Uint8Array(0)),
    sibling: (sibling) => Promise.resolve(Object.hasOwn(files, sibling) ? folder(files, sibling) : undefined),
  };
}

function read(name: string, bytes: Uint8Array): Promise<ModelFile> {
  return readModelFile(bytesSource(name, bytes));
}

const weight = { dtype: "BF16", shape: [2, 3], data_offsets: [0, 12] };
const config = { model_type: "llama", hidden_size: 4096 };

describe("safetensors", () => {
  test("gives tensors, metadata and the config.json next to it", async () => {
    const bytes = safetensorsBytes(
      { __metadata__: { format: "pt" }, a: weight, b: { dtype: "F4", shape: [4], data_offsets: [12, 14] } },
      14,
    );
    const model = await readModelFile(
      folder({ "m.safetensors": bytes, "config.json": json(config) }, "m.safetensors"),
    );
    expect(model).toEqual({
      format: "safetensors",
      name: "m.safetensors",
      metadata: { format: "pt" },
      tensors: [
        { name: "a", shape: [2, 3], type: "bf16", bytes: 12, offset: 0 },
        { name: "b", shape: [4], type: "f4", bytes: 2, offset: 12 },
      ],
      config,
      parts: 1,
      byteLength: bytes.length,
    });
  });

  test.each([
    ["F8_E4M3FNUZ", 8],
    ["F8_E5M2FNUZ", 8],
    ["F8_E8M0", 8],
    ["F6_E2M3", 6],
    ["F4", 4],
    ["BOOL", 8],
    ["C64", 64],
  ])("of %s has %i bits per element", async (dtype, bits) => {
    const model = await read(
      "m.safetensors",
      safetensorsBytes({ a: { dtype, shape: [8], data_offsets: [0, bits] } }, bits),
    );
    expect(model.format === "safetensors" && model.tensors[0]).toMatchObject({
      type: dtype.toLowerCase(),
      bytes: bits,
    });
  });

  const part1 = safetensorsBytes({ a: weight }, 12);
  const part2 = safetensorsBytes({ b: weight }, 12);
  const files = {
    "model.safetensors.index.json": json({
      weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
    }),
    "model-00001-of-00002.safetensors": part1,
    "model-00002-of-00002.safetensors": part2,
    "config.json": json(config),
  };

  test.each([
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ])("in parts is read with all of them from %s", async (name) => {
    const model = await readModelFile(folder(files, name));
    expect(model).toMatchObject({ name, parts: 2, config, byteLength: part1.length + part2.length });
    expect(model.format === "safetensors" && model.tensors.map((tensor) => tensor.name)).toEqual(["a", "b"]);
  });

  test.each([
    [
      "a part that is not there",
      { c: "model-00003-of-00003.safetensors" },
      "not-found",
      /this part of the model is missing/u,
    ],
    [
      "a path",
      { a: "../secret.safetensors" },
      "invalid-data",
      /allowed: \*\.safetensors in the folder of the index/u,
    ],
    [
      "a pickle",
      { a: "pytorch_model.bin" },
      "invalid-data",
      /allowed: \*\.safetensors in the folder of the index/u,
    ],
    ["a number", { a: 7 }, "invalid-data", /got the file a number/u],
    [
      "a tensor in none",
      { z: "model-00001-of-00002.safetensors" },
      "invalid-data",
      /lists the tensor "z", but none of its files has it/u,
    ],
  ])("an index with %s is rejected", async (_, map, code, message) => {
    const broken = { ...files, "model.safetensors.index.json": json({ weight_map: map }) };
    await expect(readModelFile(folder(broken, "model.safetensors.index.json"))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      "cut in its length",
      Uint8Array.of(1, 2, 3),
      /byte 3: got 3 bytes, allowed: at least the 8 that state the header's length/u,
    ],
    [
      "of 2^60 bytes",
      joinBytes(new Uint8Array(7), Uint8Array.of(16), utf8("{}")),
      /byte 0: got a header of 115\d+ bytes/u,
    ],
    [
      "cut in its header",
      safetensorsBytes({ a: weight }).subarray(0, 20),
      /byte 20: the file ends within its header/u,
    ],
    ["no JSON", safetensorsBytes('{"a":}'), /byte 13: JSON: got "\}", allowed: a JSON value/u],
    [
      "JSON that ends early",
      safetensorsBytes('{"a":'),
      /byte 13: JSON: got the end of the text, allowed: a JSON value/u,
    ],
    ["an array", safetensorsBytes("[]"), /byte 8: JSON: got a value that is not an object/u],
    [
      "no UTF-8",
      joinBytes(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0), Uint8Array.of(0xff, 0xff)),
      /byte 8: got the byte 0xff, allowed: UTF-8/u,
    ],
    [
      "a key twice",
      safetensorsBytes('{"é":1,"é":2}'),
      /byte 16: JSON: got a key twice, allowed: each key once/u,
    ],
    [
      "a key twice by an escape",
      safetensorsBytes('{"a":1,"\\u0061":2}'),
      /byte 15: JSON: got a key twice, allowed: each key once/u,
    ],
    ["__proto__", safetensorsBytes('{"a":{"__proto__":1}}'), /byte 14: JSON: got the key __proto__/u],
    [
      "__proto__ by an escape",
      safetensorsBytes('{"\\u005f_proto__":1}'),
      /byte 9: JSON: got the key __proto__/u,
    ],
    [
      "depth",
      safetensorsBytes(`{"a":${"[".repeat(100_000)}`),
      /byte 212: JSON: got nesting deeper than 200/u,
    ],
    ["values", safetensorsBytes(`{"a":[${"0,".repeat(700_001)}0]}`), /JSON: got more than 700000 values/u],
    [
      "keys",
      safetensorsBytes(`{${Array.from({ length: 262_145 }, (_, index) => `"${index}":0`).join()}}`),
      /JSON: got more than 262144 keys in an object/u,
    ],
    [
      "a type",
      safetensorsBytes({ a: { ...weight, dtype: "constructor" } }),
      /byte 9: tensor "a": got the dtype "constructor", allowed: BOOL, F4/u,
    ],
    ["no shape", safetensorsBytes({ a: { ...weight, shape: [-1] } }), /"a": got no shape/u],
    [
      "an overflow",
      safetensorsBytes({ a: { ...weight, shape: [2 ** 52, 2 ** 52] } }),
      /got data_offsets that are 12 bytes apart, allowed: 4.05\d+e\+31, for BF16/u,
    ],
    ["falling offsets", safetensorsBytes({ a: { ...weight, data_offsets: [12, 0] } }), /no data_offsets/u],
    [
      "other bytes",
      safetensorsBytes({ a: { ...weight, data_offsets: [0, 13] } }),
      /got data_offsets that are 13 bytes apart, allowed: 12, for BF16 of \[2, 3\]/u,
    ],
    [
      "shared bytes",
      safetensorsBytes({ a: weight, b: { ...weight, data_offsets: [11, 23] } }),
      /byte 66: tensor "b": got the bytes 11 to 23 of the data, allowed: from 12/u,
    ],
    [
      "the end",
      safetensorsBytes({ a: weight }, 11),
      /byte 9: tensor "a": got the bytes 0 to 12 of the data, allowed: from 0, .* to 11 at most/u,
    ],
    [
      "a gap",
      safetensorsBytes({ a: weight, b: { ...weight, data_offsets: [16, 28] } }),
      /byte 66: tensor "b": got the bytes 16 to 28 of the data, allowed: from 12, where the one before ends/u,
    ],
    [
      "a gap before",
      safetensorsBytes({ a: { ...weight, data_offsets: [4, 16] } }),
      /got the bytes 4 to 16 of the data, allowed: from 0/u,
    ],
    [
      "bytes of no tensor",
      safetensorsBytes({ a: weight }, 20),
      // Eight bytes, a header of 58, and twelve of the tensor
      /byte 78: got 20 bytes of data, allowed: the 12 that the tensors fill/u,
    ],
    [
      "sizes past numbers",
      safetensorsBytes({
        a: { ...weight, shape: [...Array<number>(60).fill(2 ** 52), 0], data_offsets: [0, 1] },
      }),
      /got data_offsets that are 1 bytes apart, allowed: 0, for BF16/u,
    ],
    ["an entry", safetensorsBytes({ a: 1 }), /"a": got a value that is not an object/u],
  ])("a header with %s is rejected", async (_, bytes, message) => {
    await expect(read("m.safetensors", bytes)).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(message),
      details: { file: "m.safetensors", byte: expect.any(Number) },
    });
  });
});
