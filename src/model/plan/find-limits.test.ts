import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeConfig } from "../description/config/describe-config.ts";
import type { ModelDescription } from "../description/model-description.ts";
import { devices, countUsableBytes } from "./devices/find-device.ts";
import { findMaxBatch, findMaxContextTokens, findMaxSequences, findSmallestDevice } from "./find-limits.ts";
import { checkPlanOptions } from "./request/plan-options.ts";
import type { PlanOptions } from "./request/plan-options.ts";
import { plannerFor } from "./planner.ts";
import { MiB } from "../../shared/units.ts";

const description: ModelDescription = describeConfig("small", {
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 512,
  intermediate_size: 1536,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  num_hidden_layers: 6,
  vocab_size: 8000,
  max_position_embeddings: 16_384,
  tie_word_embeddings: false,
});
const chat = { name: "own", reason: "", inputTokens: 900, outputTokens: 100, sequences: 2 };

const engines = ["llama.cpp", "vllm", "pytorch"] as const;
const budgets = fc.integer({ min: 500, max: 6000 });

describe.each(engines)("the limits found for %s, by brute force", (engine) => {
  const fits = (options: PlanOptions, workload: Partial<typeof chat>): boolean =>
    plannerFor({
      ...checkPlanOptions(description, options),
      description,
      workload: { ...chat, ...workload },
    }).freeFitBytes() !== undefined;

  test("fit, and one step more does not", () => {
    fc.assert(
      fc.property(budgets, (budget) => {
        const options: PlanOptions = { engine, budgetBytes: budget * MiB };
        const tokens = findMaxContextTokens(description, chat, options);
        const length = (inputTokens: number) => fits(options, { inputTokens, outputTokens: 0 });
        if (tokens === undefined) expect(length(256)).toBe(false);
        else {
          expect(length(tokens)).toBe(true);
          expect(tokens === description.contextLength || !length(tokens + 256)).toBe(true);
        }
        const sequences = findMaxSequences(description, chat, options);
        if (sequences === undefined) expect(fits(options, { sequences: 1 })).toBe(false);
        else {
          expect(fits(options, { sequences })).toBe(true);
          expect(
            (engine === "llama.cpp" && sequences === 256) || !fits(options, { sequences: sequences + 1 }),
          ).toBe(true);
        }
      }),
      { seed: 5, numRuns: 12 },
    );
  });

  test("include the largest batch: the next does not fit", () => {
    fc.assert(
      fc.property(budgets, (budget) => {
        const options: PlanOptions = { engine, budgetBytes: budget * MiB };
        const batch = findMaxBatch(description, chat, options);
        if (batch === undefined) return;
        const holds = (each: number): boolean =>
          engine === "pytorch"
            ? fits(options, { sequences: each })
            : fits({ ...options, current: { ubatch: each, batch: Math.max(each, 2048) } }, {});
        expect(holds(batch)).toBe(true);
        expect(batch === 8192 || !holds(engine === "pytorch" ? batch + 1 : 2 * batch)).toBe(true);
      }),
      { seed: 6, numRuns: 12 },
    );
  });

  test("include the smallest device: no smaller one fits", () => {
    const found = findSmallestDevice(description, chat, { engine });
    expect(found).toBeDefined();
    const most = found === undefined ? 0 : countUsableBytes(found);
    for (const device of devices) {
      if (device.kind === "host" || countUsableBytes(device) >= most) continue;
      if (engine !== "llama.cpp" && device.kind !== "gpu") continue;
      expect(fits({ engine, device }, {})).toBe(false);
    }
  });
});
