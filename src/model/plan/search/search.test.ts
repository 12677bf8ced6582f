import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildByteLedger } from "../../ledger/byte-ledger.ts";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { beats } from "../cost/cost.ts";
import type { Cost } from "../cost/cost.ts";
import { llamaCppAdapter } from "../llama-cpp/llama-cpp-adapter.ts";
import type { Measure } from "./measure.ts";
import { isOverBudget, maxShrinks } from "./plan-adapter.ts";
import type { PlanAdapter } from "./plan-adapter.ts";
import { checkPlanOptions, planEngines } from "../request/plan-options.ts";
import { allCandidates, searchPlans } from "./search.ts";
import { trainingAdapter } from "../training/training-adapter.ts";
import { vllmAdapter } from "../vllm/vllm-adapter.ts";
import { workloadOf } from "../request/workloads.ts";
import { MiB } from "../../../shared/units.ts";

interface Toy {
  readonly bytes: number;
  readonly seconds: number;
  readonly taken: readonly string[];
}

/** Measures of a toy: each level takes bytes away and costs time, quality or some of the task. */
interface ToyLevel {
  readonly saves: number;
  readonly slows: number;
  readonly risk: number;
  readonly task: number;
}

const level = fc.record({
  saves: fc.integer({ min: 0, max: 40 }),
  slows: fc.integer({ min: -3, max: 8 }),
  risk: fc.integer({ min: 0, max: 4 }),
  task: fc.constantFrom(0, 0, 0.25, 0.5),
});
const toyMeasures = fc.array(fc.array(level, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });

function toyAdapter(levels: readonly (readonly ToyLevel[])[], budgetBytes: number): PlanAdapter<Toy> {
  const measures = levels.map((each, measure): Measure<Toy> => ({
    name: "offload",
    levels: each.map(({ saves, slows, risk, task }, index) => ({
      label: `${measure}.${index}`,
      price: task > 0 ? "task" : risk > 0 ? "quality" : "time",
      risk,
      task,
      change: ({ bytes, seconds, taken }) => ({
        bytes: Math.max(1, bytes - saves),
        seconds: Math.max(1, seconds + slows),
        taken: [...taken, `${measure}.${index}`],
      }),
    })),
  }));
  return {
    start: { bytes: 100, seconds: 20, taken: [] },
    measures,
    seconds: ({ seconds }) => seconds,
    mayFit: () => true,
    ledger: ({ bytes }) =>
      buildByteLedger("toy", [
        {
          kind: "weights",
          label: "all",
          device: "gpu",
          phase: "load",
          bytes,
          formula: "given",
          inputs: {},
          engine: "toy",
          confidence: "exact",
        },
      ]),
    needs: (ledger) => [{ device: "gpu", phase: "load", bytes: ledger.totalBytes, budgetBytes }],
    settings: () => {
      throw new Error("a toy is never started");
    },
  };
}

/** Lists every combination, one level of each measure or none, by plain recursion. */
function everyWay(
  adapter: PlanAdapter<Toy>,
  at = 0,
  state = adapter.start,
  paid: Cost = { task: 0, risk: 0, seconds: state.seconds },
): readonly { readonly bytes: number; readonly cost: Cost }[] {
  const measure = adapter.measures[at];
  if (measure === undefined) return [{ bytes: state.bytes, cost: paid }];
  const ways = [everyWay(adapter, at + 1, state, paid)];
  for (const { change, risk = 0, task = 0 } of measure.levels) {
    const next = change(state) ?? state;
    const cost = { task: paid.task + task, risk: paid.risk + risk, seconds: next.seconds };
    ways.push(everyWay(adapter, at + 1, next, cost));
  }
  return ways.flat();
}

describe("the plans found", () => {
  test("are those of brute force: each fits, none beats another, and every other fit is beaten", () => {
    fc.assert(
      fc.property(toyMeasures, fc.integer({ min: 1, max: 110 }), (levels, budget) => {
        const adapter = toyAdapter(levels, budget);
        const found = searchPlans(adapter);
        const fitting = everyWay(adapter).filter(({ bytes }) => bytes <= budget);
        expect(found.length > 0).toBe(fitting.length > 0);
        for (const { state } of found) expect(state.bytes).toBeLessThanOrEqual(budget);
        for (const each of found)
          for (const other of found) if (each !== other) expect(beats(other.cost, each.cost)).toBe(false);
        for (const { cost } of fitting) expect(found.some((each) => beats(each.cost, cost))).toBe(true);
        for (const { taken, state } of found)
          expect(taken.map(({ level }) => level.label)).toEqual(state.taken);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test("start with one that needs all its measures", () => {
    fc.assert(
      fc.property(toyMeasures, fc.integer({ min: 1, max: 110 }), (levels, budget) => {
        const [first] = searchPlans(toyAdapter(levels, budget));
        for (const without of first?.taken ?? []) {
          const left = (first?.taken ?? []).filter((taken) => taken !== without);
          let bytes = 100;
          let seconds = 20;
          for (const { level } of left) {
            const [measure = 0, index = 0] = level.label.split(".").map(Number);
            bytes = Math.max(1, bytes - (levels[measure]?.[index]?.saves ?? 0));
            seconds = Math.max(1, seconds + (levels[measure]?.[index]?.slows ?? 0));
          }
          // It no longer fits, or is slower without it
          expect(bytes > budget || seconds > (first?.cost.seconds ?? 0)).toBe(true);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

const description: ModelDescription = describeConfig("small", {
  model_type: "qwen3_moe",
  torch_dtype: "bfloat16",
  hidden_size: 512,
  intermediate_size: 1536,
  moe_intermediate_size: 256,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 64,
  num_hidden_layers: 6,
  num_experts: 8,
  num_experts_per_tok: 2,
  vocab_size: 8000,
  max_position_embeddings: 16_384,
});

/** Checks that every 37th state that is rejected early is over the budget by its ledger too, however often it is shrunk. */
function expectRightRejections<State>(adapter: PlanAdapter<State>): void {
  const rejected = allCandidates(adapter).filter(({ state }) => !adapter.mayFit(state));
  for (const { state } of rejected.filter((_, index) => index % 37 === 0)) {
    let tried: State | undefined = state;
    for (let step = 0; step <= maxShrinks && tried !== undefined; step++) {
      expect(isOverBudget(adapter.needs(adapter.ledger(tried)))).toBe(true);
      tried = adapter.shrink?.(tried);
    }
  }
}

test.each(planEngines)("%s rejects early only what its ledger rejects too", (engine) => {
  for (const budget of [300, 700, 1500]) {
    for (const devices of engine === "llama.cpp" ? [0, 1, 2] : [1, 4]) {
      const options = checkPlanOptions(description, { engine, devices, budgetBytes: budget * MiB });
      const workload = workloadOf(engine === "pytorch" ? "fine-tuning" : "chat");
      const request = { ...options, description, workload };
      if (engine === "llama.cpp") expectRightRejections(llamaCppAdapter(request));
      else if (engine === "vllm") expectRightRejections(vllmAdapter(request));
      else expectRightRejections(trainingAdapter(request));
    }
  }
});
