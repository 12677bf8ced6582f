import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cosine } from "../rank/embedder.ts";
import { selectBest, fuseRankings } from "./fuse.ts";
import { defaultSettings } from "./settings.ts";

test("selectBest orders by score, of equal scores the newer first, without zeros", () => {
  expect(selectBest(new Float64Array([2, 0, 5, 2]), 9).map(({ passage }) => passage)).toEqual([2, 3, 0]);
  expect(selectBest(new Float64Array([2, 0, 5, 2]), 2).map(({ passage }) => passage)).toEqual([2, 3]);
  expect(selectBest(new Float64Array(3), 2)).toEqual([]);
});

test("selectBest with a limit cuts the full order", () => {
  const scores = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 40 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 50 }), (list, limit) => {
      const all = selectBest(Float64Array.from(list), list.length + 1);
      expect(all.length).toBe(list.filter((score) => score > 0).length);
      expect(selectBest(Float64Array.from(list), limit)).toEqual(all.slice(0, limit));
    }),
  );
});

test("fuseRankings gives 1 for first in both rankings, about a half for first in one", () => {
  const words = selectBest(new Float64Array([0, 9, 5, 0]), 9);
  const similar = selectBest(new Float64Array([0, 0.9, 0, 0.5]), 9);
  const fused = fuseRankings(words, similar, 4, defaultSettings);
  expect(fused[0]).toBe(0);
  expect(fused[1]).toBeCloseTo(1);
  // Second of one ranking: 61 / 62 of a half.
  expect(fused[2]).toBeCloseTo(61 / 62 / 2);
  expect(fused[3]).toBeCloseTo(61 / 62 / 2);
});

test("cosine compares directions, is 0 for a zero or NaN vector, and refuses other lengths", () => {
  expect(cosine(new Float32Array([3, 4]), new Float32Array([4, 3]))).toBeCloseTo(24 / 25);
  expect(cosine(new Float32Array([0, 0]), new Float32Array([4, 3]))).toBe(0);
  expect(cosine(new Float32Array([Number.NaN, 0]), new Float32Array([4, 3]))).toBe(0);
  expect(() => cosine(new Float32Array(2), new Float32Array(3))).toThrow(/lengths 2 and 3/);
});
