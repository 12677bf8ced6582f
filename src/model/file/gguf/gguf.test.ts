import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../source/byte-source.ts";
import { readGguf } from "./gguf.ts";
import { ggmlRowBytes, ggmlType } from "./ggml-types.ts";
import { ggufBytes } from "../header/header.fixture.ts";
import type { GgufFixture, SettingFixture } from "../header/header.fixture.ts";

const q4K = 12;
const f32 = 0;

function read(fixture: GgufFixture): ReturnType<typeof readGguf> {
  return readGguf(bytesSource("model.gguf", ggufBytes(fixture)));
}

describe("a header", () => {
  test("gives settings of every type, and tensors with their bytes", async () => {
    const model = await read({
      settings: [
        ["general.architecture", { text: "gemma3" }],
        ["gemma3.context_length", { u32: 131_072 }],
        ["gemma3.rope.freq_base", { f32: 0.5 }],
        ["gemma3.causal", { bool: true }],
        ["gemma3.attention.head_count_kv", { u32s: [4, 0, 4] }],
        ["gemma3.attention.sliding_window_pattern", { bools: [true, false, true] }],
        ["general.tags", { texts: ["a", "Ünï"] }],
        ["general.size", { u64: 2n ** 40n }],
      ],
      tensors: [
        { name: "token_embd.weight", shape: [256, 10], type: q4K, offset: 0 },
        { name: "norm.weight", shape: [256], type: f32, offset: 1440 },
      ],
      dataBytes: 1440 + 1024,
    });
    expect({ ...model.metadata }).toEqual({
      "general.architecture": "gemma3",
      "gemma3.context_length": 131_072,
      "gemma3.rope.freq_base": 0.5,
      "gemma3.causal": true,
      "gemma3.attention.head_count_kv": [4, 0, 4],
      "gemma3.attention.sliding_window_pattern": [true, false, true],
      "general.tags": ["a", "Ünï"],
      "general.size": 2 ** 40,
    });
    // 256 elements of q4_k are one block of 144 bytes; ten rows
    expect(model.tensors).toEqual([
      { name: "token_embd.weight", shape: [256, 10], type: "q4_k", bytes: 1440, offset: 0 },
      { name: "norm.weight", shape: [256], type: "f32", bytes: 1024, offset: 1440 },
    ]);
    expect([model.version, model.parts, model.alignment]).toEqual([3, 1, 32]);
  });

  test("of version 2 is read, and describes a model without any data", async () => {
    const model = await read({
      version: 2,
      tensors: [{ name: "a", shape: [32, 2 ** 20], type: f32, offset: 0 }],
    });
    expect(model.tensors[0]?.bytes).toBe(2 ** 27);
  });

  test("keeps only the length of long arrays", async () => {
    const model = await read({
      settings: [
        ["numbers.kept", { u32s: Array.from({ length: 4096 }, (_, index) => index) }],
        ["numbers.long", { u32s: Array.from({ length: 4097 }, (_, index) => index) }],
        ["texts.kept", { texts: Array.from({ length: 64 }, () => "x") }],
        ["texts.long", { texts: Array.from({ length: 65 }, () => "x") }],
        ["after", { u32: 7 }],
      ],
    });
    expect(model.metadata["numbers.kept"]).toEqual(Array.from({ length: 4096 }, (_, index) => index));
    expect(model.metadata["numbers.long"]).toEqual({ length: 4097 });
    expect(model.metadata["texts.kept"]).toEqual(Array.from({ length: 64 }, () => "x"));
    expect(model.metadata["texts.long"]).toEqual({ length: 65 });
    expect(model.metadata["after"]).toBe(7);
  });

  test("with a setting named __proto__ changes no prototype", async () => {
    const model = await read({ settings: [["__proto__", { text: "x" }]] });
    expect(Object.getPrototypeOf(model.metadata)).toBeNull();
    expect(Object.keys(model.metadata)).toEqual(["__proto__"]);
  });

  test("with a vocabulary is read in few requests, and the data never", async () => {
    const words = Array.from({ length: 128_000 }, (_, index) => `token number ${index}`);
    const bytes = ggufBytes({
      settings: [
        ["tokenizer.ggml.tokens", { texts: words }],
        ["end", { u32: 1 }],
      ],
      tensors: [{ name: "a", shape: [2 ** 22], type: f32, offset: 0 }],
      dataBytes: 2 ** 24,
    });
    const reads: number[] = [];
    const memory = bytesSource("model.gguf", bytes);
    const model = await readGguf({
      ...memory,
      read: (offset, length) => {
        reads.push(length);
        return memory.read(offset, length);
      },
    });
    expect(model.metadata["end"]).toBe(1);
    // The header has 3.3 MB: 64 KiB, 512 KiB, 4 MiB
    expect(reads.length).toBe(3);
    expect(reads.reduce((sum, length) => sum + length, 0)).toBeLessThan(bytes.length / 4);
  });
});

