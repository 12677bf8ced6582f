import { describe, expect, test } from "vitest";
import type { BatchView } from "./batch-source.ts";
import { denoisingSource, gaussianPair, mixAt, noiseFeatures, writeConditions } from "./denoising-source.ts";
import { imageSource } from "./image-source.ts";

function view(length: number): BatchView {
  const float32 = new Float32Array(length).fill(7);
  return { float32, int32: new Int32Array(float32.buffer) };
}

const side = 16;
const count = 400;
const pixels = Uint8Array.from({ length: count * side * side }, (_, at) => (at * 37) % 256);
const labels = Uint8Array.from({ length: count }, (_, index) => index % 3);
const pictures = imageSource({ count, height: side, width: side, pixels }, labels, "made");
const width = side * side + noiseFeatures + 3;

function draw(order: readonly number[], epoch: number, seed = 1): readonly [BatchView, BatchView] {
  const source = denoisingSource(pictures, 3, seed);
  const input = view((order.length + 1) * width);
  const target = view((order.length + 1) * side * side);
  source.writeBatch({ order: Uint32Array.from(order), from: 0, size: order.length, epoch }, input, target);
  return [input, target];
}

describe("denoisingSource", () => {
  test("writes the pictures from -1 to 1 as targets, and nothing past the rows", () => {
    const [input, target] = draw([5, 2], 0);
    const wanted = [5, 2].flatMap((which) =>
      [...pixels.subarray(which * side * side, (which + 1) * side * side)].map((pixel) =>
        Math.fround(2 * Math.fround(pixel / 255) - 1),
      ),
    );
    expect([...target.float32.subarray(0, wanted.length)]).toEqual(wanted);
    expect(target.float32.subarray(wanted.length).every((value) => value === 7)).toBe(true);
    expect(input.float32.subarray(2 * width).every((value) => value === 7)).toBe(true);
  });
  test("draws noise by seed, epoch and picture, wherever the picture is in the batch", () => {
    const row = ([input]: readonly [BatchView, BatchView], at: number): readonly number[] => [
      ...input.float32.subarray(at * width, (at + 1) * width),
    ];
    expect(row(draw([5, 2], 0), 1)).toEqual(row(draw([2], 0), 0));
    expect(row(draw([2], 0), 0)).not.toEqual(row(draw([2], 1), 0));
    expect(row(draw([2], 0), 0)).not.toEqual(row(draw([2], 0, 2), 0));
  });
  test("draws noise of mean 0 and variance 1, and writes its share and the class", () => {
    const order = Array.from({ length: count }, (_, index) => index);
    const [input, target] = draw(order, 0);
    let sum = 0;
    let squares = 0;
    let used = 0;
    for (const index of order) {
      const start = index * width;
      const told = [...input.float32.subarray(start + side * side, start + width)];
      // The first wave is sin(pi/2 time), cos(pi/2 time), which are the shares of noise and picture.
      const [noise = 0, picture = 0] = told;
      expect(noise ** 2 + picture ** 2).toBeCloseTo(1, 5);
      const again = new Float32Array(noiseFeatures + 3);
      const time = Math.atan2(noise, picture) / (Math.PI / 2);
      writeConditions(again, 0, { time, label: index % 3, classes: 3 });
      told.forEach((value, at) => expect(value).toBeCloseTo(again[at] ?? 9, 3));
      expect(mixAt(time).noise).toBeCloseTo(noise, 5);
      // Rounding hides very small noise.
      if (noise < 0.2) continue;
      for (let at = 0; at < side * side; at++) {
        const mixed = input.float32[start + at] ?? 0;
        const drawn = (mixed - picture * (target.float32[index * side * side + at] ?? 0)) / noise;
        sum += drawn;
        squares += drawn ** 2;
        used++;
      }
    }
    expect(used).toBeGreaterThan(50_000);
    expect(sum / used).toBeCloseTo(0, 1);
    expect(squares / used).toBeCloseTo(1, 1);
  });
  test("gaussianPair gives the numbers worked out by hand", () => {
    // A radius of sqrt(-2 ln(1 - (1 - 1/e^2))) = 2, at a quarter of the circle.
    const [first, second] = gaussianPair(1 - Math.exp(-2), 0.25);
    expect(first).toBeCloseTo(0, 12);
    expect(second).toBeCloseTo(2, 12);
  });
});
