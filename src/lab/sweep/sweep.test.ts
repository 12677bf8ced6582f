import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDigits } from "../data/idx.fixture.ts";
import type { Mnist } from "../data/mnist.ts";
import { loadMnist } from "../data/mnist.ts";
import { describeFindings, effectOf } from "./findings.ts";
import { paretoFront } from "./pareto.ts";
import type { SweepRow } from "./sweep.ts";
import { sweep } from "./sweep.ts";

let folder = "";
let mnist: Mnist;
beforeAll(async () => {
  folder = writeDigits(200, 100);
  mnist = await loadMnist({ folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (depth: number, batch: number, peakBytes: number, accuracy: number, seconds = 1): SweepRow => ({
  depth,
  batch,
  peakBytes,
  accuracy,
  seconds,
  loss: 0.1,
  optimizer: "adam" as const,
  parameterCount: 1,
  bytesFixed: 10,
  bytesPerSample: 2,
});

describe("sweep", () => {
  test("trains every combination, with bytes exactly linear in the batch", async () => {
    const seen: number[] = [];
    const rows = await sweep(mnist.train, mnist.test, {
      depths: [0, 1, 2],
      batches: [8, 32],
      optimizers: ["adam", "sgd"],
      epochs: 2,
      classes: 10,
      threads: 1,
      onProgress: (done) => void seen.push(done),
    });
    expect(rows).toHaveLength(12);
    for (const each of rows) expect(each.peakBytes).toBe(each.bytesFixed + each.batch * each.bytesPerSample);
    expect(seen.at(-1)).toBeCloseTo(1, 9);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    const best = rows.find((each) => each.depth === 1 && each.batch === 8 && each.optimizer === "adam");
    expect(best?.accuracy).toBeGreaterThan(0.9);
  });
  test("stops when its signal is aborted, and returns the finished rows", async () => {
    const stop = new AbortController();
    const rows = await sweep(mnist.train, mnist.test, {
      depths: [0, 1],
      batches: [32],
      epochs: 1,
      classes: 10,
      threads: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(rows).toHaveLength(1);
  });
});

describe("paretoFront", () => {
  test("keeps the rows that no other beats, lightest first", () => {
    const light = row(0, 8, 100, 0.9);
    const middle = row(1, 8, 200, 0.95);
    const worse = row(2, 8, 300, 0.94);
    expect(paretoFront([worse, middle, light])).toEqual([light, middle]);
    expect(paretoFront([light, row(5, 8, 100, 0.9, 0.5)], true)).toHaveLength(1);
  });
});

describe("effectOf and describeFindings", () => {
  const rows = [
    row(2, 8, 200, 0.95, 2),
    row(2, 32, 400, 0.94, 1),
    row(1, 8, 100, 0.94, 1),
    row(1, 32, 300, 0.93, 1),
  ];
  test("effectOf compares rows that differ in one setting only", () => {
    expect(effectOf(rows, "depth", 2, 1)).toMatchObject({
      pairs: 2,
      bytesShare: (0.5 + 0.75) / 2,
      secondsShare: 0.75,
    });
    expect(effectOf(rows, "depth", 2, 1)?.accuracyPoints).toBeCloseTo(-1, 9);
    expect(effectOf(rows, "depth", 2, 7)).toBeUndefined();
  });
  test("describeFindings writes sentences with the numbers of the rows", () => {
    const said = describeFindings(rows).join("\n");
    expect(said).toContain(
      "Going from 2 to 1 hidden layer: 38 % less memory, 25 % less time, 1.00 points less accuracy (mean of 2 pairs).",
    );
    expect(said).toContain(
      "Going from batch 32 to batch 8: 58 % less memory, 50 % more time, 1.00 points more accuracy",
    );
    expect(said).toContain("exactly linear in the batch: depth 2, adam: 10 + batch × 2");
    expect(describeFindings([])).toEqual([]);
  });
});
