import type { KerasOperation, KerasShape, KerasWeight } from "../network/keras-network.ts";
import type { LayerConfig } from "./layer-config.ts";
import { layerFault } from "./layer-config.ts";

/** Weights and outputs of a layer for the shapes it is called with. */
export interface BuiltLayer {
  /** `trainable` is what the layer itself says; a frozen layer's are frozen later. */
  readonly weights: readonly KerasWeight[];
  readonly outputs: readonly (KerasShape | undefined)[];
}

/** A class of layers, its settings read. */
export interface LayerKind {
  readonly operation: KerasOperation;
  readonly activations: readonly string[];
  readonly build: (inputs: readonly KerasShape[]) => BuiltLayer;
}

/** Reads a class from its settings. */
export type ReadKind = (config: LayerConfig) => LayerKind;

/** A weight that is trained. */
export function weight(name: string, ...shape: readonly number[]): KerasWeight {
  return { name, shape, trainable: true };
}

/** A weight that is kept and not trained. */
export function state(name: string, ...shape: readonly number[]): KerasWeight {
  return { name, shape, trainable: false };
}

/** A kind whose weights and output are known, and not what it computes. */
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

/** A kind that has no weights and one output. */
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

/** The first input, which must have `rank` dimensions with the batch (a range where `most` is given). */
export function inputOf(
  config: LayerConfig,
  inputs: readonly KerasShape[],
  rank: number,
  most: number = rank,
): KerasShape {
  const input = inputs[0];
  if (input === undefined || input.length < rank || input.length > most) {
    const got = input === undefined ? "none" : shapeSaid(input);
    throw layerFault(
      config.file,
      config.layer,
      `input: got ${got}, allowed: ${rank === most ? rank : `${rank} to ${most}`} dimensions with the batch`,
    );
  }
  return input;
}

/** A size that weights depend on; it cannot vary. */
export function fixedSize(config: LayerConfig, shape: KerasShape, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined)
    throw layerFault(
      config.file,
      config.layer,
      `axis ${axis} of its input ${shapeSaid(shape)} must be fixed`,
    );
  return size;
}

/** A shape in words: "[?, 224, 224, 3]". */
export function shapeSaid(shape: KerasShape): string {
  return `[${shape.map((size) => size ?? "?").join(", ")}]`;
}

/** An axis counted from the front. Throws `invalid-data` where there is none. */
export function axisFrom(config: LayerConfig, axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis;
  if (front < 0 || front >= rank)
    throw layerFault(config.file, config.layer, `axis ${axis}: its input has ${rank} dimensions`);
  return front;
}

/** Activations without those that do nothing. */
export function applied(...names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== "linear");
}
