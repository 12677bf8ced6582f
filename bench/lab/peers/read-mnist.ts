import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LoadlineError } from "../../../src/shared/errors.ts";

/** Images as rows of 784 values from 0 to 1, and their classes from 0 to 9. */
export interface Digits {
  readonly count: number;
  readonly images: Float32Array;
  readonly labels: Uint8Array;
}

/** Numbers of one image: 28 x 28. */
export const digitSize = 784;

/** Reads an IDX file without its header (big-endian: 0, 0, type 8 = unsigned byte, dimensions, then each dimension). */
function readIdx(path: string, dimensions: number): Uint8Array {
  const bytes = readFileSync(path);
  const headerBytes = 4 + 4 * dimensions;
  if (bytes.length < headerBytes || bytes.readUInt32BE(0) !== 0x0800 + dimensions)
    throw new LoadlineError(
      "invalid-data",
      `${path}: byte 0: got no IDX header of unsigned bytes in ${dimensions} dimensions`,
    );
  const shape = Array.from({ length: dimensions }, (_, index) => bytes.readUInt32BE(4 + 4 * index));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== headerBytes + size)
    throw new LoadlineError(
      "invalid-data",
      `${path}: byte ${headerBytes}: got ${bytes.length - headerBytes} bytes of data, allowed: ${size} (${shape.join(" x ")})`,
    );
  return bytes.subarray(headerBytes);
}

/** Reads `train` (60,000) or `t10k` (10,000) of MNIST from its two IDX files in `folder`, scaled by 1/255. */
export function readDigits(folder: string, part: "train" | "t10k"): Digits {
  const labels = readIdx(join(folder, `${part}-labels-idx1-ubyte`), 1);
  const images = readIdx(join(folder, `${part}-images-idx3-ubyte`), 3);
  if (images.length !== digitSize * labels.length)
    throw new LoadlineError(
      "invalid-data",
      `${folder}: ${part}: got ${images.length} bytes of images and ${labels.length} labels, allowed: ${digitSize} bytes each`,
    );
  return { count: labels.length, images: Float32Array.from(images, (value) => value / 255), labels };
}
