import { describe, expect, test } from "vitest";
import { decoderSettings, published } from "./published.fixture.ts";
import { describeConfig } from "./describe-config.ts";

describe("config.json alone gives the parameters", () => {
  test.each(published)("%s: %d", (_, parameters, config) => {
    const description = describeConfig("config.json", config);
    expect(description.parameters).toBe(parameters);
    expect(description.known).toBe(true);
  });
});

function windows(config: Readonly<Record<string, unknown>>): string {
  return describeConfig("config.json", { ...decoderSettings(64, 128, 6, 4, 2, 1000), ...config })
    .layers.map((layer) => layer.attention?.window ?? "-")
    .join(" ");
}

describe("the layers of config.json", () => {
  test("have windows by the family's rule and by the listed types, and none if the file turns them off", () => {
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

  test("keep a state or a cache in hybrid models", () => {
    const jamba = describeConfig("config.json", {
      model_type: "jamba",
      ...decoderSettings(64, 128, 8, 4, 2, 1000),
      attn_layer_period: 4,
      attn_layer_offset: 2,
      num_experts: 4,
      expert_layer_period: 2,
      expert_layer_offset: 1,
    });
    expect(jamba.layers.map((layer) => layer.kind[0]).join("")).toBe("rrarrrar");
    expect(jamba.layers.map((layer) => (layer.experts === undefined ? "." : "x")).join("")).toBe(".x.x.x.x");
    // Expand 2 x 64 channels: 3 columns of the convolution, 16 values of state each
    expect(jamba.layers[0]?.recurrent).toEqual({
      convolutionElements: 384,
      stateElements: 2048,
      innerWidth: 128,
    });
    const next = describeConfig("config.json", {
      model_type: "qwen3_next",
      ...decoderSettings(64, 128, 8, 4, 2, 1000),
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

  test("have latent attention, predict further tokens, share caches, and skip the pictures of a multimodal model", () => {
    const deep = describeConfig("config.json", published.find(([name]) => name === "DeepSeek V3")?.[2] ?? {});
    expect(deep.layers).toHaveLength(62);
    expect(deep.layers.at(-1)?.prediction).toBe(true);
    expect(deep.layers[0]?.attention?.latent).toEqual({ rank: 512, ropeWidth: 64, queryRank: 1536 });
    expect(deep.layers[2]?.experts).toBeUndefined();
    expect(deep.layers[3]?.experts).toEqual({ count: 256, used: 8, width: 2048, sharedWidth: 2048 });
    const pictures = describeConfig("config.json", {
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
    const shared = describeConfig("config.json", {
      model_type: "gemma3n_text",
      ...decoderSettings(64, 128, 6, 4, 2, 1000),
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

describe("config.json names what it leaves unknown", () => {
  test("an unknown family has no parameters, instead of zero", () => {
    const description = describeConfig("config.json", {
      model_type: "brand_new",
      ...decoderSettings(64, 128, 4, 4, 2, 1000),
    });
    expect([description.known, description.parameters, description.weightBytes]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    expect(description.unknown.join()).toContain("brand_new");
    expect(description.layers[0]?.attention).toMatchObject({ heads: 4, keyValueHeads: 2, keyWidth: 16 });
  });

  test("packed weights take their bytes from the tensors and their parameters from the settings", () => {
    const config = {
      model_type: "llama",
      ...decoderSettings(64, 128, 1, 4, 2, 100),
      quantization_config: { quant_method: "gptq", bits: 4 },
    };
    const description = describeConfig("m.safetensors", config, [
      { name: "model.layers.0.mlp.down_proj.qweight", shape: [16, 64], type: "i32", bytes: 4096 },
    ]);
    expect(description.weightBytes).toBe(4096);
    // 2 x 100 x 64 + 2 x 64 x 64 + 2 x 64 x 32 + 3 x 64 x 128 + 3 x 64
    expect(description.parameters).toBe(12_800 + 8192 + 4096 + 24_576 + 192);
  });

  test("a config.json of another model is refused, as is a setting that is not a number", () => {
    expect(() => describeConfig("config.json", { model_type: "unet" })).toThrow(/is it a language model/);
    expect(() =>
      describeConfig("config.json", {
        model_type: "llama",
        ...decoderSettings(64, 128, 4, 4, 2, 1000),
        hidden_size: -1,
      }),
    ).toThrow(/hidden_size: got -1/);
    expect(() =>
      describeConfig("config.json", {
        model_type: "llama",
        ...decoderSettings(64, 128, 2 ** 40, 4, 2, 1000),
      }),
    ).toThrow(/4096 layers/);
  });
});
