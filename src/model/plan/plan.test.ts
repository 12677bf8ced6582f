import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../file/source/byte-source.ts";
import { readModelFile } from "../file/read-model-file.ts";
import { describeConfig } from "../description/config/describe-config.ts";
import { describeModel } from "../description/describe-model.ts";
import type { ModelDescription } from "../description/model-description.ts";
import { catalogue } from "../../../test/model/architectures/catalogue.ts";
import { writeGgufHeader } from "../../../test/model/write-gguf.ts";
import { compareCosts } from "./cost/cost.ts";
import { findMaxBatch, findMaxContextTokens, findMaxSequences, findSmallestDevice } from "./find-limits.ts";
import { plan } from "./plan.ts";
import { GiB } from "../../shared/units.ts";
import { llama8bConfig } from "../description/llama.fixture.ts";

async function ggufDescription(name: string): Promise<ModelDescription> {
  const header = catalogue[name]?.();
  if (header === undefined) throw new Error(`no header ${name}`);
  return describeModel(await readModelFile(bytesSource(`${name}.gguf`, writeGgufHeader(header))));
}

const llama = await ggufDescription("llama");
const experts = await ggufDescription("qwen3moe");
const config = describeConfig("config.json", llama8bConfig);

describe("a plan", () => {
  test("takes no costly measure where the model fits", () => {
    const result = plan(llama, "chat", { budgetBytes: 24 * GiB });
    expect(result.before.fits).toBe(true);
    expect(result.plans[0]?.measures.every((measure) => measure.price === "nothing")).toBe(true);
    expect(result.variants).toBeUndefined();
  });

  test("gives up nothing first, then quality, then the task, and says what each measure saves", () => {
    const result = plan(llama, "chat", { budgetBytes: 6 * GiB });
    expect(result.before.fits).toBe(false);
    expect(result.plans.length).toBeGreaterThan(2);
    const costs = result.plans.map((each) => each.cost);
    expect(costs.toSorted(compareCosts)).toEqual(costs);
    expect(costs[0]).toMatchObject({ task: 0, risk: 0 });
    for (const each of result.plans) {
      const saved = each.measures.reduce((sum, measure) => sum + measure.savedBytes, 0);
      expect(saved).toBe(result.before.ledger.totalBytes - each.ledger.totalBytes);
    }
  });

  test("names a shallower and a narrower model that fit as they are", () => {
    const { variants } = plan(llama, "chat", { budgetBytes: 6 * GiB });
    expect(variants?.shallower?.layers).toBeGreaterThan(10);
    expect(variants?.shallower?.layers).toBeLessThan(32);
    expect(variants?.narrower?.share).toBeGreaterThan(0.3);
  });

  test("moves experts to the host before full layers", () => {
    const result = plan(experts, "chat", { budgetBytes: 12 * GiB });
    expect(result.plans[0]?.measures.some((measure) => measure.level.startsWith("experts of"))).toBe(true);
  });

  test("divides the layers among cards; vLLM divides each layer", () => {
    const one = plan(config, "chat", { budgetBytes: 12 * GiB, engine: "vllm" });
    const four = plan(config, "chat", { budgetBytes: 12 * GiB, devices: 4, engine: "vllm" });
    expect(one.before.fits).toBe(false);
    expect(four.plans[0]?.cost).toMatchObject({ task: 0, risk: 0 });
    expect(four.plans[0]?.settings).toMatchObject({ engine: "vllm", options: { tensorParallel: 4 } });
    const cards = plan(llama, "chat", { budgetBytes: 6 * GiB, devices: 2 });
    expect(cards.before.ledger.totals.map((total) => total.device)).toContain("gpu1");
  });

  test("turns flash attention on where it is off, at no cost", () => {
    const result = plan(llama, "chat", { budgetBytes: 24 * GiB, current: { flashAttention: false } });
    expect(result.plans[0]?.measures.map((measure) => measure.measure)).toContain("flash attention");
  });

  test("refuses wrong options", () => {
    expect(() => plan(llama, "knitting", { budgetBytes: GiB })).toThrow(/workload: got "knitting"/);
    expect(() => plan(llama, "chat", {})).toThrow(/budgetBytes/);
    expect(() => plan(llama, "chat", { device: "rtx9999" })).toThrow(/device: got/);
    expect(() => plan(llama, "chat", { budgetBytes: 1, devices: -1 })).toThrow(/devices/);
  });
});

