import { expect, test } from "vitest";
import type { Traffic } from "../../ledger/traffic/traffic.ts";
import { stepRoofline } from "./serving-time.ts";

/** A step that reads 8 GB of weights and 2 GB of caches. */
const step: Traffic = {
  phase: "decode",
  tokens: 1,
  items: [
    { label: "weights that every token uses", readBytes: 8e9, writtenBytes: 0, formula: "" },
    { label: "keys and values", readBytes: 2e9, writtenBytes: 0, formula: "" },
  ],
  bytes: 10e9,
  operations: 16e9,
  atLeast: false,
};
const card = { bandwidthBytesPerSecond: 1e12, peakOperationsPerSecond: 100e12 };
const host = { bandwidthBytesPerSecond: 100e9, peakOperationsPerSecond: 1e12 };
const split = { hostWeights: 0, hostCache: 0, ranks: 1, hostComputes: true };

test("a quarter of the weights on the host takes longer than all the rest", () => {
  // All on the card: 10 GB at 1 TB/s
  expect(stepRoofline(step, split, card, host)).toMatchObject({ seconds: 0.01, binds: "bandwidth" });
  // 8 GB at 1 TB/s and 2 GB at 100 GB/s
  const parted = stepRoofline(step, { ...split, hostWeights: 0.25 }, card, host);
  expect(parted.seconds).toBeCloseTo(0.028, 6);
  expect(parted.tokensPerSecond).toBeCloseTo(1 / 0.028, 3);
  expect(parted.binds).toBe("host");
});

test("a small part on the host does not bind", () => {
  // 9.9 GB at 1 TB/s and 0.1 GB at 100 GB/s
  const parted = stepRoofline(step, { ...split, hostCache: 0.05 }, card, host);
  expect(parted.seconds).toBeCloseTo(0.0109, 6);
  expect(parted.binds).toBe("bandwidth");
});
