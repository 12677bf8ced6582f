import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Network } from "../network/layer.ts";
import { dense, flatten, network } from "../network/layers.ts";
import { transformer } from "../network/transformer.ts";
import { compile } from "../compile.ts";
import { planTraining } from "./plan-training.ts";
import { layerCosts, recomputeChoices } from "./recompute-choices.ts";

const digits = network({ shape: [28, 28] }, [
  flatten(),
  dense(128, { activation: "relu" }),
  dense(64, { activation: "relu" }),
  dense(10, { activation: "softmax" }),
]);
const deep = network({ shape: [64] }, [
  ...Array.from({ length: 12 }, () => dense(64, { activation: "relu" })),
  dense(4, { activation: "softmax" }),
]);

const five = { ...deep, layers: deep.layers.slice(8) };

describe("planTraining", () => {
  test("uses no measure if none is needed", () => {
    const plan = planTraining(digits, { budgetBytes: 10_000_000, threads: 1 });
    expect(plan.measures).toEqual([]);
    expect(plan.program.updates).toBe("after");
  });
  test("prefers measures that keep the result, then those that cost time, then those that change the training", () => {
    const within = planTraining(digits, { budgetBytes: 1_600_000, threads: 1 });
    expect(within.measures.map((each) => each.kind)).toEqual(["keeps the result"]);
    const mebibyte = planTraining(digits, { budgetBytes: 1_048_576, threads: 2 });
    expect(mebibyte.measures[0]).toMatchObject({ name: "optimizer lion", kind: "changes the training" });
    expect(mebibyte.program.peakBytes).toBeLessThanOrEqual(1_048_576);
    // Here the attention activations of a single sample are too large: only recomputation helps.
    const language = transformer({ vocabulary: 50, context: 64, width: 32, layers: 4, heads: 2 });
    const micro = compile(language, { batch: 2, microBatch: 1, threads: 1, updates: "after" });
    const again = planTraining(language, {
      budgetBytes: Math.floor(micro.peakBytes * 0.75),
      batch: 2,
      threads: 1,
    });
    expect(again.measures.map((each) => each.kind)).toContain("costs time");
    expect(again.measures.map((each) => each.kind)).not.toContain("changes the training");
    const recompute = again.measures.find((each) => each.kind === "costs time");
    expect(recompute?.addedWork).toBeGreaterThan(0);
    expect(recompute?.addedWork).toBeLessThan(0.5);
  });
  test("says how many bytes are missing", () => {
    expect(() => planTraining(digits, { budgetBytes: 5_000, threads: 1 })).toThrow(
      /a budget of 5000 bytes is too small to train this network: allow \d+, \d+ more\. The smallest plan found: /,
    );
  });
  test("refuses a budget of 0 and options that the plan chooses", () => {
    expect(() => planTraining(digits, { budgetBytes: 0 })).toThrow(/budgetBytes: got 0/);
    expect(() => planTraining(digits, { budgetBytes: 9, microBatch: 2 })).toThrow(
      /unknown field "microBatch"/,
    );
  });
  test("never exceeds the budget, and changes no more for a larger one", () => {
    const severity = (network: Network, budgetBytes: number): number => {
      try {
        const plan = planTraining(network, { budgetBytes, threads: 1, batch: 16 });
        expect(plan.program.peakBytes).toBeLessThanOrEqual(budgetBytes);
        const changes = plan.measures.filter((each) => each.kind === "changes the training").length;
        const slower = plan.measures.some((each) => each.kind === "costs time") ? 1 : 0;
        return changes === 0 ? slower : 2;
      } catch (error) {
        expect((error as Error).message).toMatch(/^a budget of/);
        return 3;
      }
    };
    const budgets = fc.tuple(fc.integer({ min: 2_000, max: 300_000 }), fc.integer({ min: 0, max: 100_000 }));
    fc.assert(
      fc.property(budgets, ([small, more]) => {
        expect(severity(five, small + more)).toBeLessThanOrEqual(severity(five, small));
      }),
      { numRuns: 10, seed: 5 },
    );
  });
});

describe("recomputeChoices", () => {
  test("finds the choices for four equal layers, worked out by hand", () => {
    // Keeping all holds 4 units. Keeping the second holds 2 in its segment, then 1 + 2 in the last: 3 units for 2 of work.
    const unit = { keptBytes: 1, outputBytes: 1, work: 1 };
    const choices = recomputeChoices([unit, unit, unit, unit]).map(({ bytes, work }) => ({ bytes, work }));
    expect(choices).toEqual([
      { bytes: 4, work: 0 },
      { bytes: 3, work: 2 },
    ]);
  });
  test("orders choices by less memory and more work, as compiled programs confirm", () => {
    const plain = compile(deep, { batch: 1, threads: 1 });
    const choices = recomputeChoices(layerCosts(plain.graph, deep.layers.length));
    choices.forEach((choice, index) => {
      const before = choices[index - 1];
      if (before === undefined) return;
      expect(choice.bytes).toBeLessThan(before.bytes);
      expect(choice.work).toBeGreaterThan(before.work);
    });
    const best = choices.at(-1)?.keptLayers ?? [];
    expect(compile(deep, { batch: 1, threads: 1, recompute: best }).bytesPerSample).toBeLessThan(
      plain.bytesPerSample * 0.7,
    );
  });
});