const budgets = fc.integer({ min: 2, max: 60 });
const someWorkload = fc.record({
  inputTokens: fc.integer({ min: 1, max: 30_000 }),
  outputTokens: fc.integer({ min: 0, max: 4000 }),
  sequences: fc.integer({ min: 1, max: 6 }),
});

describe.each([
  ["llama.cpp", llama],
  ["llama.cpp", experts],
  ["vllm", config],
  ["pytorch", config],
] as const)("always, with %s", (engine, description) => {
  test("no plan is over its budget, and a larger budget never makes the first plan more expensive", () => {
    fc.assert(
      fc.property(budgets, fc.integer({ min: 1, max: 20 }), someWorkload, (budget, more, workload) => {
        const small = plan(description, workload, { budgetBytes: budget * GiB, engine });
        const large = plan(description, workload, { budgetBytes: (budget + more) * GiB, engine });
        for (const result of [small, large]) {
          for (const each of result.plans)
            expect(each.binding.bytes).toBeLessThanOrEqual(each.binding.budgetBytes);
        }
        const [first] = small.plans;
        const [better] = large.plans;
        if (first === undefined) return;
        expect(better).toBeDefined();
        if (better !== undefined) expect(compareCosts(better.cost, first.cost)).toBeLessThanOrEqual(0);
      }),
      { seed: 11, numRuns: 12 },
    );
  });
});

describe("the limits of a budget", () => {
  const options = { budgetBytes: 8 * GiB };
  const chat = { inputTokens: 4000, outputTokens: 1000, sequences: 1 };

  test("include the longest context: 256 tokens more do not fit", () => {
    const tokens = findMaxContextTokens(llama, { ...chat, sequences: 4 }, options) ?? 0;
    const fits = (inputTokens: number) =>
      plan(llama, { inputTokens, outputTokens: 0, sequences: 4 }, options).plans[0]?.measures.every(
        (measure) => measure.price === "nothing",
      );
    expect(fits(tokens)).toBe(true);
    expect(fits(tokens + 256)).toBe(false);
  });

  test("include the most sequences, the largest micro-batch and the smallest device", () => {
    const sequences = findMaxSequences(llama, chat, options) ?? 0;
    expect(sequences).toBeGreaterThan(1);
    expect(plan(llama, { ...chat, sequences }, options).plans[0]?.cost.risk).toBe(0);
    expect(findMaxBatch(llama, chat, options)).toBeGreaterThanOrEqual(512);
    // Three quarters of its 8 GiB: less than the 8,188 MiB of the smallest card
    expect(findSmallestDevice(llama, chat, {})?.name).toBe("jetson-orin-nano");
    expect(findMaxContextTokens(llama, chat, { budgetBytes: GiB })).toBeUndefined();
  });
});

test("no plan uses a cache type that the engine refuses", () => {
  // Heads of 80 elements are not a multiple of a quantized type's block
  const odd = describeConfig("config.json", {
    model_type: "phi",
    hidden_size: 2560,
    intermediate_size: 10240,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    vocab_size: 51200,
    max_position_embeddings: 131072,
    torch_dtype: "float16",
  });
  const { plans } = plan(odd, "code-agent", { budgetBytes: 8 * GiB });
  expect(plans.length).toBeGreaterThan(0);
  for (const { settings } of plans) expect(JSON.stringify(settings)).not.toMatch(/q8_0|q5_1|q4_0/u);
});
