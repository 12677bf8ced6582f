import { describe, expect, test } from "vitest";
import { blobSource, bytesSource } from "./source/byte-source.ts";
import type { ByteSource } from "./source/byte-source.ts";
import { ggufBytes, joinBytes, onnxBytes, safetensorsBytes } from "./header/header.fixture.ts";
import type { ModelFile } from "./header/model-file.ts";
import { readModelFile } from "./read-model-file.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));

function read(name: string, bytes: Uint8Array): Promise<ModelFile> {
  return readModelFile(bytesSource(name, bytes));
}

const weight = { dtype: "BF16", shape: [2, 3], data_offsets: [0, 12] };
const config = { model_type: "llama", hidden_size: 4096 };

describe("the format is recognized by content, then by name", () => {
  test.each([
    ["gguf", "download", ggufBytes({})],
    ["safetensors", "download", safetensorsBytes({ a: weight })],
    ["safetensors", "m.safetensors", safetensorsBytes({ a: weight }, 12)],
    ["config", "config.json", json(config)],
    ["config", "with a mark of byte order", joinBytes(Uint8Array.of(0xef, 0xbb, 0xbf), json(config))],
    ["config", "download", utf8(`   ${JSON.stringify(config)}`)],
    ["keras", "model.json", json({ modelTopology: { model_config: { class_name: "Sequential" } } })],
    ["onnx", "download", onnxBytes([])],
    ["onnx", "m.onnx", onnxBytes([])],
  ])("%s from %s", async (format, name, bytes) => {
    expect((await read(name, bytes)).format).toBe(format);
  });

  test("also from a browser's blob", async () => {
    const model = await readModelFile(blobSource("a", new Blob([ggufBytes({}).slice()])));
    expect(model.format).toBe("gguf");
  });

  test("also from a source that is a class", async () => {
    const files: Readonly<Record<string, Uint8Array>> = {
      "m.safetensors": safetensorsBytes({ a: weight }, 12),
      "config.json": json(config),
    };
    class FolderSource implements ByteSource {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      get byteLength(): number {
        return files[this.name]?.length ?? 0;
      }
      read(offset: number, length: number): Promise<Uint8Array> {
        return Promise.resolve((files[this.name] ?? new Uint8Array(0)).subarray(offset, offset + length));
      }
      sibling(name: string): Promise<ByteSource | undefined> {
        return Promise.resolve(Object.hasOwn(files, name) ? new FolderSource(name) : undefined);
      }
    }
    const model = await readModelFile(new FolderSource("m.safetensors"));
    expect(model).toMatchObject({ config, byteLength: files["m.safetensors"]?.length });
  });

  test.each([
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"],
    ["<!DOCTYPE html><html>", "a web page"],
    ["\u0089HDF\r\n", "HDF5"],
    ["PK\u0003\u0004", "a zip archive"],
    ["", "is empty"],
    ["hello", "not those of a model, allowed: GGUF"],
    ['{"hello":1}', "a JSON file that is not a model"],
  ])("%j is rejected as what it is", async (text, message) => {
    await expect(read("a", Buffer.from(text, "latin1"))).rejects.toMatchObject({
      code: "unknown-format",
      message: expect.stringContaining(message),
    });
  });
});

describe("Keras and TensorFlow.js", () => {
  const topology = { class_name: "Sequential", config: { layers: [] } };

  test.each<[string, object]>([
    ["modelTopology with model_config", { modelTopology: { keras_version: "3", model_config: topology } }],
    ["modelTopology alone", { modelTopology: topology }],
    ["Keras's own", topology],
    ["model_config as a text", { model_config: JSON.stringify(topology) }],
  ])("%s gives its topology", async (_, file) => {
    expect(await read("model.json", json(file))).toMatchObject({ format: "keras", topology, weights: [] });
  });

  test("weights have the bytes of their storage type, one file after another", async () => {
    const manifest = [
      {
        paths: ["group1.bin"],
        weights: [
          { name: "dense/kernel", shape: [784, 10], dtype: "float32" },
          {
            name: "dense/bias",
            shape: [10],
            dtype: "float32",
            quantization: { dtype: "uint8", scale: 1, min: 0 },
          },
        ],
      },
      { paths: ["group2.bin"], weights: [{ name: "scale", shape: [], dtype: "float16" }] },
    ];
    const model = await read("model.json", json({ modelTopology: topology, weightsManifest: manifest }));
    expect(model.format === "keras" && model.weights).toEqual([
      { name: "dense/kernel", shape: [784, 10], type: "float32", bytes: 31_360, offset: 0 },
      { name: "dense/bias", shape: [10], type: "uint8", bytes: 10, offset: 31_360 },
      { name: "scale", shape: [], type: "float16", bytes: 2, offset: 31_370 },
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ["no array", {}, /its weightsManifest is not an array/u],
    ["no weights", [{}], /a group of its weightsManifest has no weights/u],
    [
      "a type",
      [{ weights: [{ name: "a", shape: [1], dtype: "toString" }] }],
      /"a": got the dtype "toString"/u,
    ],
    ["a size", [{ weights: [{ name: "a", shape: [""], dtype: "int32" }] }], /"a": its shape is not a list/u],
    [
      "an overflow",
      [{ weights: [{ name: "a", shape: [2 ** 40, 2 ** 40], dtype: "int32" }] }],
      /allowed: up to 2\^53/u,
    ],
    [
      "a name twice",
      [
        { weights: [{ name: "a", shape: [1], dtype: "int32" }] },
        { weights: [{ name: "a", shape: [1], dtype: "int32" }] },
      ],
      /duplicate weight "a"/u,
    ],
  ])("a manifest with %s is rejected", async (_, manifest, message) => {
    await expect(
      read("model.json", json({ modelTopology: topology, weightsManifest: manifest })),
    ).rejects.toMatchObject({ code: "invalid-data", message: expect.stringMatching(message) });
  });
});
