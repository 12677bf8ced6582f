import { describe, expect, test } from "vitest";
import { cachePriceNames, cachePrices } from "./cache-prices.ts";
import { computeCallCost, computeEditGain } from "./economics.ts";

const anthropic = cachePrices("anthropic");

describe("computeCallCost", () => {
  test("bills reused tokens at a tenth and the rest at 1.25", () => {
    // 0.1 * 8,000 + 1.25 * 2,000 = 800 + 2,500
    expect(computeCallCost({ windowTokens: 10_000, reusedTokens: 8_000 }, anthropic)).toBeCloseTo(3_300);
  });
  test("bills a prefix below the minimum as written", () => {
    expect(computeCallCost({ windowTokens: 1_000, reusedTokens: 800 }, anthropic)).toBeCloseTo(1_250);
  });
});

describe("computeEditGain", () => {
  test("is negative for the example of its docstring", () => {
    const edit = { freedTokens: 10_000, rewrittenTokens: 30_000, expectedTurns: 20 };
    expect(computeEditGain(edit, anthropic)).toBeCloseTo(-14_500);
  });
  test("is positive near the end of the window", () => {
    expect(
      computeEditGain({ freedTokens: 10_000, rewrittenTokens: 1_000, expectedTurns: 20 }, anthropic),
    ).toBeCloseTo(18_850);
  });
});

describe("cachePrices", () => {
  test("has sane prices and a source in every row", () => {
    for (const name of cachePriceNames) {
      const row = cachePrices(cachePrices(name));
      expect(row.read).toBeLessThanOrEqual(row.write);
      expect(row.source.length).toBeGreaterThan(10);
    }
  });
  test("refuses an unknown name and invalid prices", () => {
    expect(() => cachePrices("acme")).toThrow(/prices: got "acme", allowed: anthropic/);
    expect(() => cachePrices({ ...anthropic, read: Number.NaN })).toThrow(/prices.read: got NaN/);
  });
});