describe("a hostile or broken header", () => {
  const big = 2n ** 60n;
  const tensor = { name: "a", shape: [32], type: f32, offset: 0 };
  const arrayOf = (type: number, length: bigint): SettingFixture => ({
    raw: (out) => out.u32(9).u32(type).u64(length),
  });
  const cases: Readonly<Record<string, readonly [GgufFixture, RegExp]>> = {
    "2^60 tensors": [{ tensorCount: big }, /byte 8: got 115\d+ tensors, allowed: up to 32768/u],
    "2^60 settings": [{ settingCount: big }, /byte 16: got 115\d+ settings, allowed: up to 4096/u],
    "more tensors than bytes": [{ tensorCount: 30_000 }, /30000 tensors take at least 750000 bytes/u],
    "version 1": [{ version: 1 }, /byte 4: got version 1, allowed: 2 and 3/u],
    "big-endian": [{ version: 3 << 24 }, /byte 4: got a big-endian file/u],
    "a text of 2^60 bytes": [
      { settings: [["k", { raw: (out) => out.u32(8).u64(big) }]] },
      /byte 37: length of a setting: got 115\d+, allowed: up to 2\^53/u,
    ],
    "a text of gigabytes": [
      { settings: [["k", { raw: (out) => out.u32(8).u64(2n ** 32n) }]] },
      /byte 37: a setting: got a text of 4294967296 bytes, allowed: 1048576/u,
    ],
    "an array of 2^50 texts": [
      { settings: [["k", arrayOf(8, 2n ** 50n)]] },
      /1125899906842624 values of an array/u,
    ],
    "an array of 2^50 bytes": [
      { settings: [["k", arrayOf(0, 2n ** 50n)]] },
      /1125899906842624 values of an array/u,
    ],
    "an array of arrays": [{ settings: [["k", arrayOf(9, 1n)]] }, /byte 37: got an array of arrays/u],
    "an array of an unknown type": [{ settings: [["k", arrayOf(13, 1n)]] }, /an array of the type 13/u],
    "a setting of a type that is none": [
      { settings: [["k", { raw: (out) => out.u32(99) }]] },
      /a setting of the type 99, allowed: 0 to 12/u,
    ],
    "a setting twice": [
      {
        settings: [
          ["k", { u32: 1 }],
          ["k", { u32: 2 }],
        ],
      },
      /byte 41: duplicate setting "k"/u,
    ],
    "a tensor twice": [{ tensors: [tensor, { ...tensor, offset: 128 }] }, /byte 57: duplicate tensor "a"/u],
    "tensors that share bytes": [
      { tensors: [tensor, { ...tensor, name: "b", offset: 96 }] },
      /byte 57: "b": begins at byte 96 of the data, within a tensor that ends at 128/u,
    ],
    "a tensor past the end": [
      { tensors: [tensor], dataBytes: 127 },
      /byte 24: "a": ends at byte 192, past the end of the file at 191/u,
    ],
    "a tensor that is not aligned": [
      { tensors: [{ ...tensor, offset: 8 }] },
      /offset 8, allowed: multiples of 32/u,
    ],
    "sizes whose product overflows": [
      { tensors: [{ ...tensor, shape: [2n ** 30n, 2n ** 30n, 2n ** 30n, 2n ** 30n] }] },
      /allowed: up to 2\^53 bytes/u,
    ],
    "five dimensions": [{ tensors: [{ ...tensor, shape: [1, 1, 1, 1, 1] }] }, /got 5 dimensions/u],
    "a type that was removed": [
      { tensors: [{ ...tensor, type: 31 }] },
      /"a": got the type 31 \(q4_0_4_4\), which ggml has removed\. Convert the model again/u,
    ],
    "a type of the future": [
      { tensors: [{ ...tensor, type: 137 }] },
      /"a": got the type 137, allowed: those of ggml v0.5.0\. A newer release or a fork wrote it/u,
    ],
    "an offset of 2^60": [{ tensors: [{ ...tensor, offset: big }] }, /"a": got the offset 115\d+/u],
    "a name of a kilobyte": [
      { settings: [["k".repeat(1025), { u32: 1 }]] },
      /text of 1025 bytes, allowed: 1024/u,
    ],
    "3 million texts": [
      { settings: [["k", arrayOf(8, 3_000_000n)]], dataBytes: 2 ** 25 },
      /byte 37: got 3000000 texts in arrays, allowed: 2097152/u,
    ],
    "a row of half a block": [{ tensors: [{ ...tensor, type: q4K }] }, /got rows of 32 elements/u],
    "a tensor's long name": [{ tensors: [{ ...tensor, name: "n".repeat(129) }] }, /name of 129 bytes/u],
    "alignment 0": [{ settings: [["general.alignment", { u32: 0 }]] }, /byte 24: general.alignment: got 0/u],
    "alignment 48": [{ settings: [["general.alignment", { u32: 48 }]] }, /general.alignment: got 48/u],
    "a text as alignment": [{ settings: [["general.alignment", { text: "32" }]] }, /got a string/u],
    "texts of 5 MiB": [
      {
        settings: Array.from(
          { length: 5 },
          (_, index) => [`k${index}`, { text: "x".repeat(2 ** 20) }] as const,
        ),
      },
      /settings of more than 4194304 characters/u,
    ],
  };

  test.each(Object.entries(cases))("with %s is rejected", async (_, [fixture, message]) => {
    await expect(read(fixture)).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(message),
    });
  });

  test("that is cut anywhere is rejected with the last byte of the file", async () => {
    const whole = ggufBytes({
      settings: [
        ["general.architecture", { text: "llama" }],
        ["words", { texts: Array.from({ length: 70 }, () => "word") }],
      ],
      tensors: [{ name: "a", shape: [32], type: f32, offset: 0 }],
    });
    // The padding after the last tensor may be missing.
    const headerEnd = 24 + 28 + 4 + 8 + 5 + 13 + 4 + 4 + 8 + 70 * 12 + 9 + 4 + 8 + 4 + 8;
    for (let length = 0; length < whole.length; length++) {
      const cut = readGguf(bytesSource("cut.gguf", whole.subarray(0, length)));
      if (length < headerEnd)
        await expect(cut).rejects.toMatchObject({ code: "invalid-data", details: { file: "cut.gguf" } });
      else await expect(cut).resolves.toMatchObject({ format: "gguf" });
    }
  });
});

