import type { ByteKind } from "../../byte-ledger.ts";

/** Element types that TensorFlow.js computes with. */
export type ElementType = "float32" | "int32" | "bool";

/** Bytes of one element. */
export const elementBytes: Readonly<Record<ElementType, number>> = { float32: 4, int32: 4, bool: 1 };

/** The purpose of a tensor, as a ledger names it. */
export interface Purpose {
  readonly kind: ByteKind;
  readonly label: string;
}

/** A buffer that tensors share: a view has that of the tensor it views. */
export interface Data {
  readonly bytes: number;
  tensors: number;
}

/** A tensor of the engine, without its values. */
export interface Held {
  readonly id: number;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly bytes: number;
  readonly purpose: Purpose;
  scope: number | undefined;
  /** Survives the scope in which it was made. */
  kept: boolean;
  disposed: boolean;
  /** The mask that a layer noted on its output, disposed with it. */
  mask?: Held | undefined;
  data: Data;
}

/** Tensors that an operation reads, by name. */
export type Inputs = Readonly<Record<string, Held>>;

/** Returns the sizes and type of an operation's output. */
export function outputOf(shape: readonly number[], type: ElementType = "float32"): Output {
  return { shape, type };
}

/** Sizes and element type of an operation's output. */
export interface Output {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

const views: ReadonlySet<string> = new Set(["Reshape", "Identity", "ExpandDims"]);

const widths: readonly ElementType[] = ["bool", "int32", "float32"];

/**
 * Returns the buffer of an operation's input if its output shares it (CPU backend of TensorFlow.js 4.22), for example a cast to
 * a wider type; otherwise undefined.
 */
export function findSharedBuffer(name: string, inputs: Inputs, type: ElementType): Data | undefined {
  const [input, second] = Object.values(inputs);
  if (input === undefined) return undefined;
  const alone = (name === "Pack" || name === "Concat") && second === undefined;
  const widened = name === "Cast" && widths.indexOf(input.type) <= widths.indexOf(type);
  return alone || widened || views.has(name) ? input.data : undefined;
}
