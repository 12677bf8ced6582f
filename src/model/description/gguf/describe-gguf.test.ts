import { describe, expect, test } from "vitest";
import { bytesSource } from "../../file/source/byte-source.ts";
import { ggufBytes } from "../../file/header/header.fixture.ts";
import type { SettingFixture } from "../../file/header/header.fixture.ts";
import { readGguf } from "../../file/gguf/gguf.ts";
import type { ModelDescription } from "../model-description.ts";
import { describeGguf } from "./describe-gguf.ts";

const sizes: Readonly<Record<string, SettingFixture>> = {
  block_count: { u32: 2 },
  embedding_length: { u32: 64 },
  "attention.head_count": { u32: 4 },
  feed_forward_length: { u32: 128 },
  vocab_size: { u32: 100 },
};

type Tensors = readonly (readonly [name: string, ...shape: readonly number[]])[];

/** Describes a file of a family, with the given settings or without; tensors are f16, one after another. */
async function descriptionOf(
  family: string,
  more: Readonly<Record<string, SettingFixture | undefined>> = {},
  tensors: Tensors = [],
): Promise<ModelDescription> {
  let offset = 0;
  const bytes = ggufBytes({
    settings: [
      ["general.architecture", { text: family }],
      ...Object.entries({ ...sizes, ...more }).flatMap(([key, value]) =>
        value === undefined ? [] : [[`${family}.${key}`, value] as const],
      ),
    ],
    tensors: tensors.map(([name, ...shape]) => {
      const tensor = { name, shape, type: 1, offset };
      offset += Math.ceil(shape.reduce((all, size) => all * size, 2) / 32) * 32;
      return tensor;
    }),
  });
  return describeGguf(await readGguf(bytesSource("m.gguf", bytes)));
}

const embedding: Tensors = [["token_embd.weight", 64, 100]];

test("a file with all that its family needs has nothing unknown", async () => {
  const description = await descriptionOf("llama", {}, embedding);
  expect([description.known, description.unknown]).toEqual([true, []]);
  // A head of 64 / 4, as many for keys as for queries
  expect(description.layers[1]?.attention).toEqual({
    heads: 4,
    keyValueHeads: 4,
    keyWidth: 16,
    valueWidth: 16,
  });
});

describe("a file's missing fact is named, and never counted as zero", () => {
  test.each<[string, string, Readonly<Record<string, SettingFixture | undefined>>, string]>([
    ["heads", "llama", { "attention.head_count": undefined }, "how many heads its layers have"],
    ["widths", "llama", { feed_forward_length: undefined }, "the width of its feed-forward parts"],
    ["a vocabulary", "llama", { vocab_size: undefined }, "the size of the vocabulary"],
    ["a state", "mamba", { "attention.head_count": { u32: 0 } }, "the size of the recurrent state"],
    ["a state of some layers", "qwen3next", {}, "the size of the recurrent state"],
    ["a window", "gpt-oss", {}, "the window of its layers (attention.sliding_window)"],
    ["experts", "qwen3moe", { expert_count: { u32: 8 } }, "the width of its experts"],
    [
      "heads that are too many to be kept",
      "llama",
      { "attention.head_count_kv": { u32s: Array<number>(5000).fill(1) } },
      "llama.attention.head_count_kv, which has 5000 values",
    ],
    ["its family", "nova", {}, "the family nova"],
    [
      "a window's rule",
      "nova",
      { "attention.sliding_window": { u32: 128 } },
      "which of its layers keep only a window",
    ],
    [
      "layers without heads",
      "nova",
      { "attention.head_count": { u32: 0 } },
      "what 2 layers without attention keep",
    ],
  ])("%s", async (_, family, settings, words) => {
    const description = await descriptionOf(family, settings);
    expect(description.known && description.vocabularySize !== undefined).toBe(false);
    expect(description.unknown.join()).toContain(words);
  });

  test("leaves missing widths undefined", async () => {
    const description = await descriptionOf("llama", { feed_forward_length: undefined });
    expect(description.layers.map((layer) => layer.feedForwardWidth)).toEqual([undefined, undefined]);
  });
});

