import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  calibrateTokens,
  learnCalibration,
  noCalibration,
  readCalibration,
  readFactor,
} from "./calibration.ts";
import type { Calibration } from "./calibration.ts";

function report(calibration: Calibration, ratios: readonly number[]): Calibration {
  return ratios.reduce(
    (learned, ratio) => learnCalibration(learned, { user: 1_000 }, 1_000 * ratio),
    calibration,
  );
}

describe("a report more than three times off", () => {
  test("is not believed once or twice", () => {
    for (const ratios of [[5], [5, 5], [5, 20, 5, 20], [0.2, 5, 0.2]]) {
      const learned = report(noCalibration, ratios);
      expect(readFactor(learned, "user")).toBe(1);
      expect(learned.observations).toBe(0);
    }
  });
  test("is learned when it repeats: five times, an eighth, and back again", () => {
    const high = report(noCalibration, [5, 5.2, 5.1]);
    expect(calibrateTokens(high, { user: 2_000 })).toBeCloseTo(10_200);
    const low = report(noCalibration, [0.125, 0.125, 0.125]);
    expect(calibrateTokens(low, { user: 8_000, tools: 800 })).toBeCloseTo(1_100);
    const back = report(high, [1, 1, 1]);
    expect(calibrateTokens(back, { user: 2_000 })).toBeCloseTo(2_000, -2);
  });
  test("refines the kinds after the jump", () => {
    let learned = report(noCalibration, [6, 6, 6]);
    for (let index = 1; index <= 8; index++) {
      const tokens = { user: 500 * index, tools: 4_000 };
      learned = learnCalibration(learned, tokens, 6 * tokens.user + 5 * tokens.tools);
    }
    expect(readFactor(learned, "user")).toBeCloseTo(6, 0);
    expect(readFactor(learned, "tools")).toBeCloseTo(5, 0);
  });
  test("is forgotten when a plausible report comes between", () => {
    expect(readFactor(report(noCalibration, [5, 5, 1, 5]), "user")).toBeLessThan(1.1);
  });
  test("is never believed beyond fifty times, or if it is not a count", () => {
    for (const ratio of [51, 0.01, 0, -3, Number.NaN, Number.POSITIVE_INFINITY])
      expect(report(noCalibration, [ratio, ratio, ratio, ratio])).toBe(noCalibration);
  });
});

test("what was learned survives its saved form, whatever was reported", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 100, noNaN: true }), { maxLength: 30 }), (ratios) => {
      const learned = report(noCalibration, ratios);
      const read = readCalibration(JSON.stringify(learned));
      expect(calibrateTokens(read, { user: 100 })).toBeCloseTo(calibrateTokens(learned, { user: 100 }));
      expect(readFactor(read, "user")).toBeGreaterThan(0);
    }),
    { seed: 3, numRuns: 500 },
  );
});
