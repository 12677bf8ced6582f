import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { vllmActivationBytes } from "./activation.ts";
import { layerCaches } from "./layer-cache.ts";
import { blocksOfRequest, bytesOfBlock, pagePlan } from "./page-groups.ts";
import type { PagePlan } from "./page-groups.ts";
import { layersByStage } from "./stages.ts";
import { vllmLedger } from "./vllm-ledger.ts";
import { checkVllmOptions } from "./vllm-options.ts";
import type { VllmOptions } from "./vllm-options.ts";
import { GiB } from "../../../shared/units.ts";
import { llama8bConfig } from "../../description/llama.fixture.ts";

function decoder(more: Readonly<Record<string, unknown>>): ModelDescription {
  return describeConfig("config.json", { ...llama8bConfig, ...more });
}

const llama = decoder({});
const gemma2 = decoder({
  model_type: "gemma2",
  hidden_size: 3584,
  num_hidden_layers: 42,
  num_attention_heads: 16,
  head_dim: 256,
  vocab_size: 256000,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
});
const h100 = Math.round(79.19 * GiB);

describe("activation peak", () => {
  const of = (description: ModelDescription, maxSequences: number) =>
    vllmActivationBytes(description, { maxSequences, batchedTokens: 8192, tensorParallel: 1 }) ?? 0;

  test("is the sampler's with 1024 sequences: 14 bytes per logit", () => {
    // 1,024 x 128,256 x 14 + 132 x 128,256 x 4 + (8,192 + 2 x 1,024) x 4,096 x 2 + 32 MiB
    expect(of(llama, 1024)).toBe(1_838_678_016 + 67_719_168 + 83_886_080 + 33_554_432);
  });

  test("shrinks with 256 sequences instead of 1024 by about 1.0 GiB for Llama 3.1 8B and 2.6 GiB for Gemma 2 9B", () => {
    expect((of(llama, 1024) - of(llama, 256)) / GiB).toBeCloseTo(1.0, 0);
    expect((of(gemma2, 1024) - of(gemma2, 256)) / GiB).toBeCloseTo(2.5, 0);
  });
});

function planOf(description: ModelDescription, options: VllmOptions = {}): PagePlan {
  const checked = checkVllmOptions(description, options);
  return pagePlan(layerCaches(description, checked), checked.release);
}

