import type { KerasOperation, KerasShape, KerasWeight } from "../network/keras-network.ts";
import type { LayerConfig } from "./layer-config.ts";
import { layerFault } from "./layer-config.ts";

/** Weights and outputs of a layer for given input shapes. */
export interface BuiltLayer {
  /** `trainable` is by the class of the layer; weights of a frozen layer are marked later. */
  readonly weights: readonly KerasWeight[];
  readonly outputs: readonly (KerasShape | undefined)[];
}

/** A layer of a class, with its settings read. */
export interface LayerKind {
  readonly operation: KerasOperation;
  readonly activations: readonly string[];
  readonly build: (inputs: readonly KerasShape[]) => BuiltLayer;
}

/** Reads a layer of a class from its settings. */
export type ReadKind = (config: LayerConfig) => LayerKind;

/** Returns a trainable weight. */
export function weight(name: string, ...shape: readonly number[]): KerasWeight {
  return { name, shape, trainable: true };
}

/** Returns a weight that is stored but not trained. */
export function state(name: string, ...shape: readonly number[]): KerasWeight {
  return { name, shape, trainable: false };
}

/** Returns a kind whose weights and output are known, but not its computation. */
export function other(
  output: (input: KerasShape, inputs: readonly KerasShape[]) => KerasShape | undefined,
  weights: (input: KerasShape) => readonly KerasWeight[] = () => [],
): LayerKind {
  return {
    operation: { type: "other" },
    activations: [],
    build: (inputs) => ({ weights: weights(inputs[0] ?? []), outputs: [output(inputs[0] ?? [], inputs)] }),
  };
}

/** A kind of which nothing is known. */
export const unknownKind: LayerKind = {
  operation: { type: "unknown" },
  activations: [],
  build: () => ({ weights: [], outputs: [undefined] }),
};

/** Returns a kind without weights and with one output. */
export function plain(
  operation: KerasOperation,
  output: (input: KerasShape, inputs: readonly KerasShape[]) => KerasShape | undefined,
  activations: readonly string[] = [],
): LayerKind {
  return {
    operation,
    activations,
    build: (inputs) => ({ weights: [], outputs: [output(inputs[0] ?? [], inputs)] }),
  };
}

/** Returns the first input, which must have `rank` dimensions with the batch, or up to `maxRank`. Errors: `invalid-data`. */
export function inputOf(
  config: LayerConfig,
  inputs: readonly KerasShape[],
  rank: number,
  maxRank: number = rank,
): KerasShape {
  const input = inputs[0];
  if (input === undefined || input.length < rank || input.length > maxRank) {
    const got = input === undefined ? "none" : formatShape(input);
    throw layerFault(
      config.file,
      config.layer,
      `input: got ${got}, allowed: ${rank === maxRank ? rank : `${rank} to ${maxRank}`} dimensions with the batch`,
    );
  }
  return input;
}

/** Returns a size on which weights depend. Errors: `invalid-data` if it is variable. */
export function requireFixedSize(config: LayerConfig, shape: KerasShape, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined)
    throw layerFault(
      config.file,
      config.layer,
      `axis ${axis} of its input ${formatShape(shape)} must not be variable`,
    );
  return size;
}

/** Formats a shape: "[?, 224, 224, 3]". */
export function formatShape(shape: KerasShape): string {
  return `[${shape.map((size) => size ?? "?").join(", ")}]`;
}

/** Converts an axis to one counted from the front. Errors: `invalid-data` if the input does not have it. */
export function axisFrom(config: LayerConfig, axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis;
  if (front < 0 || front >= rank)
    throw layerFault(config.file, config.layer, `axis ${axis}: its input has ${rank} dimensions`);
  return front;
}

/** Returns the activations without "linear", which does nothing. */
export function nonlinear(...names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== "linear");
}
