import type { BatchSource, BatchView } from "./batch-source.ts";

/**
 * Turns the labels of a source into one-hot rows of `classes` floats, for losses that compare numbers. The source's target must be one
 * int32.
 */
export function oneHot(source: BatchSource, classes: number): BatchSource {
  let labels: BatchView = { float32: new Float32Array(0), int32: new Int32Array(0) };
  return {
    ...source,
    target: { shape: [classes], type: "float32" },
    writeBatch: (batch, input, target) => {
      const { size } = batch;
      if (labels.int32.length < size) {
        const int32 = new Int32Array(size);
        labels = { int32, float32: new Float32Array(int32.buffer) };
      }
      source.writeBatch(batch, input, labels);
      target.float32.fill(0, 0, size * classes);
      for (let row = 0; row < size; row++) target.float32[row * classes + (labels.int32[row] ?? 0)] = 1;
    },
  };
}
