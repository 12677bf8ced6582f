import { describe, expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { cacheTypeFault } from "./cache-types.ts";
import { llamaCppLedger } from "./llama-cpp-ledger.ts";

function decoder(headWidth: number): ModelDescription {
  return describeConfig("m", {
    model_type: "llama",
    hidden_size: 8 * headWidth,
    head_dim: headWidth,
    num_attention_heads: 8,
    num_hidden_layers: 2,
    intermediate_size: 512,
    vocab_size: 1000,
    max_position_embeddings: 4096,
  });
}

const latent = describeConfig("m", {
  model_type: "deepseek_v3",
  hidden_size: 512,
  num_attention_heads: 8,
  num_hidden_layers: 2,
  intermediate_size: 1024,
  vocab_size: 1000,
  max_position_embeddings: 4096,
  kv_lora_rank: 512,
  q_lora_rank: 256,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
});

describe("llama.cpp refuses", () => {
  test("a quantized cache whose block does not divide a head, with flash attention", () => {
    const choice = { keyType: "q8_0", valueType: "f16", flashAttention: true };
    expect(cacheTypeFault(decoder(64), choice)).toBeUndefined();
    expect(cacheTypeFault(decoder(80), choice)).toEqual({
      option: "keyType",
      reason: "a head of 80 elements is not a multiple of the type's block",
      allowed: ["f32", "f16", "bf16"],
    });
    // Without it, the block divides an entire row of all heads
    expect(cacheTypeFault(decoder(80), { ...choice, flashAttention: false })).toBeUndefined();
  });

  test("quantized values without flash attention, which Grok never uses", () => {
    const choice = { keyType: "q8_0", valueType: "q8_0", flashAttention: false };
    expect(cacheTypeFault(decoder(64), choice)?.option).toBe("valueType");
    const grok = { ...decoder(64), architecture: "grok" };
    expect(() => llamaCppLedger(grok, { valueType: "q8_0" })).toThrow(
      "valueType: got q8_0 without flash attention, allowed: f32, f16, bf16",
    );
  });

  test("two types for latent attention, which has one cache", () => {
    const choice = { keyType: "q8_0", valueType: "f16", flashAttention: true };
    expect(cacheTypeFault(latent, choice)).toEqual({
      option: "valueType",
      reason: "latent attention caches keys and values as one, of type q8_0",
      allowed: ["q8_0"],
    });
    expect(cacheTypeFault(latent, { ...choice, valueType: "q8_0" })).toBeUndefined();
  });
});
