import type { OperationName } from "../kernels/operation.ts";

/** What a tensor is there for. */
export type TensorKind =
  | "inputs"
  | "parameters"
  | "gradients"
  | "optimizer state"
  | "activations"
  | "workspace";

/**
 * How a tensor grows: `fixed` has `elements` numbers, `sample` has them for each sample of a micro-batch, `thread` for each thread.
 */
export type TensorScope = "fixed" | "sample" | "thread";

/** A piece of memory that operations read and write; 4 bytes an element. */
export interface Tensor {
  readonly id: number;
  readonly label: string;
  readonly kind: TensorKind;
  readonly scope: TensorScope;
  readonly elements: number;
  /** Of a parameter (or gradient) or of one sample. */
  readonly shape: readonly number[];
}

/** Which part of a training step an operation belongs to. */
export type Phase = "forward" | "backward" | "update";

/** One call of a kernel. Tensors by id, undefined where there is none. */
export interface Operation {
  readonly name: OperationName;
  readonly phase: Phase;
  readonly label: string;
  readonly writes: readonly (number | undefined)[];
  readonly reads: readonly (number | undefined)[];
  readonly numbers: readonly number[];
  readonly fractions: readonly number[];
  /** Reads whose place the first tensor written may take over, because the kernel reads each number before it writes it. */
  readonly mayReplace: readonly number[];
  /** The first tensor written is also read: what is there is added to. */
  readonly adds: boolean;
}

/** How a parameter starts. */
export type Initializer =
  | { readonly name: "zeros" | "ones" }
  | { readonly name: "uniform"; readonly limit: number };

/** A learned tensor, with its name in files. */
export interface Parameter {
  readonly tensor: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Decayed by optimizers that do: matrices, not biases and not scales. */
  readonly decays: boolean;
  readonly gradient: number | undefined;
  /** Optimizer state tensors, with their names. */
  readonly state: readonly { readonly name: string; readonly tensor: number }[];
}

/** Everything a network does in a step, as operations over tensors. Nothing has a place in memory yet. */
export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly parameters: readonly Parameter[];
  readonly input: number;
  readonly target: number;
  /** Sum of losses and of right answers of each sample. */
  readonly losses: number;
  readonly hits: number;
  /** Output of the last layer, before a softmax or sigmoid that the loss has taken in. */
  readonly output: number;
  /** Operations of a training step, in order. */
  readonly step: readonly Operation[];
  /** How many of them, from the start, are the forward pass. */
  readonly forwardCount: number;
  /** After a forward pass: the loss alone. */
  readonly evaluate: readonly Operation[];
  /** After a forward pass: what makes probabilities of the output, in its place. */
  readonly predict: readonly Operation[];
  /** Counts of right answers mean something for this loss. */
  readonly hasAccuracy: boolean;
  /** Rows of the loss in one sample: the places of a sequence. */
  readonly lossRows: number;
  readonly targetShape: { readonly shape: readonly number[]; readonly type: "float32" | "int32" };
}
