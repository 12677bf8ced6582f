import { LoadlineError } from "../../shared/errors.ts";
import type { BatchSource } from "./batch-source.ts";
import type { IdxImages } from "./idx.ts";

/**
 * Images with a label each, kept as bytes and scaled by 1/255 on the way into the arena: input [height, width] of float32,
 * target one int32. Errors: `invalid-data` where the counts differ.
 */
export function imageSource(images: IdxImages, labels: Uint8Array, name: string): BatchSource {
  const { count, height, width, pixels } = images;
  if (labels.length !== count) {
    throw new LoadlineError(
      "invalid-data",
      `${name}: got ${count} images and ${labels.length} labels, allowed: a label for each image`,
    );
  }
  const size = height * width;
  return {
    count,
    input: { shape: [height, width], type: "float32" },
    target: { shape: [], type: "int32" },
    writeBatch: (order, from, batch, _epoch, input, target) => {
      const floats = input.float32;
      const classes = target.int32;
      for (let row = 0; row < batch; row++) {
        const which = order[from + row] ?? 0;
        const first = which * size;
        const to = row * size;
        for (let at = 0; at < size; at++) floats[to + at] = (pixels[first + at] ?? 0) * (1 / 255);
        classes[row] = labels[which] ?? 0;
      }
    },
  };
}
