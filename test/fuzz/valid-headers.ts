import type { ByteSource } from "../../src/model/file/source/byte-source.ts";
import {
  ggufBytes,
  joinBytes,
  onnxBytes,
  protobufField,
  safetensorsBytes,
} from "../../src/model/file/header/header.fixture.ts";

/** A valid model: its files by name, and the one that is opened. */
export interface ValidModel {
  readonly open: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const config = json({ model_type: "llama", hidden_size: 64, rope_scaling: { type: "yarn", factor: 4 } });

/** GGUF type numbers: f32 and q4_k. */
const f32 = 0;
const q4K = 12;

function gguf(): ValidModel {
  const file = ggufBytes({
    settings: [
      ["general.architecture", { text: "gemma3" }],
      ["general.alignment", { u32: 32 }],
      ["gemma3.block_count", { u32: 2 }],
      ["gemma3.rope.freq_base", { f32: 1e6 }],
      ["gemma3.attention.head_count_kv", { u32s: [4, 0, 4, 4] }],
      ["gemma3.attention.sliding_window_pattern", { bools: [true, true, false] }],
      ["general.tags", { texts: ["one", "two"] }],
      ["tokenizer.ggml.tokens", { texts: Array.from({ length: 80 }, (_, index) => `t${index}`) }],
      ["general.file_size", { u64: 2n ** 33n }],
    ],
    tensors: [
      { name: "token_embd.weight", shape: [256, 8], type: q4K, offset: 0 },
      { name: "blk.0.attn_q.weight", shape: [256, 4], type: f32, offset: 1152 },
      { name: "blk.0.attn_norm.weight", shape: [256], type: f32, offset: 5248 },
    ],
    dataBytes: 6272,
  });
  return { open: "m.gguf", files: { "m.gguf": file } };
}

function splitGguf(): ValidModel {
  const part = (number: number): Uint8Array =>
    ggufBytes({
      settings: [
        ["split.no", { u16: number }],
        ["split.count", { u16: 2 }],
      ],
      tensors: [{ name: `t${number}`, shape: [32], type: f32, offset: 0 }],
    });
  return {
    open: "m-00001-of-00002.gguf",
    files: { "m-00001-of-00002.gguf": part(0), "m-00002-of-00002.gguf": part(1) },
  };
}

function safetensors(): ValidModel {
  const file = safetensorsBytes(
    {
      __metadata__: { format: "pt" },
      "model.embed_tokens.weight": { dtype: "BF16", shape: [16, 8], data_offsets: [0, 256] },
      "model.norm.weight": { dtype: "F32", shape: [8], data_offsets: [256, 288] },
    },
    288,
  );
  return { open: "model.safetensors", files: { "model.safetensors": file, "config.json": config } };
}

function safetensorsIndex(): ValidModel {
  const part = (name: string): Uint8Array =>
    safetensorsBytes({ [name]: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, 4);
  return {
    open: "model.safetensors.index.json",
    files: {
      "model.safetensors.index.json": json({
        metadata: { total_size: 8 },
        weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
      }),
      "model-00001-of-00002.safetensors": part("a"),
      "model-00002-of-00002.safetensors": part("b"),
      "config.json": config,
    },
  };
}

function keras(): ValidModel {
  const file = json({
    format: "layers-model",
    modelTopology: {
      keras_version: "tfjs-layers 4.22.0",
      model_config: {
        class_name: "Sequential",
        config: { layers: [{ class_name: "Dense", config: { units: 10, batch_input_shape: [null, 784] } }] },
      },
    },
    weightsManifest: [
      {
        paths: ["group1-shard1of1.bin"],
        weights: [
          { name: "dense/kernel", shape: [784, 10], dtype: "float32" },
          {
            name: "dense/bias",
            shape: [10],
            dtype: "float32",
            quantization: { dtype: "uint8", scale: 0.1, min: 0 },
          },
        ],
      },
    ],
  });
  return { open: "model.json", files: { "model.json": file } };
}

function onnx(): ValidModel {
  const raw = joinBytes(
    protobufField(1, 4),
    protobufField(1, 3),
    protobufField(2, 1),
    protobufField(8, "fc.weight"),
    protobufField(9, new Uint8Array(48)),
  );
  const external = joinBytes(
    protobufField(1, Uint8Array.of(0x80, 0x08)),
    protobufField(2, 10),
    protobufField(8, "fc.bias"),
    protobufField(13, joinBytes(protobufField(1, "location"), protobufField(2, "weights.bin"))),
    protobufField(13, joinBytes(protobufField(1, "length"), protobufField(2, "2048"))),
    protobufField(14, 1),
  );
  return { open: "m.onnx", files: { "m.onnx": onnxBytes([raw, external]) } };
}

/** One valid model of each format, with every part that a reader uses. */
export const validModels: readonly ValidModel[] = [
  gguf(),
  splitGguf(),
  safetensors(),
  safetensorsIndex(),
  { open: "config.json", files: { "config.json": config } },
  keras(),
  onnx(),
];

/** Bytes and reads of all files of a model. */
export interface ReadTotals {
  bytes: number;
  count: number;
}

/** Returns a source over the files of a folder in memory. With `reportsLength` false, it behaves like a server that does not report lengths. */
export function memorySource(
  files: Readonly<Record<string, Uint8Array>>,
  name: string,
  options: { readonly reportsLength?: boolean; readonly reads?: ReadTotals } = {},
): ByteSource {
  const bytes = files[name] ?? new Uint8Array(0);
  const { reportsLength = true, reads } = options;
  return {
    name,
    byteLength: reportsLength ? bytes.length : undefined,
    read: (offset, length) => {
      const piece = bytes.subarray(offset, offset + length);
      if (reads !== undefined) {
        reads.bytes += piece.length;
        reads.count++;
      }
      return Promise.resolve(piece);
    },
    sibling: (sibling) =>
      Promise.resolve(Object.hasOwn(files, sibling) ? memorySource(files, sibling, options) : undefined),
  };
}
