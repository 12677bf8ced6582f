import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Span } from "./offsets.ts";
import { highestLoad, layOut } from "./offsets.ts";

const span = fc
  .record({ size: fc.integer({ min: 0, max: 50 }), first: fc.nat(12), length: fc.nat(8) })
  .map(({ size, first, length }) => ({ size, first, last: first + length }));

function overlaps(a: Span, b: Span, offsetA: number, offsetB: number): boolean {
  const inTime = a.first <= b.last && b.first <= a.last;
  return inTime && offsetA < offsetB + b.size && offsetB < offsetA + a.size && a.size > 0 && b.size > 0;
}

describe("layOut", () => {
  test("a worked example: the gap a dead span leaves is used again", () => {
    // 10 units live at 0 to 1, 6 at 1 to 2, 10 at 2 to 3: the third takes the place of the first.
    const spans = [
      { size: 10, first: 0, last: 1 },
      { size: 6, first: 1, last: 2 },
      { size: 10, first: 2, last: 3 },
    ];
    expect(layOut(spans)).toEqual({ offsets: [0, 10, 0], height: 16 });
    expect(highestLoad(spans)).toBe(16);
  });
  test("spans that live at the same time never overlap, and the height is what they need", () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 25 }), (spans) => {
        const { offsets, height } = layOut(spans);
        spans.forEach((a, i) => {
          expect((offsets[i] ?? 0) + a.size).toBeLessThanOrEqual(height);
          spans.forEach((b, j) => {
            if (i < j) expect(overlaps(a, b, offsets[i] ?? 0, offsets[j] ?? 0)).toBe(false);
          });
        });
        expect(height).toBeGreaterThanOrEqual(highestLoad(spans));
        expect(height).toBeLessThanOrEqual(spans.reduce((sum, each) => sum + each.size, 0));
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
