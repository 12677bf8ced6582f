import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lifetime } from "./offsets.ts";
import { highestLoad, layOut } from "./offsets.ts";

const lifetime = fc
  .record({ size: fc.integer({ min: 0, max: 50 }), first: fc.nat(12), length: fc.nat(8) })
  .map(({ size, first, length }) => ({ size, first, last: first + length }));

function overlaps(a: Lifetime, b: Lifetime, offsetA: number, offsetB: number): boolean {
  const inTime = a.first <= b.last && b.first <= a.last;
  return inTime && offsetA < offsetB + b.size && offsetB < offsetA + a.size && a.size > 0 && b.size > 0;
}

describe("layOut", () => {
  test("uses the gap of an ended lifetime again, worked out by hand", () => {
    // 10 bytes live from 0 to 1, 6 from 1 to 2, 10 from 2 to 3: the third takes the place of the first.
    const lifetimes = [
      { size: 10, first: 0, last: 1 },
      { size: 6, first: 1, last: 2 },
      { size: 10, first: 2, last: 3 },
    ];
    expect(layOut(lifetimes)).toEqual({ offsets: [0, 10, 0], height: 16 });
    expect(highestLoad(lifetimes)).toBe(16);
  });
  test("never overlaps lifetimes in memory that overlap in time, and is as high as they need", () => {
    fc.assert(
      fc.property(fc.array(lifetime, { maxLength: 25 }), (lifetimes) => {
        const { offsets, height } = layOut(lifetimes);
        lifetimes.forEach((a, i) => {
          expect((offsets[i] ?? 0) + a.size).toBeLessThanOrEqual(height);
          lifetimes.forEach((b, j) => {
            if (i < j) expect(overlaps(a, b, offsets[i] ?? 0, offsets[j] ?? 0)).toBe(false);
          });
        });
        expect(height).toBeGreaterThanOrEqual(highestLoad(lifetimes));
        expect(height).toBeLessThanOrEqual(lifetimes.reduce((sum, each) => sum + each.size, 0));
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