describe("pages", () => {
  test("hold 16 tokens x heads x widths x 2 bytes with full attention; requests take ceil(tokens / 16) blocks", () => {
    const plan = planOf(llama);
    expect(plan.groups).toMatchObject([{ pageBytes: 16 * 8 * 256 * 2, blockTokens: 16 }]);
    expect(blocksOfRequest(plan, 1000, 8192, false)).toBe(63);
    expect(bytesOfBlock(plan, { start: 0, end: 32 })).toBe(32 * 65_536);
    expect(bytesOfBlock(plan, { start: 8, end: 16 })).toBe(8 * 65_536);
  });

  test("form groups of equal size with windows; a request holds its window and the tokens of a batch", () => {
    const gemma3 = decoder({
      model_type: "gemma3_text",
      num_hidden_layers: 62,
      sliding_window: 1024,
      sliding_window_pattern: 6,
      head_dim: 128,
    });
    const plan = planOf(gemma3);
    // 10 layers see everything, 52 a window: groups of 10, 6 of them for the windows (8 layers of padding)
    expect(plan.groups.map(({ kind, layers }) => [kind, layers.length])).toEqual([
      ["window", 9],
      ["window", 9],
      ["window", 9],
      ["window", 9],
      ["window", 8],
      ["window", 8],
      ["full", 10],
    ]);
    // Full: 131,072 / 16 = 8,192; windows: ceil((1,023 + 8,192) / 16) + 1 = 577 in each of 6 groups
    expect(blocksOfRequest(plan, 131_072, 8192, false)).toBe(8192 + 6 * 577);
  });

  test("hold one row on every rank with latent attention, whatever the heads", () => {
    const deep = decoder({ model_type: "deepseek_v3", kv_lora_rank: 512, num_attention_heads: 128 });
    for (const tensorParallel of [1, 8]) {
      expect(planOf(deep, { tensorParallel }).groups[0]?.pageBytes).toBe(16 * 576 * 2);
    }
    // FlashMLA's blocks of 64
    expect(planOf(deep, { cacheType: "fp8" }).groups[0]?.pageBytes).toBe(64 * 576);
    expect(() => planOf(llama, { cacheType: "fp8_ds_mla" })).toThrow(/latent attention/);
  });

  test("grow with recurrent states until one page holds a state", () => {
    const next = decoder({
      model_type: "qwen3_next",
      hidden_size: 2048,
      num_hidden_layers: 8,
      num_attention_heads: 16,
      num_key_value_heads: 2,
      head_dim: 256,
      linear_num_key_heads: 16,
      linear_num_value_heads: 32,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
    });
    // State: (3 x 8,192 + 32 x 128 x 128) x 2 = 1,097,728 bytes; a token 2 x 512 x 2 = 2,048: 536 tokens, 544 in blocks of 16
    expect(planOf(next).groups).toHaveLength(4);
    expect(planOf(next).groups[0]).toMatchObject({ blockTokens: 544, pageBytes: 544 * 2048 });
  });

  test("hold more tokens where they are smaller, or vLLM refuses", () => {
    const [layer] = llama.layers;
    const attention = layer?.attention;
    if (layer === undefined || attention === undefined) throw new Error("no layer");
    const mixLayers = (keyValueHeads: number): ModelDescription => ({
      ...llama,
      layers: [
        { ...layer, attention: { ...attention, keyValueHeads } },
        { ...layer, attention: { ...attention, window: 512 } },
      ],
    });
    expect(planOf(mixLayers(2)).groups.map(({ kind, blockTokens }) => [kind, blockTokens])).toEqual([
      ["full", 64],
      ["window", 16],
    ]);
    expect(planOf(mixLayers(3)).refused).toMatch(/24576 and 65536 bytes/);
    expect(planOf(mixLayers(3), { release: "0.33" }).groups.map(({ pageBytes }) => pageBytes)).toEqual([
      65_536, 65_536,
    ]);
    const refused = vllmLedger(mixLayers(3), { memoryBytes: h100 });
    expect(refused.pool).toMatchObject({ starts: false, blocks: undefined });
    expect(refused.atLeast).toBe(true);
    // Layers of one kind are not brought to one size
    const uneven: ModelDescription = {
      ...llama,
      layers: [layer, { ...layer, attention: { ...attention, keyValueHeads: 3 } }],
    };
    expect(bytesOfBlock(planOf(uneven), { start: 0, end: 2 })).toBe(65_536 + 24_576);
  });

  test("are unknown, not zero, for layers that are not known", () => {
    const [layer] = llama.layers;
    for (const layers of [
      [],
      [{ kind: "recurrent" as const }],
      [{ ...layer, attention: undefined, kind: "attention" as const }],
    ]) {
      const { items, atLeast, pool } = vllmLedger({ ...llama, layers }, { contextTokens: 8192 });
      expect(items.find((item) => item.kind === "kv-cache")).toMatchObject({
        bytes: undefined,
        confidence: "unknown",
      });
      expect([atLeast, pool.blocks]).toEqual([true, undefined]);
    }
  });

  test("are empty for encoders", () => {
    expect(vllmLedger({ ...llama, cacheless: true }, { memoryBytes: h100 }).pool.blocks).toBeUndefined();
  });
});

describe("vLLM's defaults", () => {
  const gib = (count: number) => count * GiB;
  test.each([
    [{ memoryBytes: gib(24) }, 256, 2048],
    [{ memoryBytes: h100 }, 1024, 8192],
    [{ memoryBytes: gib(80), deviceName: "NVIDIA A100-SXM4-80GB" }, 256, 2048],
    [{ memoryBytes: gib(179) }, 1024, 8192],
    [{ memoryBytes: gib(179), release: "0.33" }, 1024, 16_384],
    [{ memoryBytes: gib(120), release: "0.33", deviceName: "dgx-spark" }, 256, 2048],
    [{ memoryBytes: gib(24), contextTokens: 4 }, 256, 1024],
    [{ memoryBytes: gib(24), batchedTokens: 64 }, 64, 64],
    [{ memoryBytes: gib(24), maxSequences: 1, contextTokens: 100 }, 1, 100],
  ] as const)("%o", (options, maxSequences, batchedTokens) => {
    expect(checkVllmOptions(llama, options)).toMatchObject({ maxSequences, batchedTokens });
  });

  test("take nine tenths of the memory before 0.21, 0.92 since", () => {
    expect(checkVllmOptions(llama, { release: "0.19" }).utilization).toBe(0.9);
    expect(checkVllmOptions(llama, {}).utilization).toBe(0.92);
  });

  test("are refused with more sequences than tokens in a step", () => {
    expect(() => checkVllmOptions(llama, { maxSequences: 100, batchedTokens: 64 })).toThrow(
      /maxSequences: got 100 with 64 tokens/,
    );
  });
});

