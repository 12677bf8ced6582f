import { describe, expect, test } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { vllmActivationBytes } from "./activation.ts";
import { countGraphs, graphBytes } from "./graphs.ts";
import { layerCaches } from "./layer-cache.ts";
import { pagePlan } from "./page-groups.ts";
import { poolPlan } from "./pool-plan.ts";
import { vllmLedger } from "./vllm-ledger.ts";
import type { VllmLedger } from "./vllm-ledger.ts";
import { checkVllmOptions } from "./vllm-options.ts";
import type { VllmOptions } from "./vllm-options.ts";
import { GiB } from "../../../shared/units.ts";

/*
 * Figures of public start-up logs. Most are of vLLM 0.19 on an H100 of 79.19 GiB with a utilization of 0.95, contexts of 8,192
 * and the defaults of 1,024 sequences and 8,192 tokens: llm-d-incubation/llm-d-planner, `accuracy/accuracy_report.md` and the
 * logs next to it (April 2026). The activation's row of the widest layer was fitted to them; weights and pages were not.
 */
const h100 = Math.round(79.19 * GiB);

type Settings = Readonly<Record<string, unknown>>;

/** Width, feed-forward width, layers, heads, key and value heads, vocabulary. */
type Sizes = readonly [number, number, number, number, number, number];

function model(modelType: string, sizes: Sizes, more: Settings = {}): ModelDescription {
  const [width, inner, layers, heads, keyValueHeads, vocabulary] = sizes;
  return describeConfig("config.json", {
    model_type: modelType,
    hidden_size: width,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    vocab_size: vocabulary,
    torch_dtype: "bfloat16",
    tie_word_embeddings: false,
    max_position_embeddings: 32_768,
    ...more,
  });
}

const tied = { tie_word_embeddings: true };
const long = { max_position_embeddings: 131_072 };
const qwen3 = { head_dim: 128, max_position_embeddings: 40_960 };
const gemma = { ...tied, head_dim: 256, max_position_embeddings: 8192 };
const llama = model("llama", [4096, 14_336, 32, 32, 8, 128_256], long);
const qwen25 = model("qwen2", [3584, 18_944, 28, 28, 4, 152_064]);
const qwen3Small = model("qwen3", [4096, 12_288, 36, 32, 8, 151_936], qwen3);

const weightsOf = (ledger: VllmLedger, device = "gpu0"): number =>
  ledger.items
    .filter((item) => item.kind === "weights" && item.device === device)
    .reduce((sum, item) => sum + (item.bytes ?? 0), 0) / GiB;

