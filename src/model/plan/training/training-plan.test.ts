import { describe, expect, it } from "vitest";
import { settingsOf } from "../../settings/settings-of.ts";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { findMaxBatch, findMaxContextTokens, findSmallestDevice } from "../find-limits.ts";
import { plan } from "../plan.ts";
import { GiB } from "../../../shared/units.ts";
import { llama8bConfig, smallLlamaConfig } from "../../description/llama.fixture.ts";

const llama8b: ModelDescription = describeConfig("llama-3-8b", {
  ...llama8bConfig,
  max_position_embeddings: 8192,
});
const small: ModelDescription = describeConfig("small", smallLlamaConfig);

describe("plans for a training run", () => {
  it("take what costs nothing first: flash attention, the fused loss, the fused optimizer", () => {
    const result = plan(small, "fine-tuning", {
      engine: "pytorch",
      budgetBytes: 24 * GiB,
      training: { attention: "eager", precision: "bf16" },
    });
    expect(result.before.fits).toBe(false);
    const [first] = result.plans;
    expect(first?.measures.filter(({ price }) => price === "nothing").map(({ measure }) => measure)).toEqual([
      "flash attention",
      "fused loss",
      "fused optimizer",
    ]);
    expect(first?.cost.risk).toBe(0);
    expect(first?.cost.task).toBe(0);
  });

  it("trade time before quality, and quality before the task", () => {
    const { plans } = plan(llama8b, "fine-tuning", { engine: "pytorch", budgetBytes: 24 * GiB });
    expect(plans.length).toBeGreaterThan(1);
    expect(plans[0]?.cost.risk).toBe(0);
    expect(plans[0]?.measures.map(({ measure }) => measure)).toContain("checkpointing");
    for (const each of plans)
      expect(each.ledger.totals.every(({ device, bytes }) => device === "host" || bytes <= 24 * GiB)).toBe(
        true,
      );
  });

  it("divide states among devices, with the files that set it up", () => {
    const { plans } = plan(llama8b, "fine-tuning", { engine: "pytorch", device: "h100", devices: 8 });
    const [first] = plans;
    expect(first?.measures.map(({ measure }) => measure)).toContain("sharding");
    if (first === undefined) return;
    const [arguments_, file] = settingsOf(llama8b, first.settings, "model");
    expect(arguments_?.text).toContain("per_device_train_batch_size=2");
    expect(file?.kind).toBe("json");
    expect(() => JSON.parse(file?.text ?? "") as unknown).not.toThrow();
    expect(arguments_?.notes.join(" ")).toContain("8 devices");
  });

  it("keep the batch of a step whatever is accumulated", () => {
    for (const budget of [10, 16, 24, 40]) {
      const { plans } = plan(
        small,
        { inputTokens: 4096, outputTokens: 0, sequences: 12 },
        {
          engine: "pytorch",
          budgetBytes: budget * GiB,
        },
      );
      for (const { settings } of plans) expect(settings.sequences).toBeGreaterThanOrEqual(12);
    }
  });

  it("never combine settings that contradict each other", () => {
    for (const budget of [4, 8, 16, 32, 80]) {
      for (const devices of [1, 4]) {
        const { plans } = plan(llama8b, "fine-tuning", {
          engine: "pytorch",
          budgetBytes: budget * GiB,
          devices,
        });
        for (const { settings } of plans) expect(() => settingsOf(llama8b, settings, "model")).not.toThrow();
      }
    }
  });

  it("honour what is in use now", () => {
    const { before, plans } = plan(small, "fine-tuning", {
      engine: "pytorch",
      budgetBytes: 80 * GiB,
      training: { optimizer: "sgd", precision: "fp32", fusedLoss: true, fusedOptimizer: true },
    });
    expect(before.fits).toBe(true);
    expect(plans[0]?.measures).toEqual([]);
    expect(plans[0]?.settings.options).toMatchObject({
      optimizer: "sgd",
      precision: "fp32",
      fusedLoss: true,
    });
  });

  it("come with the limits of the budget", () => {
    const options = { engine: "pytorch", budgetBytes: 24 * GiB } as const;
    const batch = findMaxBatch(small, "fine-tuning", options) ?? 0;
    expect(batch).toBeGreaterThan(1);
    const fits = (sequences: number): boolean | undefined =>
      plan(small, { inputTokens: 2048, outputTokens: 0, sequences }, options).plans[0]?.measures.every(
        ({ price }) => price === "nothing",
      );
    expect(fits(batch)).toBe(true);
    expect(fits(batch + 1)).not.toBe(true);
    expect(findMaxContextTokens(small, { inputTokens: 1, outputTokens: 0, sequences: 1 }, options)).toBe(
      4096,
    );
    expect(
      findSmallestDevice(small, { inputTokens: 512, outputTokens: 0, sequences: 1 }, { engine: "pytorch" }),
    ).toBeDefined();
  });
});

describe("the evidence of a plan", () => {
  it("names what its figures were compared with, and what they leave out", () => {
    const budget = { budgetBytes: 24 * GiB };
    const training = plan(small, "fine-tuning", { engine: "pytorch", ...budget }).evidence;
    expect(training.compared).toMatch(/saved tensors of llama's layers in PyTorch 2\.15: equal/u);
    expect(training.notCounted.length).toBeGreaterThan(2);
    expect(plan(small, "chat", { engine: "vllm", ...budget }).evidence.compared).toMatch(
      /\d+ public start-up logs/u,
    );
    expect(plan(small, "chat", { engine: "llama.cpp", ...budget }).evidence.compared).toMatch(
      /llama\.cpp v0\.5\.0/u,
    );
    const odd: ModelDescription = { ...small, architecture: "abacus", known: false };
    expect(plan(odd, "chat", { engine: "llama.cpp", ...budget }).evidence.compared).toMatch(
      /its family was not compared/u,
    );
    expect(plan(odd, "fine-tuning", { engine: "pytorch", ...budget }).evidence.compared).toMatch(
      /not recorded/u,
    );
  });
});
