import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes an IDX file of images whose pixels depend on their label, so that they can be learned. */
export function idxImages(labels: readonly number[], side: number): Uint8Array {
  const bytes = new Uint8Array(16 + labels.length * side * side);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x00000803);
  view.setUint32(4, labels.length);
  view.setUint32(8, side);
  view.setUint32(12, side);
  labels.forEach((label, index) => {
    for (let at = 0; at < side * side; at++) {
      // Each class lights rows of its own, with some pixels that differ between pictures.
      const lit = Math.floor(at / side) % 10 === label || (at * 31 + index * 17) % 23 === 0;
      bytes[16 + index * side * side + at] = lit ? 255 - ((at + index) % 50) : 0;
    }
  });
  return bytes;
}

/** Makes an IDX file of labels. */
export function idxLabels(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + labels.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x00000801);
  view.setUint32(4, labels.length);
  bytes.set(labels, 8);
  return bytes;
}

/** Writes a folder with four IDX files of generated digits. */
export function writeDigits(train: number, test: number): string {
  const folder = mkdtempSync(join(tmpdir(), "loadline-digits-"));
  const labels = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, index) => (index * 7 + 3) % 10);
  for (const [name, count] of [
    ["train", train],
    ["t10k", test],
  ] as const) {
    writeFileSync(join(folder, `${name}-images-idx3-ubyte`), idxImages(labels(count), 28));
    writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), idxLabels(labels(count)));
  }
  return folder;
}
