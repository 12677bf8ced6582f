import { expect, test } from "vitest";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import type { Stage } from "./outcome.ts";
import { countReached, runRounds } from "./run-rounds.ts";
import { memorySource, validModels } from "./valid-headers.ts";

test.each(validModels.map((model) => [model.open, model] as const))(
  "%s is read while nothing is wrong",
  async (_, model) => {
    await expect(readModelFile(memorySource(model.files, model.open))).resolves.toMatchObject({
      name: model.open,
    });
  },
);

test("files with something wrong are read or refused, and nothing else happens", async () => {
  const report = await runRounds(3000, 1);
  expect(report.faults).toEqual([]);
  // the changes reach past each check, and not all of them matter
  const past = (stage: Stage, format: string): number =>
    countReached(report, stage, format) / countReached(report, "none", format);
  expect(countReached(report, "counted") / report.rounds).toBeGreaterThan(0.25);
  expect(past("counted", "gguf")).toBeGreaterThan(0.3);
  expect(past("counted", "safetensors")).toBeGreaterThan(0.3);
  expect(countReached(report, "counted", "onnx")).toBeGreaterThan(20);
  expect(countReached(report, "counted", "keras")).toBeGreaterThan(20);
  expect(report.codes["invalid-data"]).toBeGreaterThan(600);
});
