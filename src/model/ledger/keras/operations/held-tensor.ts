import type { ByteKind } from "../../byte-ledger.ts";

/** Element types that TensorFlow.js computes with. */
export type ElementType = "float32" | "int32" | "bool";

/** Bytes of one element. */
export const elementBytes: Readonly<Record<ElementType, number>> = { float32: 4, int32: 4, bool: 1 };

/** What a tensor is for, as a ledger names it. */
export interface Purpose {
  readonly kind: ByteKind;
  readonly label: string;
}

/** Values that tensors share: a view has those of what it views. */
export interface Data {
  readonly bytes: number;
  tensors: number;
}

/** A tensor of the engine: its sizes without its values. */
export interface Held {
  readonly id: number;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly bytes: number;
  readonly purpose: Purpose;
  scope: number | undefined;
  /** Outlives the scopes it was made in. */
  kept: boolean;
  disposed: boolean;
  /** The mask that a layer noted on its output; it goes with the tensor. */
  mask?: Held | undefined;
  data: Data;
}

/** Tensors that an operation reads, by name. */
export type Inputs = Readonly<Record<string, Held>>;

/** Sizes of an operation's output; its elements are floats unless another type is given. */
export function outputOf(shape: readonly number[], type: ElementType = "float32"): Output {
  return { shape, type };
}

/** What an operation makes: the sizes and the element type. */
export interface Output {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

const views: ReadonlySet<string> = new Set(["Reshape", "Identity", "ExpandDims"]);

const widths: readonly ElementType[] = ["bool", "int32", "float32"];

/**
 * The buffer of an operation's output where it is that of its input (CPU backend of TensorFlow.js 4.22): a cast to a type that
 * holds as much only names it so.
 */
export function viewOf(name: string, inputs: Inputs, type: ElementType): Data | undefined {
  const [input, second] = Object.values(inputs);
  if (input === undefined) return undefined;
  const alone = (name === "Pack" || name === "Concat") && second === undefined;
  const widened = name === "Cast" && widths.indexOf(input.type) <= widths.indexOf(type);
  return alone || widened || views.has(name) ? input.data : undefined;
}