describe("devices", () => {
  test("divide leftover layers among the stages before the last", () => {
    expect(layersByStage(32, 4)).toEqual([8, 8, 8, 8]);
    expect(layersByStage(30, 4)).toEqual([7, 8, 8, 7]);
    expect(layersByStage(5, 1)).toEqual([5]);
  });

  test("hold layers and the embedding on the first of four stages of Llama 3.1 8B", () => {
    const ledger = vllmLedger(llama, { pipelineParallel: 4 });
    const first = ledger.items.find((item) => item.kind === "weights" && item.device === "gpu0");
    // 8 layers of 218,112,000 and 128,256 x 4,096, in 2 bytes (4.26 GiB in a public log: 0.7 % more)
    expect((first?.bytes ?? 0) / GiB).toBeCloseTo(4.23, 1);
  });

  test("give the rest to the pool, which does not depend on the context; the start does", () => {
    const short = vllmLedger(llama, { memoryBytes: h100, contextTokens: 8192 });
    const long = vllmLedger(llama, { memoryBytes: h100 });
    expect(short.pool.bytes).toBe(long.pool.bytes);
    expect(short.totalBytes).toBe(Math.ceil(h100 * 0.92));
    expect(long.pool.starts).toBe(true);
    expect(vllmLedger(llama, { memoryBytes: 24 * GiB }).pool.starts).toBe(false);
  });

  test("refuse ranks that do not divide the heads, and an empty batch", () => {
    expect(() => vllmLedger(llama, { tensorParallel: 3 })).toThrow(/tensorParallel: got 3 for 32 heads/);
    const odd = decoder({ intermediate_size: 14_338 });
    expect(() => vllmLedger(odd, { tensorParallel: 4 })).toThrow(/feed-forward part of 14338/);
    // vLLM 0.19 refused Qwen3 14B in five parts: 40 heads, 151,936 rows
    const five = {
      num_attention_heads: 40,
      num_key_value_heads: 5,
      intermediate_size: 17_410,
      vocab_size: 151_936,
    };
    expect(() => vllmLedger(decoder(five), { tensorParallel: 5 })).toThrow(/vocabulary of 151936 rows/);
    expect(() => vllmLedger(decoder({ linear_num_value_heads: 6 }), { tensorParallel: 4 })).toThrow(
      /linear_num_value_heads of 6/,
    );
    const shared = decoder({ model_type: "gemma3n_text", num_hidden_layers: 35, num_kv_shared_layers: 15 });
    expect(() => vllmLedger(shared, { pipelineParallel: 2 })).toThrow(/pipelineParallel: got 2/);
    expect(() => vllmLedger(llama, { batchedTokens: 0 })).toThrow(/batchedTokens/);
  });

  test("say at least where weights are unknown", () => {
    const ledger = vllmLedger(decoder({ model_type: "brand_new" }), { memoryBytes: h100 });
    expect(ledger.atLeast).toBe(true);
    expect(ledger.pool.bytes).toBeUndefined();
  });
});

test("never have fewer blocks with more memory, nor more requests at a time with longer ones", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 1, max: 130_000 }),
      (memory, more, tokens) => {
        const of = (gib: number, requestTokens: number) =>
          vllmLedger(llama, { memoryBytes: gib * GiB, requestTokens }).pool;
        expect(of(memory + more, tokens).blocks).toBeGreaterThanOrEqual(of(memory, tokens).blocks ?? 0);
        expect(of(memory, tokens + 1000).concurrency).toBeLessThanOrEqual(
          of(memory, tokens).concurrency ?? 0,
        );
      },
    ),
    { seed: 7, numRuns: 50 },
  );
});
