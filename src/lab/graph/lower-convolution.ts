import { activationCodes } from "../kernels/operation.ts";
import type { Conv2dLayer } from "../network/layer.ts";
import type { ConvolutionGeometry } from "../network/shapes.ts";
import { convolutionGeometry } from "../network/shapes.ts";
import type { Builder } from "./builder.ts";
import { lowerActivation } from "./lower-activation.ts";
import { chain, selectFused, glorot, sumBiasGradient, throughActivation } from "./lower-dense.ts";
import type { Lowered, Value } from "./value.ts";
import { inputGradient, newValue } from "./value.ts";

/** Rows of patches to multiply at a time: fewer leave the registers half empty, more only take scratch. */
const worthwhileRows = 64;

/** Lists the twelve numbers of a convolution in the order in which `assembly/convolution.ts` reads them. */
function geometryNumbers(
  g: ConvolutionGeometry,
  {
    filters,
    block,
    last,
    scratchBytes,
  }: { readonly [Name in "filters" | "block" | "last" | "scratchBytes"]: number },
): readonly number[] {
  return [
    g.height,
    g.width,
    g.channels,
    filters,
    g.high + g.wide * 65536,
    g.stride,
    g.top,
    g.left,
    g.outHeight + g.outWidth * 65536,
    block,
    last,
    scratchBytes,
  ];
}

/** Makes the parameters. kernel: (high, wide, channels, filters); bias: (filters). */
function convolutionParameters(
  builder: Builder,
  layer: Conv2dLayer,
  path: string,
  g: ConvolutionGeometry,
): { readonly kernel: number; readonly bias: number | undefined } {
  const { filters } = layer;
  const fan = g.high * g.wide;
  const initializer = glorot(fan * g.channels, fan * filters);
  const kernel = builder.parameter(
    `${path}.kernel`,
    [g.high, g.wide, g.channels, filters],
    initializer,
    true,
  );
  const bias =
    layer.useBias === false
      ? undefined
      : builder.parameter(`${path}.bias`, [filters], { name: "zeros" }, false);
  return { kernel, bias };
}

/**
 * y = activation(x * kernel + bias), with the activations that need only their output fused in.
 * x: (height, width, channels), y: (outHeight, outWidth, filters), scratch: (block * outWidth, high * wide * channels) per thread.
 */
function lowerProduct(builder: Builder, layer: Conv2dLayer, path: string, input: Value): Lowered {
  const g = convolutionGeometry(layer, input.dimensions);
  const { filters } = layer;
  const depth = g.high * g.wide * g.channels;
  const block = Math.min(g.outHeight, Math.max(1, Math.floor(worthwhileRows / g.outWidth)));
  const scratchElements = block * g.outWidth * depth;
  const activation = selectFused(layer.activation);
  const { kernel, bias } = convolutionParameters(builder, layer, path, g);
  const output = newValue(builder, [g.outHeight, g.outWidth, filters], `${path} output`, undefined);
  const scratch = (): number => builder.tensor("workspace", "thread", [scratchElements], `${path} patches`);
  const numbers = (last: number): readonly number[] =>
    geometryNumbers(g, { filters, block, last, scratchBytes: scratchElements * 4 });
  builder.emit({
    name: "convolution",
    writes: [output.tensor, scratch()],
    reads: [input.tensor, kernel, bias],
    numbers: numbers(activationCodes[activation]),
  });
  return {
    output,
    backward: (request) => {
      const dz = throughActivation(builder, activation, request.dy, { output, path });
      const gradient = request.sink.open(kernel);
      builder.emit({
        name: "kernelGradient",
        writes: [gradient, scratch()],
        reads: [input.tensor, dz],
        numbers: numbers(0),
      });
      let dx: number | undefined;
      if (request.wantsInput) {
        dx = inputGradient(builder, request, { input, path });
        builder.emit({
          name: "convolutionBackward",
          writes: [dx, scratch()],
          reads: [dz, kernel],
          numbers: numbers(request.into === undefined ? 0 : 1),
          adds: request.into !== undefined,
        });
      }
      request.sink.close(kernel);
      if (bias !== undefined)
        sumBiasGradient(builder, request.sink, {
          bias,
          d: dz,
          rows: g.outHeight * g.outWidth,
          columns: filters,
        });
      return dx;
    },
  };
}

/** Lowers a convolution, followed by its activation if that cannot be fused. x: (height, width, channels). */
export function lowerConvolution(builder: Builder, layer: Conv2dLayer, path: string, input: Value): Lowered {
  const sum = lowerProduct(builder, layer, path, input);
  const activation = layer.activation ?? "linear";
  if (activation !== "gelu" && activation !== "softmax") return sum;
  return chain(sum, lowerActivation(builder, activation, `${path}.${activation}`, sum.output));
}