describe("the activation peak is within 1 % of 16 logs of dense text models", () => {
  const large: Sizes = [8192, 28_672, 80, 64, 8, 128_256];
  const larger: Sizes = [8192, 29_568, 80, 64, 8, 152_064];
  const logged: readonly (readonly [
    name: string,
    description: ModelDescription,
    gib: number,
    ranks?: number,
  ])[] = [
    ["Llama 3.1 8B", llama, 1.89],
    ["Qwen2.5 7B", qwen25, 2.21],
    ["Qwen3 8B", qwen3Small, 2.21],
    ["Qwen3 14B", model("qwen3", [5120, 17_408, 40, 40, 8, 151_936], qwen3), 2.23],
    ["CodeLlama 7B", model("llama", [4096, 11_008, 32, 32, 32, 32_016]), 0.77],
    ["Gemma 2 2B", model("gemma2", [2304, 9216, 26, 8, 4, 256_000], gemma), 3.62],
    ["Gemma 2 9B", model("gemma2", [3584, 14_336, 42, 16, 8, 256_000], gemma), 3.65],
    ["Gemma 2 27B", model("gemma2", [4608, 36_864, 46, 32, 16, 256_000], gemma), 3.66],
    ["Gemma 7B", model("gemma", [3072, 24_576, 28, 16, 16, 256_000], gemma), 3.63],
    ["Granite 3.1 2B", model("granite", [2048, 8192, 40, 32, 8, 49_155], tied), 0.75],
    ["Granite 3.1 8B", model("granite", [4096, 12_800, 40, 32, 8, 49_155], tied), 0.85],
    ["phi-4", model("phi3", [5120, 17_920, 40, 40, 10, 100_352]), 1.52],
    ["phi-2", model("phi", [2560, 10_240, 32, 32, 32, 51_200]), 0.79],
    ["Llama 3.3 70B, 2 ranks", model("llama", large, long), 1.96, 2],
    ["Llama 3.3 70B, 4 ranks", model("llama", large, long), 1.97, 4],
    ["Qwen2.5 72B, 2 ranks", model("qwen2", larger), 2.29, 2],
  ];
  const rows = logged.map(([name, description, gib, ranks]) => [name, description, gib, ranks ?? 1] as const);
  test.each(rows)("%s", (_, description, gib, ranks) => {
    const of = vllmActivationBytes(description, {
      maxSequences: 1024,
      batchedTokens: 8192,
      tensorParallel: ranks,
    });
    expect(Math.abs((of ?? 0) / GiB / gib - 1)).toBeLessThan(0.01);
  });

  const experts = (count: number, used: number, width: number, more: Settings = {}): Settings => ({
    num_experts: count,
    num_local_experts: count,
    n_routed_experts: count,
    num_experts_per_tok: used,
    moe_intermediate_size: width,
    ...more,
  });
  const latent = { kv_lora_rank: 512, qk_nope_head_dim: 128, qk_rope_head_dim: 64, v_head_dim: 128 };
  const mixed: readonly (readonly [string, ModelDescription, number, number])[] = [
    ["Qwen3 30B A3B", model("qwen3_moe", [2048, 6144, 48, 32, 4, 151_936], experts(128, 8, 768)), 1, 2.68],
    ["Qwen1.5 MoE", model("qwen2_moe", [2048, 5632, 24, 16, 16, 151_936], experts(60, 4, 1408)), 1, 2.47],
    [
      "DeepSeek V2 Lite",
      model(
        "deepseek_v2",
        [2048, 10_944, 27, 16, 16, 102_400],
        experts(64, 6, 1408, { ...latent, first_k_dense_replace: 1 }),
      ),
      1,
      1.93,
    ],
    ["Mixtral 8x7B", model("mixtral", [4096, 14_336, 32, 32, 8, 32_000], experts(8, 2, 14_336)), 2, 1.21],
    ["Llama 4 Scout", model("llama4_text", [5120, 8192, 48, 40, 8, 202_048], experts(16, 1, 8192)), 4, 3.19],
    [
      "gpt-oss 20B",
      model("gpt_oss", [2880, 2880, 24, 64, 8, 201_088], experts(32, 4, 2880, { head_dim: 64 })),
      2,
      2.87,
    ],
  ];
  test.each(mixed)("%s: experts within 1 %, with pictures 4", (name, description, tensorParallel, gib) => {
    const of = vllmActivationBytes(description, { maxSequences: 1024, batchedTokens: 8192, tensorParallel });
    expect(Math.abs((of ?? 0) / GiB / gib - 1)).toBeLessThan(name === "Llama 4 Scout" ? 0.04 : 0.01);
  });

  test.each([
    // The second log of a stage that hands on (1.10 GiB of 16 layers) is not explained
    [llama, 2, 1.1],
    [llama, 4, 1.05],
    [qwen3Small, 3, 0.96],
  ])("stages that hand on do not sample: within 5 %", (description, pipelineParallel, gib) => {
    const { items } = vllmLedger(description, { pipelineParallel, contextTokens: 8192 });
    const first = items.find((item) => item.kind === "activations" && item.device === "gpu0");
    expect(Math.abs((first?.bytes ?? 0) / GiB / gib - 1)).toBeLessThan(0.05);
  });
});

