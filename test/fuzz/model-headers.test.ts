import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import type { Stage } from "./outcome.ts";
import { countReached } from "./run-rounds.ts";
import type { FuzzReport } from "./run-rounds.ts";
import { memorySource, validModels } from "./valid-headers.ts";

test.each(validModels.map((model) => [model.open, model] as const))(
  "%s is read before it is changed",
  async (_, model) => {
    await expect(readModelFile(memorySource(model.files, model.open))).resolves.toMatchObject({
      name: model.open,
    });
  },
);

test("changed files are read or rejected within the limits of work, and nothing else happens", async () => {
  // A separate process: code that ran before the step counter started would not be counted.
  const script = fileURLToPath(new URL("model-headers.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--rounds", "3000", "--json"], {
    maxBuffer: 2 ** 24,
  }).catch((error: { readonly stdout: string }) => error);
  const report = JSON.parse(stdout) as FuzzReport;
  expect(report.faults).toEqual([]);
  // The changes pass each check, and not all of them matter.
  const past = (stage: Stage, format: string): number =>
    countReached(report, stage, format) / countReached(report, "none", format);
  expect(countReached(report, "counted") / report.rounds).toBeGreaterThan(0.25);
  expect(past("counted", "gguf")).toBeGreaterThan(0.3);
  expect(past("counted", "safetensors")).toBeGreaterThan(0.3);
  expect(countReached(report, "counted", "onnx")).toBeGreaterThan(20);
  expect(countReached(report, "counted", "keras")).toBeGreaterThan(20);
  expect(report.codes["invalid-data"]).toBeGreaterThan(600);
  // A counter that counts nothing would hide every endless loop.
  expect(report.largest.batchHeaderSteps).toBeGreaterThan(50_000);
  expect(report.largest.batchLedgerSteps).toBeGreaterThan(50_000);
});
