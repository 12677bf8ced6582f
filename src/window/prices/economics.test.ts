import { describe, expect, test } from "vitest";
import { cachePriceNames, cachePrices } from "./cache-prices.ts";
import { callCost, editGain } from "./economics.ts";

const anthropic = cachePrices("anthropic");

describe("callCost", () => {
  test("reused tokens at a tenth, the rest at 1.25", () => {
    // 0.1 * 8,000 + 1.25 * 2,000 = 800 + 2,500
    expect(callCost({ windowTokens: 10_000, reusedTokens: 8_000 }, anthropic)).toBeCloseTo(3_300);
  });
  test("a prefix under the minimum is not cached", () => {
    expect(callCost({ windowTokens: 1_000, reusedTokens: 800 }, anthropic)).toBeCloseTo(1_250);
  });
});

describe("editGain", () => {
  test("the worked-out example does not pay", () => {
    const edit = { freedTokens: 10_000, rewrittenTokens: 30_000, expectedTurns: 20 };
    expect(editGain(edit, anthropic)).toBeCloseTo(-14_500);
  });
  test("near the end of the window it does", () => {
    expect(
      editGain({ freedTokens: 10_000, rewrittenTokens: 1_000, expectedTurns: 20 }, anthropic),
    ).toBeCloseTo(18_850);
  });
});

describe("cachePrices", () => {
  test("every row is a sane price with a source", () => {
    for (const name of cachePriceNames) {
      const row = cachePrices(cachePrices(name));
      expect(row.read).toBeLessThanOrEqual(row.write);
      expect(row.source.length).toBeGreaterThan(10);
    }
  });
  test("an unknown name and a bad table are refused", () => {
    expect(() => cachePrices("acme")).toThrow(/prices: got "acme", allowed: anthropic/);
    expect(() => cachePrices({ ...anthropic, read: Number.NaN })).toThrow(/prices.read: got NaN/);
  });
});
