import { expect, test } from "vitest";
import { cosine } from "./embedder.ts";
import { fuseRankings, orderScores } from "./fuse.ts";
import { defaultSettings } from "./settings.ts";

test("orders by score, of equal scores the newer first, without zeros", () => {
  expect(
    orderScores([
      [1, 2],
      [2, 0],
      [3, 5],
      [4, 2],
    ]).map(({ passage }) => passage),
  ).toEqual([3, 4, 1]);
});

test("first in both rankings is 1, in one only about a half", () => {
  const words = orderScores([
    [1, 9],
    [2, 5],
  ]);
  const similar = orderScores([
    [1, 0.9],
    [3, 0.5],
  ]);
  const fused = new Map(
    fuseRankings(words, similar, defaultSettings).map(({ passage, score }) => [passage, score]),
  );
  expect(fused.get(1)).toBeCloseTo(1);
  // Second of one ranking: 61 / 62 of a half.
  expect(fused.get(2)).toBeCloseTo(61 / 62 / 2);
  expect(fused.get(3)).toBeCloseTo(61 / 62 / 2);
});

test("cosine", () => {
  expect(cosine(new Float32Array([3, 4]), new Float32Array([4, 3]))).toBeCloseTo(24 / 25);
  expect(cosine(new Float32Array([0, 0]), new Float32Array([4, 3]))).toBe(0);
  expect(cosine(new Float32Array([Number.NaN, 0]), new Float32Array([4, 3]))).toBe(0);
  expect(() => cosine(new Float32Array(2), new Float32Array(3))).toThrow(/lengths 2 and 3/);
});
