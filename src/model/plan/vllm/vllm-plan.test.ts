import { expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { plan } from "../plan.ts";
import { GiB } from "../../../shared/units.ts";

function decoder(more: Readonly<Record<string, unknown>> = {}): ModelDescription {
  return describeConfig("config.json", {
    model_type: "llama",
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128_256,
    max_position_embeddings: 131_072,
    tie_word_embeddings: true,
    torch_dtype: "bfloat16",
    ...more,
  });
}

test("a model in f32 is cast while loading: it fits where half its bytes do", () => {
  const single = decoder({ torch_dtype: "float32" });
  const { plans } = plan(single, "chat", { budgetBytes: 6 * GiB, engine: "vllm" });
  // 1.24 billion parameters in two bytes are 2.3 GiB, in four 4.6
  expect(plans[0]?.cost).toMatchObject({ task: 0, risk: 0 });
});

test("a model that vLLM refuses has no plan", () => {
  const description = decoder();
  const [layer] = description.layers;
  const attention = layer?.attention;
  if (layer === undefined || attention === undefined) throw new Error("no layer");
  const layers = [
    { ...layer, attention: { ...attention, keyValueHeads: 3 } },
    { ...layer, attention: { ...attention, window: 512 } },
  ];
  expect(plan({ ...description, layers }, "chat", { budgetBytes: 80 * GiB, engine: "vllm" }).plans).toEqual(
    [],
  );
});

test("plans have at most as many sequences as tokens in a step, and offload per device", () => {
  const { plans } = plan(
    decoder({ num_hidden_layers: 64 }),
    { inputTokens: 500, outputTokens: 100, sequences: 600 },
    { budgetBytes: 6 * GiB, devices: 2, engine: "vllm" },
  );
  expect(plans.length).toBeGreaterThan(0);
  for (const { settings } of plans) {
    if (settings.engine !== "vllm") throw new Error("not vLLM");
    const { maxSequences = 0, batchedTokens = 0, offloadBytes = 0 } = settings.options;
    expect(maxSequences).toBeLessThanOrEqual(batchedTokens);
    expect(settings.sequences).toBeLessThanOrEqual(maxSequences);
    expect(offloadBytes).toBeLessThanOrEqual(6 * GiB);
  }
});
