import { safetensorsBytes } from "../../src/model/file/header/header.fixture.ts";
import { drawOdd, drawSize, listOf, once, pick, withOdd } from "./draw-values.ts";
import type { Random } from "./mutate.ts";
import type { ValidModel } from "./valid-headers.ts";

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const modelTypes: readonly string[] =
  "llama mistral qwen2 qwen3 qwen3_moe gemma2 gemma3_text gemma3n gpt_oss deepseek_v3 mamba mamba2 jamba falcon_h1 phi3 gpt2 bert nova constructor".split(
    " ",
  );

/** Draws a config.json of a family, with settings of others. */
function drawConfig(random: Random): Record<string, unknown> {
  const layers = once(random, 200) ? 100 : 1 + random(6);
  const more: Readonly<Record<string, unknown>> = {
    head_dim: drawSize(random),
    layer_types: listOf(layers, () =>
      pick(random, ["full_attention", "sliding_attention", "linear_attention"]),
    ),
    sliding_window: drawSize(random),
    num_experts: 8,
    num_local_experts: 8,
    num_experts_per_tok: 2,
    moe_intermediate_size: 64,
    kv_lora_rank: 64,
    qk_rope_head_dim: 16,
    qk_nope_head_dim: 32,
    v_head_dim: 32,
    q_lora_rank: null,
    quantization_config: { quant_method: pick(random, ["gptq", "fp8", "awq", "nope"]), bits: 4 },
    state_size: 16,
    conv_kernel: 4,
    torch_dtype: pick(random, ["bfloat16", "float32", "nope"]),
    tie_word_embeddings: once(random, 2),
    text_config: { model_type: pick(random, modelTypes), num_hidden_layers: 2 },
    vision_config: { hidden_size: 64, num_hidden_layers: 2 },
  };
  const fields = {
    model_type: pick(random, modelTypes),
    hidden_size: 256,
    intermediate_size: 512,
    num_attention_heads: 8,
    num_key_value_heads: pick(random, [1, 2, 8]),
    num_hidden_layers: layers,
    vocab_size: 1000,
    max_position_embeddings: 4096,
    ...Object.fromEntries(Object.entries(more).filter(() => once(random, 4))),
  };
  return withOdd(random, fields, 50);
}

const dtypes = ["BF16", "F16", "F32", "I8", "F8_E4M3", "BOOL"] as const;
const dtypeBytes = { BF16: 2, F16: 2, F32: 4, I8: 1, F8_E4M3: 1, BOOL: 1 } as const;

/** Draws a safetensors file with the named tensors. */
function drawPart(random: Random, names: readonly string[]): Uint8Array {
  let end = 0;
  const entries = names.map((name) => {
    const dtype = pick(random, dtypes);
    const shape = listOf(random(4), () => drawSize(random));
    const start = end;
    end += shape.reduce((all, size) => all * size, dtypeBytes[dtype]);
    const entry = { dtype, shape, data_offsets: [start, end] };
    return [name, once(random, 150) ? withOdd(random, entry, 2) : entry] as const;
  });
  const metadata = once(random, 3)
    ? { __metadata__: once(random, 4) ? drawOdd(random) : { format: "pt" } }
    : {};
  return safetensorsBytes({ ...metadata, ...Object.fromEntries(entries) });
}

function tensorNames(random: Random): readonly string[] {
  const layers = listOf(1 + random(4), (index) => [
    `model.layers.${index}.self_attn.q_proj.weight`,
    `model.layers.${index}.mlp.up_proj.weight`,
  ]);
  return ["model.embed_tokens.weight", ...layers.flat()];
}

/** Draws one safetensors file, mostly with a config.json next to it. */
export function drawSafetensors(random: Random): ValidModel {
  const file = drawPart(random, tensorNames(random));
  const config = once(random, 4) ? {} : { "config.json": json(drawConfig(random)) };
  return { open: "model.safetensors", files: { "model.safetensors": file, ...config } };
}

/** Draws several files and their index. Sometimes a tensor is in another file than listed, or a file is missing. */
export function drawIndex(random: Random): ValidModel {
  const names = tensorNames(random);
  const parts = 1 + random(3);
  const fileOf = (part: number): string => `model-0000${part + 1}-of-0000${parts}.safetensors`;
  const places = names.map((name) => [name, random(parts)] as const);
  const files = Object.fromEntries(
    listOf(parts, (part) => [
      fileOf(part),
      drawPart(
        random,
        places.filter(([, place]) => place === part).map(([name]) => name),
      ),
    ]).filter(() => !once(random, 60)),
  );
  const map = Object.fromEntries(places.map(([name, part]) => [name, fileOf(part)]));
  const index = { metadata: { total_size: 1 }, weight_map: once(random, 15) ? withOdd(random, map, 4) : map };
  const open = "model.safetensors.index.json";
  return { open, files: { [open]: json(index), "config.json": json(drawConfig(random)), ...files } };
}

/** Draws a config.json alone. */
export function drawConfigFile(random: Random): ValidModel {
  return { open: "config.json", files: { "config.json": json(drawConfig(random)) } };
}

const kerasLayers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Dense: { units: 8, activation: "relu" },
  Conv2D: { filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: "same" },
  DepthwiseConv2D: { kernel_size: [3, 3], depth_multiplier: 1 },
  MaxPooling2D: { pool_size: [2, 2], strides: [2, 2] },
  GlobalAveragePooling2D: {},
  BatchNormalization: { axis: -1 },
  Flatten: {},
  Dropout: { rate: 0.5 },
  Activation: { activation: "softmax" },
  Reshape: { target_shape: [4, 4, 4] },
  Embedding: { input_dim: 16, output_dim: 4 },
  LSTM: { units: 4, return_sequences: true },
  GRU: { units: 4, reset_after: false },
  LayerNormalization: { axis: -1 },
  constructor: {},
};

/** Draws a sequence of layers that are rarely compatible, with settings that are sometimes odd. */
export function drawKeras(random: Random): ValidModel {
  const input = pick(random, [
    [null, 8, 8, 3],
    [null, 16],
    [null, 8, 4],
  ]);
  const layers = listOf(1 + random(5), (index) => {
    const name = pick(random, Object.keys(kerasLayers));
    const config = {
      name: `l${index}`,
      ...kerasLayers[name],
      ...(index === 0 ? { batch_input_shape: input } : {}),
    };
    return { class_name: name, config: withOdd(random, config, 40) };
  });
  const topology = { class_name: "Sequential", config: { name: "s", layers } };
  const manifest = [
    { paths: ["a.bin"], weights: [{ name: "l0/kernel", shape: [3, 3, 3, 4], dtype: "float32" }] },
  ];
  const file = {
    modelTopology: { model_config: topology },
    ...(once(random, 4) ? { weightsManifest: manifest } : {}),
  };
  return { open: "model.json", files: { "model.json": json(file) } };
}
