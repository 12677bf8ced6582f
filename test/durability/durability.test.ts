import { expect, test } from "vitest";
import { runDurability } from "./run.ts";

test("four writers killed at random moments lose nothing that was acknowledged, and none is starved", async () => {
  const result = await runDurability({ rounds: 5, writers: 4, fairMs: 1_000, seed: 3 });
  expect(result.faults).toEqual([]);
  expect(result.acknowledged).toBeGreaterThan(50);
});
