import { activationCodes } from "../kernels/operation.ts";
import type { Activation, DenseLayer } from "../network/layer.ts";
import { lowerActivation } from "./lower-activation.ts";
import type { Builder } from "./builder.ts";
import type { Initializer } from "./graph.ts";
import type { GradientSink, Lowered, Value } from "./value.ts";
import { inputGradient, newValue, rowsOf, widthOf } from "./value.ts";

/** Glorot and Bengio 2010: uniform between -limit and limit, with limit = sqrt(6 / (fan in + fan out)). */
export function glorot(fanIn: number, fanOut: number): Initializer {
  return { name: "uniform", limit: Math.sqrt(6 / (fanIn + fanOut)) };
}

/** Returns the activation if its derivative follows from its output, so that the sum before it need not be kept; else `linear`. */
export function selectFused(activation: Activation | undefined): "linear" | "relu" | "sigmoid" | "tanh" {
  return activation === "relu" || activation === "sigmoid" || activation === "tanh" ? activation : "linear";
}

/** Returns the gradient before a fused activation: dy itself for a linear layer. dy, output: of one shape. */
export function throughActivation(
  builder: Builder,
  activation: "linear" | "relu" | "sigmoid" | "tanh",
  dy: number,
  { output, path }: { readonly output: Value; readonly path: string },
): number {
  if (activation === "linear") return dy;
  const dz = builder.tensor("gradients", "sample", output.dimensions, `gradient of ${path} sum`);
  const elements = output.dimensions.reduce((product, dimension) => product * dimension, 1);
  builder.emit({
    name: "activationBackward",
    writes: [dz],
    reads: [dy, output.tensor],
    numbers: [elements, activationCodes[activation]],
    mayReplace: [0, 1],
  });
  return dz;
}

/** Emits the gradient of a bias: the column sums of d. d: (rows, columns), bias: (columns). */
export function sumBiasGradient(
  builder: Builder,
  sink: GradientSink,
  { bias, d, rows, columns }: { readonly [Name in "bias" | "d" | "rows" | "columns"]: number },
): void {
  const gradient = sink.open(bias);
  builder.emit({
    name: "biasGradient",
    writes: [gradient],
    reads: [d],
    numbers: [rows, columns, 0, 0, 0, 0, columns],
  });
  sink.close(bias);
}

/**
 * Reserves room for the list of steps that are not zero, if the left side of a product is the network's input: often mostly zeros.
 * list: (steps, 2) integers per thread.
 */
export function stepList(
  builder: Builder,
  input: Value,
  steps: number,
  path: string,
): { readonly tensor: number | undefined; readonly bytes: number } {
  if (input.isInput !== true) return { tensor: undefined, bytes: 0 };
  const tensor = builder.tensor("workspace", "thread", [steps, 2], `${path} list of inputs that are not 0`);
  return { tensor, bytes: steps * 8 };
}

/**
 * y = activation(x W + b), with the activations that need only their output fused in.
 * x: (rows, depth), W: (depth, units), b: (units), y: (rows, units).
 */
function lowerProduct(builder: Builder, layer: DenseLayer, path: string, input: Value): Lowered {
  const depth = widthOf(input);
  const rows = rowsOf(input);
  const { units } = layer;
  const activation = selectFused(layer.activation);
  const kernel = builder.parameter(`${path}.kernel`, [depth, units], glorot(depth, units), true);
  const bias =
    layer.useBias === false
      ? undefined
      : builder.parameter(`${path}.bias`, [units], { name: "zeros" }, false);
  const output = newValue(builder, [...input.dimensions.slice(0, -1), units], `${path} output`, input.mask);
  const list = stepList(builder, input, depth, path);
  builder.emit({
    name: "dense",
    writes: [output.tensor, list.tensor],
    reads: [input.tensor, kernel, bias],
    numbers: [rows, units, depth, activationCodes[activation], 0, 0, 0, 0, 0, 0, 0, list.bytes],
  });
  return {
    output,
    backward: (request) => {
      const dz = throughActivation(builder, activation, request.dy, { output, path });
      const direct = request.sink.updatesDirectly(rows);
      if (!direct) request.sink.product({ parameter: kernel, x: input, d: dz, rows });
      let dx: number | undefined;
      if (request.wantsInput) {
        dx = inputGradient(builder, request, { input, path });
        builder.emit({
          name: "denseBackward",
          writes: [dx],
          reads: [dz, kernel],
          numbers: [rows, depth, units, 0, request.into === undefined ? 0 : 1],
          adds: request.into !== undefined,
        });
      }
      if (direct) request.sink.product({ parameter: kernel, x: input, d: dz, rows });
      request.sink.close(kernel);
      if (bias !== undefined) sumBiasGradient(builder, request.sink, { bias, d: dz, rows, columns: units });
      return dx;
    },
  };
}

/** Lowers a dense layer, followed by its activation if that cannot be fused. x: (..., depth), y: (..., units). */
export function lowerDense(builder: Builder, layer: DenseLayer, path: string, input: Value): Lowered {
  const sum = lowerProduct(builder, layer, path, input);
  const activation = layer.activation ?? "linear";
  if (activation !== "gelu" && activation !== "softmax") return sum;
  return chain(sum, lowerActivation(builder, activation, `${path}.${activation}`, sum.output));
}

/** Joins two lowered layers to one. */
export function chain(first: Lowered, second: Lowered): Lowered {
  return {
    output: second.output,
    backward: (request) => {
      const dy = second.backward({ ...request, wantsInput: true, into: undefined });
      return dy === undefined ? undefined : first.backward({ ...request, dy });
    },
  };
}
