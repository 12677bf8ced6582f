import { describe, expect, test } from "vitest";
import { llamaCppLedger } from "../../ledger/llama-cpp/llama-cpp-ledger.ts";
import { decoderSettings } from "./published.fixture.ts";
import { describeConfig } from "./describe-config.ts";

const qwenTower = { in_chans: 3, patch_size: 14, temporal_patch_size: 2, spatial_merge_size: 2 };
const siglip = {
  model_type: "siglip_vision_model",
  hidden_size: 1152,
  image_size: 896,
  intermediate_size: 4304,
  num_attention_heads: 16,
  num_hidden_layers: 27,
  patch_size: 14,
  vision_use_head: false,
};

/** Settings of published models with pictures, and the parameters that their safetensors files hold together. */
const published: readonly (readonly [string, number, Readonly<Record<string, unknown>>])[] = [
  [
    "Qwen2-VL 7B",
    8_291_375_616,
    {
      model_type: "qwen2_vl",
      ...decoderSettings(3584, 18944, 28, 28, 4, 152064),
      tie_word_embeddings: false,
      vision_config: { depth: 32, embed_dim: 1280, hidden_size: 3584, mlp_ratio: 4, ...qwenTower },
    },
  ],
  [
    "Qwen2-VL 2B",
    2_208_985_600,
    {
      model_type: "qwen2_vl",
      ...decoderSettings(1536, 8960, 28, 12, 2, 151936),
      tie_word_embeddings: true,
      vision_config: { depth: 32, embed_dim: 1280, hidden_size: 1536, mlp_ratio: 4, ...qwenTower },
    },
  ],
  [
    "Qwen2.5-VL 7B",
    8_292_166_656,
    {
      model_type: "qwen2_5_vl",
      ...decoderSettings(3584, 18944, 28, 28, 4, 152064),
      tie_word_embeddings: false,
      vision_config: {
        depth: 32,
        hidden_size: 1280,
        intermediate_size: 3420,
        out_hidden_size: 3584,
        ...qwenTower,
      },
    },
  ],
  [
    "Gemma 3 4B",
    4_300_079_472,
    {
      model_type: "gemma3",
      text_config: {
        model_type: "gemma3_text",
        hidden_size: 2560,
        intermediate_size: 10240,
        num_hidden_layers: 34,
        sliding_window: 1024,
      },
      vision_config: siglip,
    },
  ],
  [
    "LLaVA 1.5 7B",
    7_063_427_072,
    {
      model_type: "llava",
      text_config: { model_type: "llama", vocab_size: 32_064, max_position_embeddings: 4096 },
      tie_word_embeddings: false,
      vision_config: {
        model_type: "clip_vision_model",
        hidden_size: 1024,
        image_size: 336,
        intermediate_size: 4096,
        num_attention_heads: 16,
        num_hidden_layers: 24,
        patch_size: 14,
      },
    },
  ],
];

describe("a model with pictures", () => {
  test.each(published)("%s: %d", (_, parameters, config) => {
    const description = describeConfig("config.json", config);
    expect(description.parameters).toBe(parameters);
    expect(description.groups?.vision).toBeGreaterThan(100_000_000);
    expect(description.unknown.join()).not.toContain("the parameters of");
  });

  test("has only the text part's bytes as weights in llama.cpp, where the tower is another file", () => {
    const [, parameters = 0, config = {}] = published.find(([name]) => name === "Gemma 3 4B") ?? [];
    const description = describeConfig("config.json", { ...config, dtype: "bfloat16" });
    expect(description.weightBytes).toBe(2 * parameters);
    const ledger = llamaCppLedger(description, { contextTokens: 4096 });
    expect(ledger.items.find(({ kind }) => kind === "weights")?.bytes).toBe(2 * 3_880_263_168);
  });

  test("names an unknown tower and counts only the text part", () => {
    const [, , config = {}] = published.find(([name]) => name === "Gemma 3 4B") ?? [];
    for (const vision of [{ ...siglip, model_type: "brand_new" }, undefined]) {
      const description = describeConfig("config.json", { ...config, vision_config: vision });
      expect(description.parameters).toBe(3_880_263_168);
      expect(description.groups?.vision).toBeUndefined();
      expect(description.unknown.join()).toMatch(
        /the parameters of (?:vision_config|other parts than the text)/u,
      );
    }
  });

  test("says at its top level whether the output layer is the embedding; transformers 4 reads the text part", () => {
    const isTied = (version: string, whole: boolean | undefined, text: boolean) =>
      describeConfig("config.json", {
        model_type: "llava",
        transformers_version: version,
        ...(whole === undefined ? {} : { tie_word_embeddings: whole }),
        text_config: { model_type: "llama", tie_word_embeddings: text },
      }).tiedEmbeddings;
    expect(isTied("5.1.0", true, false)).toBe(true);
    expect(isTied("5.1.0", undefined, true)).toBe(false);
    expect(isTied("4.49.0", undefined, true)).toBe(true);
    expect(isTied("4.49.0", false, true)).toBe(false);
  });
});
