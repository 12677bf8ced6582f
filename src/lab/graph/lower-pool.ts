import type { MaxPooling2dLayer } from "../network/layer.ts";
import { imageOf } from "../network/shapes.ts";
import type { Builder } from "./builder.ts";
import type { Lowered, Value } from "./value.ts";
import { addInto, newValue, rowsOf, widthOf } from "./value.ts";

/**
 * y = the largest number of each window; the backward pass searches it again instead of keeping its place.
 * x: (height, width, channels), y: ((height - pool) / stride + 1, (width - pool) / stride + 1, channels).
 */
export function lowerMaxPool(
  builder: Builder,
  layer: MaxPooling2dLayer,
  path: string,
  input: Value,
): Lowered {
  const [height, width, channels] = imageOf(input.dimensions);
  const pool = layer.poolSize ?? 2;
  const stride = layer.strides ?? pool;
  const out = (size: number): number => Math.floor((size - pool) / stride) + 1;
  const output = newValue(builder, [out(height), out(width), channels], `${path} output`, undefined);
  const numbers = [height, width, channels, pool, stride];
  builder.emit({ name: "maxPool", writes: [output.tensor], reads: [input.tensor], numbers });
  return {
    output,
    backward: (request) =>
      addInto(builder, request, { input, path }, (to) =>
        builder.emit({
          name: "maxPoolBackward",
          writes: [to],
          reads: [request.dy, input.tensor],
          numbers,
        }),
      ),
  };
}

/** y = the mean over all rows, or over those that the mask does not mark as padding. x: (rows, channels), y: (channels). */
export function lowerAveragePool(builder: Builder, path: string, input: Value): Lowered {
  const rows = rowsOf(input);
  const channels = widthOf(input);
  const output = newValue(builder, [channels], `${path} output`, undefined);
  const numbers = [rows, channels];
  builder.emit({ name: "averagePool", writes: [output.tensor], reads: [input.tensor, input.mask], numbers });
  return {
    output,
    backward: (request) =>
      addInto(builder, request, { input, path }, (to) =>
        builder.emit({
          name: "averagePoolBackward",
          writes: [to],
          reads: [request.dy, input.mask],
          numbers,
        }),
      ),
  };
}
