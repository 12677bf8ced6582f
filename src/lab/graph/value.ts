import type { Builder } from "./builder.ts";

/** What one layer passes to the next: a tensor of a shape per sample. */
export interface Value {
  readonly tensor: number;
  readonly dimensions: readonly number[];
  /** Tensor of token ids of which 0 is padding, if an earlier layer masks padding. */
  readonly mask: number | undefined;
  /** Whether it is the network's input, which is often mostly zeros: products can skip those. */
  readonly isInput?: boolean;
}

/** The product x^T d that is the gradient of a matrix. x: (rows, depth), d: (rows, columns), parameter: (depth, columns). */
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

/** Takes the gradients of parameters and decides when each parameter is updated. */
export interface GradientSink {
  /** Whether the product x^T d updates the weights at once, so that everything that reads them must come first. */
  readonly updatesDirectly: (rows: number) => boolean;
  /** Emits x^T d into the gradient of a matrix, or directly into the matrix. */
  readonly product: (product: WeightProduct) => void;
  /** Returns the tensor for the gradient of a parameter. */
  readonly open: (parameter: number) => number;
  /** Declares the gradient complete; the layer must not read the parameter after this. */
  readonly close: (parameter: number) => void;
}

/** Input of a layer's backward pass. */
export interface BackwardRequest {
  /** Gradient of the loss by the layer's output. */
  readonly dy: number;
  /** Whether to compute the gradient by the layer's input; not needed for the first layer. */
  readonly wantsInput: boolean;
  /** Tensor to which the gradient by the input is added; undefined for a new tensor. */
  readonly into: number | undefined;
  readonly sink: GradientSink;
}

/** A lowered layer: its output and its backward pass. */
export interface Lowered {
  readonly output: Value;
  /** Emits the backward operations; returns the tensor of the gradient by the input if it was requested. */
  readonly backward: (request: BackwardRequest) => number | undefined;
}

/** Counts the rows of a value: all dimensions but the last. */
export function rowsOf(value: Value): number {
  return value.dimensions.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
}

/** Counts the numbers of a value in one sample. */
export function elementsOfValue(value: Value): number {
  return value.dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** Returns the width of a value's rows: its last dimension. */
export function widthOf(value: Value): number {
  return value.dimensions.at(-1) ?? 1;
}

/** Adds a tensor for an output; returns its value. */
export function newValue(
  builder: Builder,
  dimensions: readonly number[],
  label: string,
  mask: number | undefined,
): Value {
  return { tensor: builder.tensor("activations", "sample", dimensions, label), dimensions, mask };
}

/** Returns the tensor for the gradient by an input: the one to add to, or a new one of the input's shape. */
export function inputGradient(
  builder: Builder,
  request: BackwardRequest,
  { input, path }: LayerInput,
): number {
  return request.into ?? builder.tensor("gradients", "sample", input.dimensions, `gradient of ${path} input`);
}

/**
 * Emits the gradient by an input for a kernel that cannot add: `write` gets a tensor of its own, which is added to `request.into` if
 * there is one. Returns the tensor of the gradient.
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