describe("a file without layers gives only its weights", () => {
  test.each<[string, Readonly<Record<string, SettingFixture | undefined>>, RegExp]>([
    ["no number of layers", { block_count: undefined }, /llama.block_count is missing/u],
    ["no layers", { block_count: { u32: 0 } }, /llama.block_count is 0/u],
    ["no width", { embedding_length: undefined }, /llama.embedding_length is missing/u],
  ])("%s", async (_, settings, words) => {
    const description = await descriptionOf("llama", settings, embedding);
    // 64 x 100 elements of two bytes
    expect([
      description.weightBytes,
      description.architecture,
      description.known,
      description.layers,
    ]).toEqual([12_800, "llama", false, []]);
    expect(description.unknown.join()).toMatch(words);
    await expect(descriptionOf("llama", settings)).rejects.toThrow(/m.gguf: .*, and it has no tensors/u);
  });
});

describe("contradictory settings are refused with the file's name", () => {
  test.each<[string, string, Readonly<Record<string, SettingFixture>>, RegExp]>([
    ["a text", "llama", { "attention.head_count": { text: "4" } }, /m.gguf: attention.head_count: got "4"/u],
    ["a fraction", "llama", { "attention.head_count": { f32: 4.5 } }, /head_count: got 4.5/u],
    [
      "more than 32 bits",
      "llama",
      { context_length: { u64: 2n ** 60n } },
      /context_length: got 115\d+, allowed: whole/u,
    ],
    [
      "too many layers",
      "llama",
      { block_count: { u32: 4097 } },
      /block_count: got 4097, allowed: 1 to 4096 layers/u,
    ],
    [
      "heads for one layer",
      "llama",
      { "attention.head_count_kv": { u32s: [1] } },
      /an array of 1, allowed: 2/u,
    ],
    [
      "narrow heads",
      "llama",
      { "attention.head_count": { u32: 65 } },
      /head_count: got 65, allowed: up to the width of 64/u,
    ],
    [
      "only layers that predict",
      "qwen3moe",
      { nextn_predict_layers: { u32: 2 } },
      /fewer than all 2 layers/u,
    ],
    [
      "only shared caches",
      "gemma4",
      { "attention.shared_kv_layers": { u32: 2 } },
      /fewer than all 2 layers/u,
    ],
    ["no interval", "qwen3next", { full_attention_interval: { u32: 0 } }, /full_attention_interval: got 0/u],
    [
      "more experts than there are",
      "qwen3moe",
      { expert_count: { u32: 8 }, expert_used_count: { u32: 9 }, expert_feed_forward_length: { u32: 32 } },
      /expert_used_count: got 9, allowed: 1 to all 8 experts/u,
    ],
  ])("%s", async (_, family, settings, message) => {
    await expect(descriptionOf(family, settings)).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(message),
      details: { file: "m.gguf", setting: expect.any(String) },
    });
  });
});

test("describeGguf counts gate and up once if one tensor holds both", async () => {
  const fused: Tensors = [...embedding, ["blk.0.ffn_up.weight", 64, 256], ["blk.0.ffn_down.weight", 128, 64]];
  expect((await descriptionOf("phi3", {}, fused)).layers[0]?.feedForwardWidth).toBe(128);
});

test("describeGguf gives a latent's positions the rest of its row if the file does not say their width", async () => {
  const description = await descriptionOf("deepseek2", {
    "attention.head_count_kv": { u32: 1 },
    "attention.kv_lora_rank": { u32: 512 },
    "attention.key_length": { u32: 576 },
    "attention.key_length_mla": { u32: 192 },
    "attention.value_length_mla": { u32: 128 },
  });
  expect(description.layers[0]?.attention?.latent).toEqual({ rank: 512, ropeWidth: 64 });
});
