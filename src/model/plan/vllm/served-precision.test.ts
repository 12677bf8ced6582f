import { expect, test } from "vitest";
import { vllmLedger } from "../../ledger/vllm/vllm-ledger.ts";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { atServedPrecision } from "./served-precision.ts";
import { GiB } from "../../../shared/units.ts";

const llama = describeConfig("config.json", {
  model_type: "llama",
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
});

test("fp8 made while loading leaves the vocabulary in two bytes: 8.49 GiB of Llama 3.1 8B in vLLM 0.19's log", () => {
  const smaller = atServedPrecision(llama, 8, "fp8");
  if (smaller === undefined) throw new Error("not smaller");
  const weights = vllmLedger(smaller, {}).items.filter(({ kind }) => kind === "weights");
  expect((weights.reduce((sum, line) => sum + (line.bytes ?? 0), 0) / GiB).toFixed(2)).toBe("8.49");
  expect(atServedPrecision(smaller, 16, "fp16")).toBeUndefined();
});

test("tensors with a row per word of the vocabulary keep their type", () => {
  const tensor = (name: string, shape: readonly number[]) => ({
    name,
    shape,
    type: "bf16",
    bytes: 2 * shape.reduce((product, size) => product * size, 1),
  });
  const listed: ModelDescription = {
    ...llama,
    tensors: [
      tensor("model.embed_tokens.weight", [128_256, 4096]),
      tensor("model.layers.0.mlp.up_proj.weight", [14_336, 4096]),
      tensor("model.norm.weight", [4096]),
    ],
  };
  const bytes = atServedPrecision(listed, 8, "fp8")?.tensors.map((each) => each.bytes);
  expect(bytes).toEqual([128_256 * 4096 * 2, 14_336 * 4096, 8192]);
});
