import { describe, expect, test } from "vitest";
import { cachePriceNames, cachePrices } from "./cache-prices.ts";
import { callCost, editGain } from "./economics.ts";

const anthropic = cachePrices("anthropic");

describe("callCost", () => {
  test("bills reused tokens at a tenth and the rest at 1.25", () => {
    // 0.1 * 8,000 + 1.25 * 2,000 = 800 + 2,500
    expect(callCost({ windowTokens: 10_000, reusedTokens: 8_000 }, anthropic)).toBeCloseTo(3_300);
  });
  test("bills a prefix below the minimum as written", () => {
    expect(callCost({ windowTokens: 1_000, reusedTokens: 800 }, anthropic)).toBeCloseTo(1_250);
  });
});

describe("editGain", () => {
  test("is negative for the example of its docstring", () => {
    const edit = { freedTokens: 10_000, rewrittenTokens: 30_000, expectedTurns: 20 };
    expect(editGain(edit, anthropic)).toBeCloseTo(-14_500);
  });
  test("is positive near the end of the window", () => {
    expect(
      editGain({ freedTokens: 10_000, rewrittenTokens: 1_000, expectedTurns: 20 }, anthropic),
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