test("a header reads back as it was written", async () => {
  const settings = fc.uniqueArray(
    fc.tuple(
      fc.string({ minLength: 1, maxLength: 30 }).filter((key) => !/^(?:general|split)\./u.test(key)),
      fc.oneof(
        fc.record({ u32: fc.nat() }),
        fc.record({ bool: fc.boolean() }),
        fc.record({ text: fc.string({ unit: "grapheme", maxLength: 200 }) }),
        fc.record({ u32s: fc.array(fc.nat(), { maxLength: 50 }) }),
        fc.record({ texts: fc.array(fc.string(), { maxLength: 64 }) }),
      ),
    ),
    { selector: ([key]) => key, maxLength: 20 },
  );
  const shapes = fc.array(fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 4 }), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(settings, shapes, async (settings, shapes) => {
      let offset = 0;
      const tensors = shapes.map((shape, index) => {
        const tensor = { name: `t${index}`, shape, type: f32, offset };
        offset += Math.ceil(shape.reduce((product, size) => product * size, 4) / 32) * 32;
        return tensor;
      });
      const model = await read({ settings, tensors, dataBytes: offset });
      expect(Object.entries(model.metadata)).toEqual(
        Object.entries(Object.fromEntries(settings.map(([key, value]) => [key, Object.values(value)[0]]))),
      );
      expect(model.tensors.map((tensor) => [tensor.shape, tensor.offset])).toEqual(
        tensors.map((tensor) => [tensor.shape, tensor.offset]),
      );
    }),
    { seed: 7, numRuns: 200 },
  );
});

test("a row of each type takes complete blocks", () => {
  const q6K = ggmlType(14);
  if (q6K === undefined) throw new Error("q6_k is missing");
  expect(ggmlRowBytes(q6K, 4096)).toBe(16 * 210);
  expect(ggmlRowBytes(q6K, 4095)).toBeUndefined();
  expect([4, 5, 31, 32, 33, 36, 37, 38, 43, -1].map((id) => ggmlType(id))).toEqual(Array(10).fill(undefined));
});
