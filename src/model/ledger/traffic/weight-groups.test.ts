import { describe, expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { TensorDescription } from "../../description/model-description.ts";
import { stagesOf } from "../vllm/stages.ts";
import { trafficOf } from "./traffic.ts";
import { weightGroups } from "./weight-groups.ts";

const settings = {
  model_type: "deepseek_v3",
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  kv_lora_rank: 16,
  n_routed_experts: 4,
  num_experts_per_tok: 2,
  moe_intermediate_size: 32,
  num_nextn_predict_layers: 1,
  vocab_size: 100,
  max_position_embeddings: 1000,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};

function tensor(name: string, ...shape: readonly number[]): TensorDescription {
  return { name, shape, type: "bf16", bytes: 2 * shape.reduce((product, size) => product * size, 1) };
}

describe("weights by how a step reads them", () => {
  const description = describeConfig("m.safetensors", settings, [
    tensor("model.embed_tokens.weight", 100, 64),
    tensor("lm_head.weight", 100, 64),
    tensor("model.layers.0.self_attn.o_proj.weight", 64, 64),
    tensor("model.layers.1.mlp.experts.0.up_proj.weight", 32, 64),
    tensor("model.layers.1.mlp.shared_experts.up_proj.weight", 32, 64),
    tensor("model.layers.1.block_sparse_moe.input_linear.weight", 4, 64, 64),
    tensor("model.layers.2.mlp.experts.0.up_proj.weight", 32, 64),
    tensor("visual.blocks.0.attn.qkv.weight", 10, 30),
    tensor("model.vision_tower.layers.7.mlp.weight", 10, 20),
  ]);

  test("separate experts, vision and prediction layers from what every token reads", () => {
    const groups = weightGroups(description);
    expect(groups?.embedding.bytes).toBe(12_800);
    expect(groups?.output.bytes).toBe(12_800);
    expect(groups?.dense.bytes).toBe(8192 + 4096);
    expect(groups?.experts.bytes).toBe(4096 + 32_768);
    expect(groups?.prediction.bytes).toBe(4096);
    expect(groups?.nonText.bytes).toBe(600 + 400);
  });

  test("leave vision and prediction out of a step; vLLM holds vision on the first stage", () => {
    const items = trafficOf(description, { phase: "decode", tokens: 0, sequences: 1000 }).items;
    expect(items[0]?.readBytes).toBe(8192 + 4096 + 12_800);
    const [first, second] = stagesOf(description, 1, 2);
    expect((first?.weightBytes ?? 0) - (second?.weightBytes ?? 0)).toBe(1000);
  });
});

test("take the bytes of packed tensors from the file, and their operations from the settings' parameters", () => {
  const config = {
    ...settings,
    model_type: "llama",
    num_hidden_layers: 1,
    num_nextn_predict_layers: 0,
    kv_lora_rank: undefined,
    n_routed_experts: undefined,
    quantization_config: { quant_method: "gptq", bits: 4 },
  };
  const packed = describeConfig("m.safetensors", config, [
    tensor("model.embed_tokens.weight", 100, 64),
    tensor("lm_head.weight", 100, 64),
    { name: "model.layers.0.mlp.up_proj.qweight", shape: [8, 128], type: "i32", bytes: 4096 },
  ]);
  const whole = describeConfig("config.json", { ...config, quantization_config: undefined });
  const of = (description: typeof whole) => trafficOf(description, { phase: "decode", tokens: 0 });
  expect(of(packed).operations).toBe(of(whole).operations);
  expect(of(packed).items[0]?.readBytes).toBe(4096 + 12_800);
});
