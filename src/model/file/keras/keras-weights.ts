import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { isJsonObject, isSize } from "../../../shared/json/json-object.ts";
import type { FileTensor } from "../header/model-file.ts";
import { ownValue } from "../../../shared/own-value.ts";

/** Bytes per element of each type of TensorFlow.js. Texts have no size in a manifest. */
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

/** Weights of a manifest: a network of a thousand layers has some thousand. */
const maxWeights = 100_000;
/** Dimensions of a weight: TensorFlow.js stops at 6. */
const maxDimensions = 16;

function weightOf(file: string, entry: unknown, offset: number): FileTensor {
  if (!isJsonObject(entry)) throw fileFault(file, "a weight of its manifest is not an object");
  const { name, shape, dtype, quantization } = entry;
  if (typeof name !== "string" || typeof dtype !== "string")
    throw fileFault(file, "a weight of its manifest has no name or no dtype");
  const shown = quoteName(name);
  const quantized = isJsonObject(quantization) ? quantization["dtype"] : undefined;
  const stored = typeof quantized === "string" ? quantized : dtype;
  const each = ownValue(typeBytes, stored);
  if (each === undefined) {
    throw fileFault(
      file,
      `${shown}: got the dtype ${quoteName(stored)}, allowed: ${Object.keys(typeBytes).join(", ")}`,
    );
  }
  if (!Array.isArray(shape) || shape.length > maxDimensions || !shape.every(isSize))
    throw fileFault(file, `${shown}: its shape is not a list of up to ${maxDimensions} whole numbers`);
  const sizes: readonly number[] = shape;
  const bytes = sizes.reduce((product, size) => product * size, each);
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(offset + bytes))
    throw fileFault(file, `${shown}: got ${sizes.join(" x ")} elements, allowed: up to 2^53 bytes`);
  return { name, shape: sizes, type: stored, bytes, offset };
}

/**
 * Reads the weights of a TensorFlow.js manifest, in the order of its files. A quantized weight has its storage type. Without a
 * manifest there are none. Errors: `invalid-data`.
 */
export function kerasWeights(file: string, manifest: unknown): readonly FileTensor[] {
  if (manifest === undefined) return [];
  if (!Array.isArray(manifest)) throw fileFault(file, "its weightsManifest is not an array");
  const weights: FileTensor[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const group of manifest as readonly unknown[]) {
    const entries: unknown = isJsonObject(group) ? group["weights"] : undefined;
    if (!Array.isArray(entries)) throw fileFault(file, "a group of its weightsManifest has no weights");
    if (weights.length + entries.length > maxWeights)
      throw fileFault(
        file,
        `its weightsManifest lists more than ${maxWeights} weights, allowed: up to ${maxWeights}`,
      );
    for (const entry of entries as readonly unknown[]) {
      const weight = weightOf(file, entry, offset);
      if (names.has(weight.name)) throw fileFault(file, `duplicate weight ${quoteName(weight.name)}`);
      names.add(weight.name);
      weights.push(weight);
      offset += weight.bytes;
    }
  }
  return weights;
}
