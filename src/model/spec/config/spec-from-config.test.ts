import { describe, expect, test } from "vitest";
import { specFromConfig } from "./spec-from-config.ts";

const llama = (
  width: number,
  ff: number,
  layers: number,
  heads: number,
  keyValue: number,
  vocabulary: number,
) => ({
  hidden_size: width,
  intermediate_size: ff,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: keyValue,
  vocab_size: vocabulary,
  torch_dtype: "bfloat16",
});

/** Settings of published models, and the parameters that their safetensors files hold together. */
const published: readonly (readonly [string, number, Readonly<Record<string, unknown>>])[] = [
  [
    "Llama 3.1 8B",
    8_030_261_248,
    { model_type: "llama", ...llama(4096, 14336, 32, 32, 8, 128256), tie_word_embeddings: false },
  ],
  [
    "Llama 3.2 1B",
    1_235_814_400,
    { model_type: "llama", ...llama(2048, 8192, 16, 32, 8, 128256), tie_word_embeddings: true },
  ],
  [
    "Mistral 7B v0.1",
    7_241_732_096,
    { model_type: "mistral", ...llama(4096, 14336, 32, 32, 8, 32000), sliding_window: 4096 },
  ],
  [
    "Mixtral 8x7B",
    46_702_792_704,
    {
      model_type: "mixtral",
      ...llama(4096, 14336, 32, 32, 8, 32000),
      num_local_experts: 8,
      num_experts_per_tok: 2,
    },
  ],
  [
    "Qwen 2.5 7B",
    7_615_616_512,
    { model_type: "qwen2", ...llama(3584, 18944, 28, 28, 4, 152064), tie_word_embeddings: false },
  ],
  [
    "Qwen 2.5 0.5B",
    494_032_768,
    { model_type: "qwen2", ...llama(896, 4864, 24, 14, 2, 151936), tie_word_embeddings: true },
  ],
  [
    "Qwen 1.5 MoE A2.7B",
    14_315_784_192,
    {
      model_type: "qwen2_moe",
      ...llama(2048, 5632, 24, 16, 16, 151936),
      num_experts: 60,
      num_experts_per_tok: 4,
      moe_intermediate_size: 1408,
      shared_expert_intermediate_size: 5632,
      decoder_sparse_step: 1,
    },
  ],
  [
    "Qwen 3 8B",
    8_190_735_360,
    {
      model_type: "qwen3",
      ...llama(4096, 12288, 36, 32, 8, 151936),
      head_dim: 128,
      attention_bias: false,
      tie_word_embeddings: false,
    },
  ],
  [
    "Qwen 3 30B A3B",
    30_532_122_624,
    {
      model_type: "qwen3_moe",
      ...llama(2048, 6144, 48, 32, 4, 151936),
      head_dim: 128,
      num_experts: 128,
      num_experts_per_tok: 8,
      moe_intermediate_size: 768,
      decoder_sparse_step: 1,
      tie_word_embeddings: false,
    },
  ],
  [
    "Gemma 7B",
    8_537_680_896,
    { model_type: "gemma", ...llama(3072, 24576, 28, 16, 16, 256000), head_dim: 256 },
  ],
  [
    "Gemma 2 9B",
    9_241_705_984,
    { model_type: "gemma2", ...llama(3584, 14336, 42, 16, 8, 256000), head_dim: 256 },
  ],
  [
    "Gemma 2 2B",
    2_614_341_888,
    { model_type: "gemma2", ...llama(2304, 9216, 26, 8, 4, 256000), head_dim: 256 },
  ],
  [
    "Gemma 3 1B",
    999_885_952,
    { model_type: "gemma3_text", ...llama(1152, 6912, 26, 4, 1, 262144), head_dim: 256, sliding_window: 512 },
  ],
  [
    "Phi 3 mini",
    3_821_079_552,
    { model_type: "phi3", ...llama(3072, 8192, 32, 32, 32, 32064), tie_word_embeddings: false },
  ],
  [
    "gpt-oss 20B",
    20_914_757_184,
    {
      model_type: "gpt_oss",
      ...llama(2880, 2880, 24, 64, 8, 201088),
      head_dim: 64,
      num_local_experts: 32,
      num_experts_per_tok: 4,
      sliding_window: 128,
      tie_word_embeddings: false,
    },
  ],
  [
    "DeepSeek V2 Lite",
    15_706_484_224,
    {
      model_type: "deepseek_v2",
      ...llama(2048, 10944, 27, 16, 16, 102400),
      kv_lora_rank: 512,
      q_lora_rank: null,
      qk_rope_head_dim: 64,
      qk_nope_head_dim: 128,
      v_head_dim: 128,
      n_routed_experts: 64,
      n_shared_experts: 2,
      num_experts_per_tok: 6,
      moe_intermediate_size: 1408,
      first_k_dense_replace: 1,
      moe_layer_freq: 1,
      tie_word_embeddings: false,
    },
  ],
  [
    "DeepSeek V3",
    671_026_419_200,
    {
      model_type: "deepseek_v3",
      ...llama(7168, 18432, 61, 128, 128, 129280),
      kv_lora_rank: 512,
      q_lora_rank: 1536,
      qk_rope_head_dim: 64,
      qk_nope_head_dim: 128,
      v_head_dim: 128,
      n_routed_experts: 256,
      n_shared_experts: 1,
      num_experts_per_tok: 8,
      moe_intermediate_size: 2048,
      first_k_dense_replace: 3,
      moe_layer_freq: 1,
      num_nextn_predict_layers: 1,
      tie_word_embeddings: false,
    },
  ],
  [
    "GPT-2",
    124_439_808,
    { model_type: "gpt2", n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, vocab_size: 50257 },
  ],
  [
    "Pythia 70M",
    70_426_624,
    {
      model_type: "gpt_neox",
      hidden_size: 512,
      intermediate_size: 2048,
      num_hidden_layers: 6,
      num_attention_heads: 8,
      vocab_size: 50304,
      tie_word_embeddings: false,
    },
  ],
  [
    "BLOOM 560M",
    559_214_592,
    { model_type: "bloom", n_embed: 1024, hidden_size: 1024, n_layer: 24, n_head: 16, vocab_size: 250880 },
  ],
  [
    "OPT 125M",
    125_239_296,
    {
      model_type: "opt",
      hidden_size: 768,
      ffn_dim: 3072,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      max_position_embeddings: 2048,
      vocab_size: 50272,
      word_embed_proj_dim: 768,
    },
  ],
  [
    "StarCoder 2 3B",
    3_030_371_328,
    { model_type: "starcoder2", ...llama(3072, 12288, 30, 24, 2, 49152), sliding_window: 4096 },
  ],
  [
    "OLMoE 1B 7B",
    6_919_161_856,
    {
      model_type: "olmoe",
      ...llama(2048, 1024, 16, 16, 16, 50304),
      num_experts: 64,
      num_experts_per_tok: 8,
      tie_word_embeddings: false,
    },
  ],
  ["Command R", 34_980_831_232, { model_type: "cohere", ...llama(8192, 22528, 40, 64, 64, 256000) }],
  [
    "GLM 4 9B 0414",
    9_400_279_040,
    {
      model_type: "glm4",
      ...llama(4096, 13696, 40, 32, 2, 151552),
      head_dim: 128,
      attention_bias: true,
      tie_word_embeddings: false,
    },
  ],
  [
    "Mamba 130M",
    129_135_360,
    {
      model_type: "mamba",
      hidden_size: 768,
      intermediate_size: 1536,
      num_hidden_layers: 24,
      state_size: 16,
      conv_kernel: 4,
      time_step_rank: 48,
      vocab_size: 50280,
    },
  ],
];

