import { describe, expect, test } from "vitest";
import { bytesSource } from "../source/byte-source.ts";
import { joinBytes, onnxBytes, protobufField } from "../header/header.fixture.ts";
import type { ModelFile } from "../header/model-file.ts";
import { readModelFile } from "../read-model-file.ts";

function read(name: string, bytes: Uint8Array): Promise<ModelFile> {
  return readModelFile(bytesSource(name, bytes));
}

describe("ONNX", () => {
  const raw = joinBytes(
    protobufField(1, 2),
    protobufField(1, 3),
    protobufField(2, 1),
    protobufField(8, "raw"),
    protobufField(9, new Uint8Array(24)),
  );
  const packed = joinBytes(
    protobufField(1, Uint8Array.of(0x80, 0x01, 5)),
    protobufField(2, 22),
    protobufField(8, "packed"),
  );
  const entry = (key: string, value: string): Uint8Array =>
    protobufField(13, joinBytes(protobufField(1, key), protobufField(2, value)));
  const external = (length: string): Uint8Array =>
    joinBytes(
      protobufField(1, 1000),
      protobufField(2, 10),
      protobufField(8, "external"),
      entry("location", "weights.bin"),
      entry("offset", "4096"),
      entry("length", length),
      protobufField(14, 1),
    );
  const texts = joinBytes(
    protobufField(1, 2),
    protobufField(2, 8),
    protobufField(6, "one"),
    protobufField(6, "three"),
    protobufField(8, "texts"),
  );

  test("gives initializers: raw, with packed sizes, in another file, of texts", async () => {
    const bytes = onnxBytes([raw, packed, external("2000"), texts]);
    const model = await read("m.onnx", bytes);
    expect(model).toMatchObject({
      producer: "pytorch",
      byteLength: bytes.length,
      tensors: [
        { name: "raw", shape: [2, 3], type: "f32", bytes: 24 },
        // 128 x 5 elements of four bits
        { name: "packed", shape: [128, 5], type: "i4", bytes: 320 },
        { name: "external", shape: [1000], type: "f16", bytes: 2000, offset: 4096 },
        { name: "texts", shape: [2], type: "string", bytes: 8 },
      ],
    });
  });

  test("gives constants of nodes, initializers of branches, sparse ones, and those of functions", async () => {
    const node = (output: string, ...attributes: readonly Uint8Array[]): Uint8Array =>
      joinBytes(protobufField(2, output), ...attributes.map((attribute) => protobufField(5, attribute)));
    const constant = joinBytes(
      protobufField(1, 4),
      protobufField(2, 7),
      protobufField(9, new Uint8Array(32)),
    );
    const value = joinBytes(protobufField(1, "value"), protobufField(5, constant));
    const branch = joinBytes(protobufField(1, "then_branch"), protobufField(6, protobufField(5, raw)));
    const values = joinBytes(protobufField(1, 3), protobufField(2, 1), protobufField(8, "few"));
    const places = joinBytes(protobufField(1, 3), protobufField(2, 7));
    const sparse = joinBytes(protobufField(1, values), protobufField(2, places), protobufField(3, 1000));
    const graph = joinBytes(
      protobufField(1, node("shape", value)),
      protobufField(1, node("if", branch)),
      protobufField(5, raw),
      protobufField(15, sparse),
    );
    const inFunction = protobufField(25, protobufField(7, node("gelu", value)));
    const model = await read("m.onnx", joinBytes(protobufField(1, 8), protobufField(7, graph), inFunction));
    expect(model.format === "onnx" && model.tensors.map(({ name, bytes }) => [name, bytes])).toEqual([
      ["shape", 32],
      ["if/raw", 24],
      ["raw", 24],
      ["few", 12],
      ["sparse indices", 24],
      ["gelu", 32],
    ]);
  });

  test("skips data without reading them", async () => {
    const large = joinBytes(
      protobufField(1, 2 ** 20),
      protobufField(2, 1),
      protobufField(9, new Uint8Array(2 ** 22)),
      protobufField(8, "large"),
    );
    const bytes = onnxBytes([large, raw]);
    let readBytes = 0;
    const memory = bytesSource("m.onnx", bytes);
    const model = await readModelFile({
      ...memory,
      read: async (offset, length) => {
        const piece = await memory.read(offset, length);
        readBytes += piece.length;
        return piece;
      },
    });
    expect(model.format === "onnx" && model.tensors.map((tensor) => tensor.name)).toEqual(["large", "raw"]);
    expect(readBytes).toBeLessThan(2 ** 18);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ["no graph", protobufField(1, 8), /has no graph/u],
    ["two graphs", joinBytes(onnxBytes([]), protobufField(7, "")), /got a second graph/u],
    [
      "a field past the end",
      joinBytes(protobufField(1, 8), Uint8Array.of(0x3a, 100)),
      /byte 2: a field extends to byte 104/u,
    ],
    [
      "an endless number",
      joinBytes(protobufField(1, 8), new Uint8Array(20).fill(0xff)),
      /byte 2: got a number of more than ten bytes/u,
    ],
    ["a cut number", Uint8Array.of(0x08, 0x80), /the file ends at byte 2/u],
    [
      "a group",
      joinBytes(protobufField(1, 8), Uint8Array.of(0x3b)),
      /byte 2: got the field 7 of wire type 3/u,
    ],
    [
      "a graph in a graph in a graph",
      joinBytes(
        protobufField(1, 8),
        protobufField(
          7,
          Array.from({ length: 20 }).reduce<Uint8Array>(
            (graph) => protobufField(1, protobufField(5, protobufField(6, graph))),
            new Uint8Array(0),
          ),
        ),
      ),
      /messages nested deeper than 48/u,
    ],
    ["a type", onnxBytes([joinBytes(protobufField(2, 99), protobufField(8, "a"))]), /"a": got the type 99/u],
    ["a name twice", onnxBytes([raw, raw]), /duplicate initializer "raw"/u],
    ["a long name", onnxBytes([protobufField(8, "n".repeat(5000))]), /a name of 5000 bytes, allowed: 4096/u],
    [
      "65 sizes",
      onnxBytes([joinBytes(protobufField(1, new Uint8Array(65).fill(1)), protobufField(2, 1))]),
      /more than 64 dimensions/u,
    ],
    [
      "an overflow",
      onnxBytes([joinBytes(protobufField(1, 2 ** 40), protobufField(1, 2 ** 40), protobufField(2, 1))]),
      /allowed: up to 2\^53 bytes/u,
    ],
    [
      "a negative size",
      onnxBytes([
        joinBytes(Uint8Array.of(8), new Uint8Array(9).fill(0xff), Uint8Array.of(1), protobufField(2, 1)),
      ]),
      /allowed: sizes below 2\^53/u,
    ],
    [
      "other data",
      onnxBytes([joinBytes(raw, protobufField(1, 2))]),
      /its shape takes 48 bytes, but its data have 24/u,
    ],
    [
      "data of another length in another file",
      onnxBytes([external("1999")]),
      /takes 2000 bytes, but its data have 1999/u,
    ],
  ])("rejects a file with %s", async (_, bytes, message) => {
    await expect(read("m.onnx", bytes)).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(message),
    });
  });
});