describe("loaded weights equal the digits of the logs", () => {
  const small: Settings = { ...long, tie_word_embeddings: false };
  const logged: readonly (readonly [ModelDescription, VllmOptions, number, number])[] = [
    // Vllm-project/vllm issues 10517 (RTX 3090) and 12529 (R1 Distill Qwen 1.5B)
    [llama, {}, 14.9888, 4],
    [model("qwen2", [1536, 8960, 28, 12, 2, 151_936], small), {}, 3.3414, 3],
    [llama, { tensorParallel: 2 }, 7.51, 2],
    [llama, { tensorParallel: 4 }, 3.77, 2],
    [llama, { pipelineParallel: 2 }, 7.51, 2],
    [llama, { pipelineParallel: 4 }, 4.26, 2],
    [qwen3Small, {}, 15.27, 2],
    [qwen3Small, { pipelineParallel: 3 }, 5.48, 2],
    [model("qwen3", [5120, 17_408, 40, 40, 8, 151_936], qwen3), {}, 27.52, 2],
    [qwen25, { tensorParallel: 4 }, 3.55, 2],
  ];
  test.each(logged)("%#", (description, options, gib, digits) => {
    expect(weightsOf(vllmLedger(description, { contextTokens: 8192, ...options })).toFixed(digits)).toBe(
      gib.toFixed(digits),
    );
  });

  test.each([
    [24, 32, 1, 13.47],
    [36, 128, 1, 64.38],
  ])(
    "gpt-oss of %i layers: its kernels pad the experts, within 2 %%",
    (layers, count, tensorParallel, gib) => {
      const description = model("gpt_oss", [2880, 2880, layers, 64, 8, 201_088], {
        ...long,
        head_dim: 64,
        num_local_experts: count,
        num_experts_per_tok: 4,
        sliding_window: 128,
        quantization_config: {
          quant_method: "mxfp4",
          modules_to_not_convert: [
            "model.layers.*.self_attn",
            "model.layers.*.mlp.router",
            "model.embed_tokens",
            "lm_head",
          ],
        },
      });
      const weights = weightsOf(vllmLedger(description, { tensorParallel, contextTokens: 8192 }));
      expect(Math.abs(weights / gib - 1)).toBeLessThan(0.02);
    },
  );

  test("loaded weights are within half a percent where the log has more than the tensors", () => {
    expect(weightsOf(vllmLedger(qwen25, {})) / 14.25).toBeCloseTo(1, 2);
    expect(weightsOf(vllmLedger(qwen25, { tensorParallel: 2 })) / 7.12).toBeCloseTo(1, 2);
  });
});

test.each([
  // "Profiling CUDA graph memory: PIECEWISE=51 (largest=512), FULL=35 (largest=256)", and of 8 sequences "PIECEWISE=…(largest=16)"
  [256, 2048, 51 + 35],
  [1024, 8192, 51 + 51],
  [8, 8192, 5 + 4],
  [1, 2048, 2 + 1],
  [64, 100, 15 + 1 + 11],
  [256, 264, 3 + 31 + 1 + 1 + 35],
])("%i sequences, %i tokens: %i CUDA graphs", (sequences, tokens, graphs) => {
  expect(countGraphs(sequences, tokens)).toBe(graphs);
});

test("CUDA graphs are within the range of the logs", () => {
  expect(graphBytes(102) / GiB).toBeCloseTo(1.04, 2);
  expect(Math.abs(graphBytes(86) / GiB - 0.73)).toBeLessThan(0.2);
  expect(Math.abs(graphBytes(16) / GiB - 0.36)).toBeLessThan(0.1);
});

