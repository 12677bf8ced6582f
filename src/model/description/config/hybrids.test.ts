import { describe, expect, test } from "vitest";
import { publishedHybrids } from "./hybrids.fixture.ts";
import { describeConfig } from "./describe-config.ts";

describe("config.json gives the parameters of hybrids, encoders and other special families", () => {
  test.each(publishedHybrids)("%s: %d", (_, parameters, config) => {
    const description = describeConfig("config.json", config);
    expect(description.parameters).toBe(parameters);
    expect(description.known).toBe(true);
  });

  test("Gemma 3n's text parts have 6.87 and 4.46 billion parameters, as llama.cpp reports", () => {
    const billions = (layers: number, width: number): string => {
      const description = describeConfig("config.json", {
        model_type: "gemma3n",
        text_config: {
          model_type: "gemma3n_text",
          num_hidden_layers: layers,
          intermediate_size: Array.from({ length: layers }, () => width),
        },
      });
      return ((description.parameters ?? 0) / 1e9).toFixed(2);
    };
    expect(billions(35, 16384)).toBe("6.87");
    expect(billions(30, 8192)).toBe("4.46");
  });
});

describe("the layers of hybrids", () => {
  test("have one part each in Nemotron 3 Nano: M a state, E experts of two matrices", () => {
    const description = describeConfig("config.json", {
      model_type: "nemotron_h",
      hidden_size: 64,
      intermediate_size: 96,
      num_hidden_layers: 4,
      hybrid_override_pattern: "ME*-",
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 16,
      mamba_num_heads: 8,
      mamba_head_dim: 16,
      n_groups: 2,
      ssm_state_size: 32,
      conv_kernel: 4,
      n_routed_experts: 8,
      n_shared_experts: 1,
      num_experts_per_tok: 2,
      moe_intermediate_size: 48,
      moe_shared_expert_intermediate_size: 56,
      vocab_size: 100,
      tie_word_embeddings: false,
    });
    expect(description.layers.map((layer) => layer.kind)).toEqual(["recurrent", "none", "attention", "none"]);
    expect(description.layers.map((layer) => layer.feedForwardWidth)).toEqual([
      undefined,
      undefined,
      undefined,
      96,
    ]);
    expect(description.layers[1]?.experts).toEqual({ count: 8, used: 2, width: 48, sharedWidth: 56 });
    // 3 columns x (128 + 2 x 2 x 32) and 128 x 32
    expect(description.layers[0]?.recurrent).toEqual({
      convolutionElements: 768,
      stateElements: 4096,
      innerWidth: 128,
    });
    expect(description.groups?.experts).toBe(8 * 2 * 64 * 48);
    const mamba = 64 * (128 + 256 + 8) + 256 * 5 + 3 * 8 + 128 + 128 * 64;
    const experts = 64 * 8 + 8 + 2 * 64 * 56;
    const attention = 2 * 64 * 64 + 2 * 64 * 32;
    expect(description.groups?.dense).toBe(mamba + experts + attention + 2 * 64 * 96 + 5 * 64);
  });

  test("have one key and value head in Falcon, unless the file uses the newer layout", () => {
    const of = (more: Readonly<Record<string, unknown>>) =>
      describeConfig("config.json", {
        model_type: "falcon",
        hidden_size: 64,
        num_hidden_layers: 1,
        num_attention_heads: 8,
        num_kv_heads: 4,
        vocab_size: 100,
        ...more,
      }).layers[0]?.attention?.keyValueHeads;
    expect(of({ multi_query: true, new_decoder_architecture: false })).toBe(1);
    expect(of({ multi_query: true, new_decoder_architecture: true })).toBe(4);
  });

  test("keep no cache in encoders", () => {
    const description = describeConfig("config.json", {
      model_type: "xlm-roberta",
      hidden_size: 64,
      intermediate_size: 128,
      num_hidden_layers: 1,
      num_attention_heads: 4,
    });
    expect(description.cacheless).toBe(true);
  });
});
