import { inflateSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GreyImage } from "./png.ts";
import { encodePng, tileImages } from "./png.ts";

/** Computes the checksum of PNG bit by bit, as in its specification. */
function checkSum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** Reads a PNG of 8 bits of grey whose rows have no filter. */
function decode(bytes: Uint8Array): GreyImage {
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at);
    const named = bytes.subarray(at + 4, at + 8 + length);
    expect(view.getUint32(at + 8 + length)).toBe(checkSum(named));
    chunks.set(new TextDecoder().decode(named.subarray(0, 4)), named.subarray(4));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  const header = chunks.get("IHDR") ?? new Uint8Array();
  expect([...header.subarray(8)]).toEqual([8, 0, 0, 0, 0]);
  const sides = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [sides.getUint32(0), sides.getUint32(4)];
  const rows = inflateSync(chunks.get("IDAT") ?? new Uint8Array());
  expect(rows.length).toBe(height * (width + 1));
  const pixels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    expect(rows[row * (width + 1)]).toBe(0);
    pixels.set(rows.subarray(row * (width + 1) + 1, (row + 1) * (width + 1)), row * width);
  }
  return { width, height, pixels };
}

describe("encodePng", () => {
  test("writes what a reader reads back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (width, height, seed) => {
          const pixels = Uint8Array.from(
            { length: width * height },
            (_, at) => Math.imul(at + seed, 2654435761) >>> 24,
          );
          expect(decode(encodePng({ width, height, pixels }))).toEqual({ width, height, pixels });
        },
      ),
      { seed: 3, numRuns: 50 },
    );
  });

  test.each<[string, GreyImage, RegExp]>([
    ["no pixels", { width: 0, height: 1, pixels: new Uint8Array(0) }, /width: got 0/],
    [
      "too few pixels",
      { width: 2, height: 2, pixels: new Uint8Array(3) },
      /got 3 bytes, allowed: 4 for 2 x 2/,
    ],
    [
      "a side no viewer shows",
      { width: 1, height: 40_000, pixels: new Uint8Array(40_000) },
      /height: got 40000/,
    ],
    [
      "too many pixels",
      { width: 32_768, height: 32_768, pixels: new Uint8Array(0) },
      /pixels: got 1073741824/,
    ],
  ])("refuses %s", (_what, image, message) => {
    expect(() => encodePng(image)).toThrow(message);
  });
});

describe("tileImages", () => {
  test("arranges images row by row, with grey between them and after the last", () => {
    const images = [1, 2, 3].map((value) => Uint8Array.of(value, value + 10));
    const tiled = tileImages(images, { width: 2, height: 1, columns: 2, gap: 1 });
    // Two columns of 2 and a gap of 1: 5 wide. Two rows of 1 and a gap: 3 high. 128 is the grey.
    expect(tiled).toEqual({
      width: 5,
      height: 3,
      pixels: Uint8Array.of(1, 11, 128, 2, 12, 128, 128, 128, 128, 128, 3, 13, 128, 128, 128),
    });
  });

  test("is as wide as its images need, and shows each of their pixels once", () => {
    fc.assert(
      fc.property(
        fc.record({ width: fc.integer({ min: 1, max: 6 }), height: fc.integer({ min: 1, max: 6 }) }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(3),
        ({ width, height }, count, columns, gap) => {
          const images = Array.from({ length: count }, () => new Uint8Array(width * height).fill(255));
          const tiled = tileImages(images, { width, height, columns, gap });
          expect(tiled.width).toBe(Math.min(columns, count) * (width + gap) - gap);
          expect(tiled.pixels.length).toBe(tiled.width * tiled.height);
          expect(tiled.pixels.filter((each) => each === 255).length).toBe(count * width * height);
          expect(decode(encodePng(tiled))).toEqual(tiled);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  test("refuses an empty list, an image of another size, and more pixels than viewers show", () => {
    const options = { width: 2, height: 2, columns: 3, gap: 0 };
    expect(() => tileImages([], options)).toThrow(/number of images: got 0/);
    expect(() => tileImages([new Uint8Array(4), new Uint8Array(5)], options)).toThrow(
      /images\[1\]: got 5 bytes/,
    );
    expect(() => tileImages([new Uint8Array(4), new Uint8Array(4)], { ...options, gap: 32_768 })).toThrow(
      /width of all/,
    );
  });
});