describe("pools", () => {
  test("are within 0.2 % of the logged bytes: 58.11 GiB of Llama 3.1 8B, 58.53 of Qwen2.5 7B", () => {
    for (const [description, gib] of [
      [llama, 58.11],
      [qwen25, 58.53],
    ] as const) {
      const { pool } = vllmLedger(description, {
        memoryBytes: h100,
        utilization: 0.95,
        contextTokens: 8192,
        release: "0.19",
      });
      expect(Math.abs((pool.bytes ?? 0) / GiB / gib - 1)).toBeLessThan(0.002);
    }
  });

  /** Returns the tokens and concurrency of a pool of the logged size, which the log rounds to a hundredth of a GiB. */
  function holds(
    description: ModelDescription,
    gib: number,
    options: VllmOptions,
  ): readonly (readonly [number, string])[] {
    const checked = checkVllmOptions(description, options);
    const plan = pagePlan(layerCaches(description, checked), checked.release);
    return Array.from({ length: 101 }, (_, step) => {
      const available = Math.round((gib - 0.005 + step / 10_000) * GiB);
      const found = poolPlan(plan, [{ start: 0, end: description.layers.length, available }], checked);
      return [found.tokens ?? 0, (found.contexts ?? 0).toFixed(2)] as const;
    });
  }

  const hybrid = (layers: number, more: Settings): ModelDescription =>
    model("qwen3_5_text", [1024, 3584, layers, 8, 2, 248_320], {
      head_dim: 256,
      full_attention_interval: 4,
      linear_num_key_heads: 16,
      linear_num_value_heads: 16,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
      linear_conv_kernel_dim: 4,
      mamba_ssm_dtype: "float32",
      max_position_embeddings: 262_144,
      ...more,
    });
  const next = model("qwen3_next", [2048, 5120, 48, 16, 2, 151_936], {
    head_dim: 256,
    linear_num_key_heads: 16,
    linear_num_value_heads: 32,
    linear_key_head_dim: 128,
    linear_value_head_dim: 128,
    max_position_embeddings: 262_144,
  });
  const old = { release: "0.19" } as const;
  const logged: readonly (readonly [string, ModelDescription, number, VllmOptions, number, string])[] = [
    ["Llama 3.1 8B", llama, 58.11, { ...old, contextTokens: 16_384 }, 476_016, "29.05"],
    ["Llama 3.1 8B, fp8", llama, 58.11, { ...old, contextTokens: 8192, cacheType: "fp8" }, 952_032, "116.21"],
    ["Llama 3.1 8B, eager", llama, 19.28, { ...old, contextTokens: 131_072 }, 157_936, "1.20"],
    ["Qwen2.5 7B", qwen25, 58.53, { ...old, contextTokens: 8192 }, 1_096_000, "133.79"],
    ["Qwen3.5 2B", hybrid(24, {}), 5.95, { ...old, contextTokens: 262_144 }, 129_472, "1.97"],
    ["Qwen3.5 0.8B", hybrid(24, {}), 5.88, { contextTokens: 8192 }, 407_013, "49.68"],
    [
      "Qwen3.5 122B, fp8, prefixes cached",
      hybrid(48, { linear_num_value_heads: 64 }),
      21.43,
      { ...old, contextTokens: 131_072, cacheType: "fp8", prefixCaching: true },
      467_712,
      "11.79",
    ],
    [
      "Qwen3-Next 80B, prefixes cached",
      next,
      5.85,
      { contextTokens: 65_536, prefixCaching: true },
      242_534,
      "3.70",
    ],
    [
      "Qwen3-Next 80B, prefixes cached",
      next,
      16.63,
      { contextTokens: 131_072, prefixCaching: true },
      708_425,
      "5.40",
    ],
  ];
  test.each(logged)(
    "%s: tokens and concurrency of the log",
    (_, description, gib, options, tokens, concurrency) => {
      expect(holds(description, gib, options)).toContainEqual([tokens, concurrency]);
    },
  );

  test("have blocks of 1,568 tokens and states padded by 0.13 % for Qwen3.5 27B with fp8", () => {
    const description = model("qwen3_5_text", [5120, 17_408, 64, 24, 4, 248_320], {
      head_dim: 256,
      full_attention_interval: 4,
      linear_num_key_heads: 16,
      linear_num_value_heads: 48,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
      mamba_ssm_dtype: "float32",
      max_position_embeddings: 262_144,
    });
    const checked = checkVllmOptions(description, { cacheType: "fp8" });
    const [first] = pagePlan(layerCaches(description, checked), checked.release).groups;
    expect(first).toMatchObject({ blockTokens: 1568, pageBytes: 1568 * 2048 });
    // 3 x 10,240 values in two bytes and 48 x 128 x 128 in four
    const state = 3 * 10_240 * 2 + 48 * 128 * 128 * 4;
    expect((100 * ((first?.pageBytes ?? 0) / state - 1)).toFixed(2)).toBe("0.13");
  });
});
