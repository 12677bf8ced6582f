import { expect, test } from "vitest";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import { runRounds } from "./run-rounds.ts";
import { memorySource, validModels } from "./valid-headers.ts";

test.each(validModels.map((model) => [model.open, model] as const))(
  "%s is read while nothing is wrong",
  async (_, model) => {
    await expect(readModelFile(memorySource(model.files, model.open))).resolves.toMatchObject({
      name: model.open,
    });
  },
);

test("headers with something wrong are read or refused, and nothing else happens", async () => {
  const report = await runRounds(4000, 1);
  expect(report.faults).toEqual([]);
  // the changes reach past the first check, and not all of them matter
  expect(report.codes["invalid-data"]).toBeGreaterThan(1000);
  expect(report.read).toBeGreaterThan(100);
});
