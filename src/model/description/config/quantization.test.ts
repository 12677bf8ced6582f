import { describe, expect, test } from "vitest";
import { describeConfig } from "./describe-config.ts";

const small = {
  model_type: "llama",
  hidden_size: 256,
  intermediate_size: 512,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  vocab_size: 1000,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};
/** Two layers of 4 x 256 x 256 + 3 x 256 x 512 + 2 x 256, and the last norm. */
const inLayers = 2 * (262_144 + 393_216 + 512) + 256;
const outside = 2 * 1000 * 256;

function bytesWith(quantization: Readonly<Record<string, unknown>>): number | undefined {
  return describeConfig("config.json", { ...small, quantization_config: quantization }).weightBytes;
}

describe("config.json alone gives the bytes of quantized weights", () => {
  test("embedding and output layer stay unquantized, the layers take the method's bytes", () => {
    expect(describeConfig("config.json", small).weightBytes).toBe(2 * (inLayers + outside));
    const gptq = bytesWith({ quant_method: "gptq", bits: 4, group_size: 128 });
    expect(gptq).toBe(Math.round(2 * outside + inLayers * (0.5 + 2.5 / 128)));
    expect(bytesWith({ quant_method: "fp8", weight_block_size: [128, 128] })).toBe(
      Math.round(2 * outside + inLayers * (1 + 4 / 16384)),
    );
    const nested = bytesWith({
      quant_method: "bitsandbytes",
      load_in_4bit: true,
      bnb_4bit_use_double_quant: true,
    });
    // 4.127 bits, as the QLoRA paper has it
    expect(((nested ?? 0) - 2 * outside) / inLayers).toBeCloseTo(4.127 / 8, 4);
  });

  test("finds a method that the file does not name, and settings of only the text part", () => {
    // MLX quantizes the embedding too: 4 bits, a scale and an offset of two bytes for 64 of them
    const mlx = describeConfig("config.json", { ...small, quantization: { bits: 4, group_size: 64 } });
    expect(mlx.weightBytes).toBe(Math.round((inLayers + outside) * (0.5 + 4 / 64)));
    expect(mlx.unknown.join()).toContain("mlx");
    expect(bytesWith({ load_in_8bit: true })).toBe(2 * outside + inLayers);
    expect(bytesWith({ quant_method: "awq", w_bit: 4, q_group_size: 64 })).toBe(
      Math.round(2 * outside + inLayers * (0.5 + 2.5 / 64)),
    );
    expect(bytesWith({ quant_method: "modelopt", quant_algo: "NVFP4" })).toBe(
      Math.round(2 * outside + inLayers * 0.5625),
    );
    expect(bytesWith({ quant_method: "modelopt", quant_algo: "another" })).toBeUndefined();
    const quantization_config = { quant_method: "fp8" };
    const nested = { model_type: "llava", text_config: { ...small, quantization_config } };
    expect(describeConfig("config.json", nested).weightBytes).toBe(2 * outside + inLayers);
  });

  test("reads a type with its library's name in front of it", () => {
    const description = describeConfig("config.json", { ...small, torch_dtype: "torch.float16" });
    expect([description.weightType, description.weightBytes]).toEqual(["f16", 2 * (inLayers + outside)]);
  });

  test("gpt-oss 20B has its experts in MXFP4 and the rest in bf16: the 13.76 GB of its files", () => {
    const description = describeConfig("config.json", {
      model_type: "gpt_oss",
      hidden_size: 2880,
      intermediate_size: 2880,
      num_hidden_layers: 24,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      head_dim: 64,
      num_local_experts: 32,
      num_experts_per_tok: 4,
      sliding_window: 128,
      vocab_size: 201088,
      tie_word_embeddings: false,
      torch_dtype: "bfloat16",
      quantization_config: { quant_method: "mxfp4" },
    });
    expect((description.weightBytes ?? 0) / 1e9).toBeCloseTo(13.76, 1);
    expect(description.weightType).toBe("mxfp4");
  });

  test("says that the bytes are computed; an unknown method gives none", () => {
    const gptq = describeConfig("config.json", {
      ...small,
      quantization_config: { quant_method: "gptq", bits: 4, group_size: 128 },
    });
    expect(gptq.unknown.join()).toContain("quantization_config (gptq)");
    const other = describeConfig("config.json", {
      ...small,
      quantization_config: { quant_method: "newest" },
    });
    expect([other.weightBytes, other.unknown.join()]).toEqual([undefined, "the bytes of the weights"]);
  });
});

test("describeConfig counts fp8 scales as bytes, not as parameters, if the tensors are known", () => {
  const description = describeConfig(
    "m.safetensors",
    { ...small, quantization_config: { quant_method: "fp8" } },
    [
      { name: "model.layers.0.mlp.up_proj.weight", shape: [512, 256], type: "f8_e4m3", bytes: 131_072 },
      { name: "model.layers.0.mlp.up_proj.weight_scale_inv", shape: [4, 2], type: "f32", bytes: 32 },
    ],
  );
  expect([description.parameters, description.weightBytes]).toEqual([131_072, 131_104]);
});

test("describeConfig names the uncounted weights of pictures, unless the tensors are known", () => {
  const config = { model_type: "llava", text_config: small, vision_config: { hidden_size: 1024 } };
  expect(describeConfig("config.json", config).unknown.join()).toContain("vision_config");
  const whole = describeConfig("m.safetensors", config, [
    { name: "vision_tower.patch.weight", shape: [8], type: "bf16", bytes: 16 },
  ]);
  expect(whole.unknown).toEqual([]);
});