describe("parameters from the settings alone", () => {
  test.each(published)("%s: %d", (_, parameters, config) => {
    const spec = specFromConfig("config.json", config);
    expect(spec.parameters).toBe(parameters);
    expect(spec.known).toBe(true);
  });
});

function windows(config: Readonly<Record<string, unknown>>): string {
  return specFromConfig("config.json", { ...llama(64, 128, 6, 4, 2, 1000), ...config })
    .layers.map((layer) => layer.attention?.window ?? "-")
    .join(" ");
}

describe("layers", () => {
  test("windows by the family's rule, by the listed types, and where the file turns them off", () => {
    expect(windows({ model_type: "gemma3_text", sliding_window: 512, sliding_window_pattern: 3 })).toBe(
      "512 512 - 512 512 -",
    );
    expect(windows({ model_type: "gpt_oss", sliding_window: 128 })).toBe("128 - 128 - 128 -");
    expect(windows({ model_type: "mistral", sliding_window: null })).toBe("- - - - - -");
    expect(windows({ model_type: "qwen2", sliding_window: 256, use_sliding_window: false })).toBe(
      "- - - - - -",
    );
    expect(
      windows({ model_type: "qwen2", sliding_window: 256, use_sliding_window: true, max_window_layers: 4 }),
    ).toBe("- - - - 256 256");
    expect(
      windows({
        model_type: "llama",
        sliding_window: 9,
        layer_types: [..."fsfsfs"].map((each) => (each === "s" ? "sliding_attention" : "full_attention")),
      }),
    ).toBe("- 9 - 9 - 9");
  });

  test("hybrids: what keeps a state and what a cache", () => {
    const jamba = specFromConfig("config.json", {
      model_type: "jamba",
      ...llama(64, 128, 8, 4, 2, 1000),
      attn_layer_period: 4,
      attn_layer_offset: 2,
      num_experts: 4,
      expert_layer_period: 2,
      expert_layer_offset: 1,
    });
    expect(jamba.layers.map((layer) => layer.kind[0]).join("")).toBe("rrarrrar");
    expect(jamba.layers.map((layer) => (layer.experts === undefined ? "." : "x")).join("")).toBe(".x.x.x.x");
    // expand 2 x 64 channels: 3 columns of the convolution, 16 values of state each
    expect(jamba.layers[0]?.recurrent).toEqual({
      convolutionElements: 384,
      stateElements: 2048,
      innerWidth: 128,
    });
    const next = specFromConfig("config.json", {
      model_type: "qwen3_next",
      ...llama(64, 128, 8, 4, 2, 1000),
      linear_num_key_heads: 2,
      linear_num_value_heads: 4,
      linear_key_head_dim: 8,
      linear_value_head_dim: 16,
      linear_conv_kernel_dim: 4,
    });
    expect(next.layers.map((layer) => layer.kind[0]).join("")).toBe("rrrarrra");
    // 4 heads x 8 x 16; 3 columns x (2 x 16 + 64)
    expect(next.layers[0]?.recurrent).toEqual({
      convolutionElements: 288,
      stateElements: 512,
      innerWidth: 64,
    });
  });

  test("latent attention, layers that predict, caches that are shared, pictures beside text", () => {
    const deep = specFromConfig("config.json", published.find(([name]) => name === "DeepSeek V3")?.[2] ?? {});
    expect(deep.layers).toHaveLength(62);
    expect(deep.layers.at(-1)?.prediction).toBe(true);
    expect(deep.layers[0]?.attention?.latent).toEqual({ rank: 512, ropeWidth: 64, queryRank: 1536 });
    expect(deep.layers[2]?.experts).toBeUndefined();
    expect(deep.layers[3]?.experts).toEqual({ count: 256, used: 8, width: 2048, sharedWidth: 2048 });
    const pictures = specFromConfig("config.json", {
      model_type: "gemma3",
      text_config: {
        model_type: "gemma3_text",
        hidden_size: 2560,
        intermediate_size: 10240,
        num_hidden_layers: 34,
      },
      vision_config: { hidden_size: 1152, num_hidden_layers: 27 },
    });
    expect([pictures.layers.length, pictures.vocabularySize, pictures.layers[0]?.attention?.heads]).toEqual([
      34, 262_208, 8,
    ]);
    const shared = specFromConfig("config.json", {
      model_type: "gemma3n_text",
      ...llama(64, 128, 6, 4, 2, 1000),
      sliding_window: 32,
      layer_types: ["s", "s", "f", "s", "s", "f"].map((each) =>
        each === "s" ? "sliding_attention" : "full_attention",
      ),
      num_kv_shared_layers: 3,
    });
    expect(shared.layers.map((layer) => layer.attention?.sharesCacheOf)).toEqual([
      undefined,
      undefined,
      undefined,
      1,
      1,
      2,
    ]);
  });
});

