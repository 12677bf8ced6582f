import type { LayerNormalizationLayer } from "../network/layer.ts";
import type { Builder } from "./builder.ts";
import type { Lowered, Value } from "./value.ts";
import { inputGradient, newValue, rowsOf, widthOf } from "./value.ts";

/**
 * y = (x - mean) / deviation * gamma + beta, row by row; keeps its input and two numbers per row.
 * x, y: (rows, width), gamma, beta: (width), stats: (rows, 2).
 */
export function lowerNormalization(
  builder: Builder,
  layer: LayerNormalizationLayer,
  path: string,
  input: Value,
): Lowered {
  const rows = rowsOf(input);
  const width = widthOf(input);
  const scale = builder.parameter(`${path}.gamma`, [width], { name: "ones" }, false);
  const shift = builder.parameter(`${path}.beta`, [width], { name: "zeros" }, false);
  const output = newValue(builder, input.dimensions, `${path} output`, input.mask);
  const stats = builder.tensor("activations", "sample", [rows, 2], `${path} means and deviations`);
  builder.emit({
    name: "layerNorm",
    writes: [output.tensor, stats],
    reads: [input.tensor, scale, shift],
    numbers: [rows, width],
    fractions: [layer.epsilon ?? 1e-3],
    mayReplace: [0],
  });
  return {
    output,
    backward: (request) => {
      const scaleGradient = request.sink.open(scale);
      const shiftGradient = request.sink.open(shift);
      builder.emit({
        name: "layerNormGradient",
        writes: [scaleGradient, shiftGradient],
        reads: [request.dy, input.tensor, stats],
        numbers: [rows, 0, 0, 0, 0, 0, width],
      });
      let dx: number | undefined;
      if (request.wantsInput) {
        dx = inputGradient(builder, request, { input, path });
        builder.emit({
          name: "layerNormBackward",
          writes: [dx],
          reads: [request.dy, input.tensor, stats, scale],
          numbers: [rows, width, 0, 0, request.into === undefined ? 0 : 1],
          adds: request.into !== undefined,
          mayReplace: request.into === undefined ? [0, 1] : [],
        });
      }
      request.sink.close(scale);
      request.sink.close(shift);
      return dx;
    },
  };
}
