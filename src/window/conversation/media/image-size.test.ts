import { expect, test } from "vitest";
import { readImageSize } from "./image-size.ts";

/** Returns a JPEG with an EXIF segment of `metadata` bytes before its frame header (37 by 21 pixels). */
function jpeg(metadata: number): string {
  const exif = Buffer.alloc(2 + metadata);
  exif.writeUInt16BE(0xffe1, 0);
  exif.writeUInt16BE(metadata, 2);
  const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, 0, 21, 0, 37, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), exif, Buffer.from([0xff]), frame]).toString("base64");
}

function webp(chunk: string, at: number, bytes: readonly number[]): string {
  const file = Buffer.alloc(40);
  file.write("RIFF", 0, "latin1");
  file.write(`WEBP${chunk}`, 8, "latin1");
  for (const [index, byte] of bytes.entries()) file[at + index] = byte;
  return file.toString("base64");
}

test.each([
  ["PNG", "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC", 10, 20],
  ["GIF", "R0lGODlhAwAFAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", 3, 5],
  ["JPEG", jpeg(10), 37, 21],
  ["JPEG with much metadata", jpeg(65_000), 37, 21],
  // Stored less one, in three bytes each: 0x0103 and 0x0204.
  ["WebP extended", webp("VP8X", 24, [3, 1, 0, 4, 2, 0]), 0x104, 0x205],
  // 14 bits each; the upper two are a scale.
  ["WebP lossy", webp("VP8 ", 26, [44, 1, 200, 0x40]), 300, 200],
  // 14 bits less one, then 14 bits less one: 299 is 0x12b, 199 << 14 is 0x31c000; together 0x31c12b.
  ["WebP lossless", webp("VP8L", 21, [0x2b, 0xc1, 0x31, 0]), 300, 200],
])("readImageSize reads the size of a %s", (_name, base64, width, height) => {
  expect(readImageSize(base64)).toEqual({ width, height });
});

test.each([
  "",
  "AAAA",
  "not base64 at all, but long enough for a header",
  jpeg(40).slice(0, 40),
  "https://example.com/a.png",
])("readImageSize returns undefined for %j", (text) => {
  expect(readImageSize(text)).toBeUndefined();
});