describe("what is not known is said", () => {
  test("an unknown family has no parameters and no silent zero", () => {
    const spec = specFromConfig("config.json", { model_type: "brand_new", ...llama(64, 128, 4, 4, 2, 1000) });
    expect([spec.known, spec.parameters, spec.weightBytes]).toEqual([false, undefined, undefined]);
    expect(spec.unknown.join()).toContain("brand_new");
    expect(spec.layers[0]?.attention).toMatchObject({ heads: 4, keyValueHeads: 2, keyWidth: 16 });
  });

  test("packed weights: the tensors give bytes, the settings parameters", () => {
    const config = {
      model_type: "llama",
      ...llama(64, 128, 1, 4, 2, 100),
      quantization_config: { quant_method: "gptq", bits: 4 },
    };
    const spec = specFromConfig("m.safetensors", config, [
      { name: "model.layers.0.mlp.down_proj.qweight", shape: [16, 64], type: "i32", bytes: 4096 },
    ]);
    expect(spec.weightBytes).toBe(4096);
    // 2 x 100 x 64 + 2 x 64 x 64 + 2 x 64 x 32 + 3 x 64 x 128 + 3 x 64
    expect(spec.parameters).toBe(12_800 + 8192 + 4096 + 24_576 + 192);
  });

  test("a config.json of no language model is refused, as is a number that is none", () => {
    expect(() => specFromConfig("config.json", { model_type: "vit" })).toThrow(/is it a language model/);
    expect(() =>
      specFromConfig("config.json", {
        model_type: "llama",
        ...llama(64, 128, 4, 4, 2, 1000),
        hidden_size: -1,
      }),
    ).toThrow(/hidden_size: got -1/);
    expect(() =>
      specFromConfig("config.json", { model_type: "llama", ...llama(64, 128, 2 ** 40, 4, 2, 1000) }),
    ).toThrow(/4096 layers/);
  });
});
