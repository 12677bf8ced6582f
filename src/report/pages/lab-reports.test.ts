import { beforeAll, describe, expect, test } from "vitest";
import { compile, dense, describeFindings, planTraining, flatten, network } from "../../lab/index.ts";
import type { SweepRow } from "../../lab/index.ts";
import type { TrainingRun } from "../text/training-run.ts";
import { renderSweepReport } from "./sweep-report.ts";
import { renderTrainingReport } from "./training-report.ts";

const hostile = '<script>alert(1)</script>"&';
const net = network({ shape: [8, 8] }, [
  flatten(),
  dense(16, { activation: "relu" }),
  dense(4, { activation: "softmax" }),
]);
let run: TrainingRun;
beforeAll(() => {
  const plan = planTraining(net, { budgetBytes: 12_000, threads: 1 });
  run = {
    program: plan.program,
    plan,
    epochs: [1, 2, 3].map((epoch) => ({
      epoch,
      seconds: 0.5,
      loss: 1 / epoch,
      accuracy: 1 - 0.2 / epoch,
      validation: epoch === 2 ? undefined : { loss: 1.1 / epoch, accuracy: undefined },
    })),
    scores: { loss: 0.3, accuracy: 0.9 },
    peakBytes: plan.program.peakBytes,
    stopped: false,
  };
});

function expectSafe(page: string): void {
  expect(page).not.toContain("<script");
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
  expect(page).toContain("default-src 'none'");
}

describe("the page of a training run", () => {
  test("has its curves, its arena and every byte, and cannot run what a title says", () => {
    const page = renderTrainingReport(run, hostile);
    expectSafe(page);
    expect(page).toContain("The arena, operation by operation");
    expect(page).toContain("optimizer");
    for (const item of run.program.ledger.items) expect(page).toContain(item.label);
  });
  test("of a training run without epochs or accuracy", () => {
    const program = compile(net, { loss: "meanSquaredError", threads: 1 });
    const page = renderTrainingReport(
      {
        ...run,
        program,
        plan: undefined,
        epochs: [],
        scores: { loss: 0.5, accuracy: undefined },
        stopped: true,
      },
      "t",
    );
    expectSafe(page);
    expect(page).toContain("stopped early");
  });
});

test("the page of a training run that went astray says so", () => {
  const epochs = run.epochs.map((epoch) => ({ ...epoch, loss: epoch.epoch > 1 ? Number.NaN : 3 }));
  const page = renderTrainingReport({ ...run, epochs, scores: { loss: Number.NaN, accuracy: 0.1 } }, "t");
  expectSafe(page);
  expect(page).toContain("Test loss not finite");
});

describe("the page of a sweep", () => {
  const row = (depth: number, batch: number, accuracy: number): SweepRow => {
    const bytesPerSample = 100 + depth;
    const bytesFixed = 1000 * (depth + 1);
    const peakBytes = bytesFixed + batch * bytesPerSample;
    const parameterCount = 10 * depth;
    return {
      depth,
      batch,
      accuracy,
      parameterCount,
      peakBytes,
      bytesFixed,
      bytesPerSample,
      optimizer: "adam",
      seconds: 1,
      loss: 0.1,
    };
  };
  test("has its charts, sentences and rows", () => {
    const rows = [0, 1, 2].flatMap((depth) =>
      [8, 32].map((batch) => row(depth, batch, 0.9 + depth / 100 - batch / 1000)),
    );
    const page = renderSweepReport(rows, [...describeFindings(rows), hostile], hostile);
    expectSafe(page);
    expect(page.match(/<tr>/g)).toHaveLength(rows.length + 1);
    expect(page).toContain("Going from 2 to 0 hidden layers");
  });
  test("draws the lines of each optimizer by themselves: no batch twice in one line", () => {
    const rows = [0, 1].flatMap((depth) => [8, 32].map((batch) => row(depth, batch, 0.9)));
    const page = renderSweepReport(
      [...rows, ...rows.map((each) => ({ ...each, optimizer: "lion" as const }))],
      [],
      "t",
    );
    const lines = [...page.matchAll(/class="line c\d+" d="([^"]+)"/g)].map((match) => match[1] ?? "");
    // Three drawings for each of two optimizers, two lines in each.
    expect(lines).toHaveLength(12);
    for (const line of lines) {
      const places = line
        .split(/[ML]/)
        .slice(1)
        .map((corner) => corner.split(" ")[0]);
      expect(new Set(places).size).toBe(places.length);
    }
  });
  test("of runs that diverged", () => {
    const page = renderSweepReport(
      [{ ...row(1, 8, Number.NaN), loss: Number.NaN }, row(2, 8, 0.9), { ...row(3, 8, 0.1), loss: Infinity }],
      [],
      "t",
    );
    expectSafe(page);
    expect(page).toContain("the best reaches an accuracy of 90 % with 2 hidden layers");
    expectSafe(renderSweepReport([row(1, 8, Number.NaN)], [], "t"));
  });
  test("of one row, and of none", () => {
    expectSafe(renderSweepReport([row(1, 8, 0.9)], [], "t"));
    expect(renderSweepReport([], [], "t")).toContain("nothing to show");
  });
});
