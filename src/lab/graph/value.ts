import type { Builder } from "./builder.ts";

/** What flows from layer to layer: a tensor with one row of numbers, or a picture, for each sample. */
export interface Value {
  readonly tensor: number;
  readonly dimensions: readonly number[];
  /** Token ids of which 0 is padding, where a layer before has said so. */
  readonly mask: number | undefined;
  /** The network's own input: what is fed in is often mostly zeros, and products can pass over those. */
  readonly isInput?: boolean;
}

/** The product x^T d that is the gradient of a matrix, over `rows` rows a sample. */
export interface WeightProduct {
  readonly parameter: number;
  readonly x: Value;
  readonly d: number;
  readonly rows: number;
}

/** The input of a layer, and the layer's path. */
export interface LayerInput {
  readonly input: Value;
  readonly path: string;
}

/** Takes the gradients of parameters; when each parameter is updated with it is the sink's affair. */
export interface GradientSink {
  /** True where the product x^T d updates the weights as it is made, so that what reads them must come before. */
  readonly updatesDirectly: (rows: number) => boolean;
  /** x^T d is the gradient of a matrix: emitted into its gradient, or straight into the matrix. */
  readonly product: (product: WeightProduct) => void;
  /** The tensor that the gradient of a parameter is to be written to. */
  readonly open: (parameter: number) => number;
  /** The gradient that was opened is complete, and nothing of this layer reads the parameter any more. */
  readonly close: (parameter: number) => void;
}

/** What a layer's own backward is asked for. */
export interface BackwardRequest {
  /** Gradient of the loss by the layer's output. */
  readonly dy: number;
  /** Whether the gradient by the layer's input is wanted; it is not for the first layer. */
  readonly wantsInput: boolean;
  /** A tensor that the gradient by the input is to be added to, instead of a new one. */
  readonly into: number | undefined;
  readonly sink: GradientSink;
}

/** A layer put into operations: its output, and how to go back. */
export interface Lowered {
  readonly output: Value;
  /** Emits the backward operations; gives the tensor of the gradient by the input where it was wanted. */
  readonly backward: (request: BackwardRequest) => number | undefined;
}

/** Rows of a value: all dimensions but the last. */
export function rowsOf(value: Value): number {
  return value.dimensions.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
}

/** Numbers of a value in one sample. */
export function elementsOfValue(value: Value): number {
  return value.dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** Width of a value's rows. */
export function widthOf(value: Value): number {
  return value.dimensions.at(-1) ?? 1;
}

/** A new tensor for an output, and the value that stands for it. */
export function newValue(
  builder: Builder,
  dimensions: readonly number[],
  label: string,
  mask: number | undefined,
): Value {
  return { tensor: builder.tensor("activations", "sample", dimensions, label), dimensions, mask };
}

/** Place for the gradient by an input: the tensor to add to, or a new one of the input's shape. */
export function inputGradient(
  builder: Builder,
  request: BackwardRequest,
  { input, path }: LayerInput,
): number {
  return request.into ?? builder.tensor("gradients", "sample", input.dimensions, `gradient of ${path} input`);
}

/**
 * Emits `write` into a tensor of its own and adds that to `request.into` where there is one: for kernels that cannot add.
 */
export function addInto(
  builder: Builder,
  request: BackwardRequest,
  place: LayerInput,
  write: (to: number) => void,
): number {
  const to = inputGradient(builder, { ...request, into: undefined }, place);
  write(to);
  if (request.into === undefined) return to;
  builder.emit({
    name: "add",
    writes: [request.into],
    reads: [request.into, to],
    numbers: [elementsOfValue(place.input)],
    adds: true,
  });
  return request.into;
}
