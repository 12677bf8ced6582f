import { describe, expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import { rooflineOf, trafficOf } from "./traffic.ts";
import { llama8bConfig } from "../../description/llama.fixture.ts";

/** Llama 3.1 8B in bf16. */
const llama = describeConfig("config.json", llama8bConfig);

const mixtral = describeConfig("config.json", {
  model_type: "mixtral",
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 32000,
  num_local_experts: 8,
  num_experts_per_tok: 2,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
});

describe("a decode step", () => {
  test("reads the weights once, the cache of each sequence, and writes a row", () => {
    const traffic = trafficOf(llama, { phase: "decode", tokens: 7999, sequences: 2 });
    const by = new Map(traffic.items.map((item) => [item.label, item]));
    // All parameters but the embedding: 8,030,261,248 - 128,256 x 4,096, in 2 bytes
    expect(by.get("weights that every token uses")?.readBytes).toBe((8_030_261_248 - 525_336_576) * 2);
    expect(by.get("rows of the embedding")?.readBytes).toBe(2 * 4096 * 2);
    // 32 layers x 8 heads x 256 values x 2 bytes = 131,072 a token; 8,000 of them in each of 2 sequences
    expect(by.get("keys and values")?.readBytes).toBe(2 * 8000 * 131_072);
    expect(by.get("keys and values")?.writtenBytes).toBe(2 * 131_072);
    // 2 a weight and token; 4 x heads x width a cached token and layer
    expect(traffic.operations).toBe(2 * 2 * 7_504_924_672 + 2 * 32 * 2 * 32 * 256 * 8000);
    expect(traffic.atLeast).toBe(false);
  });

  test("does not read evicted tokens, and reads less with smaller elements", () => {
    const of = (options: { evicted?: number; cacheElementBytes?: number }) =>
      trafficOf(llama, { phase: "decode", tokens: 999, ...options }).items.find(
        (item) => item.label === "keys and values",
      )?.readBytes;
    expect(of({ evicted: 0.5 })).toBe(65_536_000);
    expect(of({ cacheElementBytes: 1.0625 })).toBe(69_632_000);
  });

  test("reads the share 1 - (1 - 2/8)^B of the experts", () => {
    const read = (sequences: number) =>
      trafficOf(mixtral, { phase: "decode", tokens: 0, sequences }).items.find(
        (item) => item.label === "chosen experts",
      )?.readBytes;
    const all = 32 * 8 * 3 * 4096 * 14336 * 2;
    expect(read(1)).toBe(all / 4);
    expect(read(2)).toBe(all * 0.4375);
    expect(read(1000)).toBe(all);
  });
});

describe("prompts and training", () => {
  test("smaller micro-batches read the weights more often", () => {
    const weights = (ubatch: number) =>
      trafficOf(llama, { phase: "prefill", tokens: 4096, ubatch }).items[0]?.readBytes ?? 0;
    expect(weights(512)).toBe(8 * weights(4096));
  });

  test("a prompt takes 2 operations per weight and token, and the causal half of the square", () => {
    const { operations } = trafficOf(llama, { phase: "prefill", tokens: 1000, ubatch: 1000 });
    expect(operations).toBe(2 * 7_504_924_672 * 1000 + 32 * 2 * 32 * 256 * 500_500);
  });

  test("training does three passes, four with recomputation", () => {
    const once = trafficOf(llama, { phase: "training", tokens: 100 }).operations;
    expect(trafficOf(llama, { phase: "training", tokens: 100, recomputed: true }).operations).toBe(
      (once / 3) * 4,
    );
  });
});

test("the roofline says which side binds", () => {
  const device = { bandwidthBytesPerSecond: 1e12, peakOperationsPerSecond: 100e12 };
  const one = rooflineOf(trafficOf(llama, { phase: "decode", tokens: 0 }), device);
  expect(one.binds).toBe("bandwidth");
  // 15.0 GB at 1 TB/s
  expect(one.tokensPerSecond).toBeCloseTo(66.6, 0);
  expect(rooflineOf(trafficOf(llama, { phase: "prefill", tokens: 4096, ubatch: 4096 }), device).binds).toBe(
    "compute",
  );
  expect(
    rooflineOf(trafficOf(llama, { phase: "decode", tokens: 0 }), { bandwidthBytesPerSecond: 1e12 })
      .computeSeconds,
  ).toBeUndefined();
});

test("unknown weights give a lower bound, and wrong options are refused", () => {
  const unknown = describeConfig("config.json", { model_type: "new", hidden_size: 64, num_hidden_layers: 2 });
  expect(trafficOf(unknown, { phase: "decode", tokens: 0 }).atLeast).toBe(true);
  expect(() => trafficOf(llama, { phase: "decode", tokens: -1 })).toThrow(/tokens: got -1/);
  expect(() => trafficOf(llama, { phase: "decode", tokens: 1, evicted: 2 })).toThrow(/evicted/);
});
