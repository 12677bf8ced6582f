import { fileFault, isRecord } from "./json-header.ts";
import type { FileTensor } from "./model-file.ts";

const typeBytes: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  int8: 1,
  bool: 1,
  complex64: 8,
};

/** Most weights of a manifest; a network of a thousand layers has some thousand. */
const maxWeights = 100_000;

function weightOf(file: string, entry: unknown, offset: number): FileTensor {
  if (!isRecord(entry)) throw fileFault(file, "a weight of its manifest is no object");
  const { name, shape, dtype, quantization } = entry;
  if (typeof name !== "string" || typeof dtype !== "string" || !Array.isArray(shape)) {
    throw fileFault(file, "a weight of its manifest has no name, type or shape");
  }
  const stored =
    isRecord(quantization) && typeof quantization["dtype"] === "string" ? quantization["dtype"] : dtype;
  const each = typeBytes[stored];
  const sizes = shape.map(Number);
  const elements = sizes.reduce((product, size) => product * size, 1);
  if (
    each === undefined ||
    !sizes.every((size) => Number.isSafeInteger(size) && size >= 0) ||
    !Number.isSafeInteger(elements)
  ) {
    throw fileFault(file, `${name}: got the type ${stored} and the shape ${sizes.join(" x ")}`);
  }
  return { name, shape: sizes, type: stored, bytes: elements * each, offset };
}

/** Weights that a TensorFlow.js manifest lists, in the order of its files. */
export function kerasWeights(file: string, manifest: unknown): readonly FileTensor[] {
  if (!Array.isArray(manifest)) return [];
  const weights: FileTensor[] = [];
  let offset = 0;
  for (const group of manifest as readonly unknown[]) {
    const entries: unknown = isRecord(group) ? group["weights"] : undefined;
    if (!Array.isArray(entries)) throw fileFault(file, "a group of its weightsManifest has no weights");
    if (weights.length + entries.length > maxWeights)
      throw fileFault(file, `more than ${maxWeights} weights`);
    for (const entry of entries as readonly unknown[]) {
      const weight = weightOf(file, entry, offset);
      weights.push(weight);
      offset += weight.bytes;
    }
  }
  return weights;
}
