import type { OperationName } from "../kernels/operation.ts";

/** Purpose of a tensor. */
export type TensorKind =
  | "inputs"
  | "parameters"
  | "gradients"
  | "optimizer state"
  | "activations"
  | "workspace";

/**
 * How a tensor grows: `fixed` has `elements` numbers, `sample` that many for each sample of a micro-batch, `thread` for each thread.
 */
export type TensorScope = "fixed" | "sample" | "thread";

/** Memory that operations read and write; 4 bytes per element. */
export interface Tensor {
  readonly id: number;
  readonly label: string;
  readonly kind: TensorKind;
  readonly scope: TensorScope;
  readonly elements: number;
  /** Shape of the parameter or its gradient, otherwise the shape of one sample. */
  readonly shape: readonly number[];
}

/** Which part of a training step an operation belongs to. */
export type Phase = "forward" | "backward" | "update";

/** One call of a kernel. Tensors are ids; undefined if the kernel gets none. */
export interface Operation {
  readonly name: OperationName;
  readonly phase: Phase;
  readonly label: string;
  readonly writes: readonly (number | undefined)[];
  readonly reads: readonly (number | undefined)[];
  readonly numbers: readonly number[];
  readonly fractions: readonly number[];
  /** Indexes of reads whose place the first written tensor may take: the kernel reads each number before it writes it. */
  readonly mayReplace: readonly number[];
  /** The kernel adds to the first written tensor, so it reads it as well. */
  readonly adds: boolean;
}

/** Initial values of a parameter. */
export type Initializer =
  | { readonly name: "zeros" | "ones" }
  | { readonly name: "uniform"; readonly limit: number };

/** A learned tensor, with its name in files. */
export interface Parameter {
  readonly tensor: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Weight decay applies: to matrices, not to biases and scales. */
  readonly decays: boolean;
  readonly gradient: number | undefined;
  /** Tensors of the optimizer's state, with their names. */
  readonly state: readonly { readonly name: string; readonly tensor: number }[];
}

/** A training step as operations over tensors, before tensors have places in memory. */
export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly parameters: readonly Parameter[];
  readonly input: number;
  readonly target: number;
  /** Tensors with the sum of losses and the number of right answers of each sample. */
  readonly losses: number;
  readonly hits: number;
  /** Output of the last layer, before a softmax or sigmoid that the loss includes. */
  readonly output: number;
  /** Operations of a training step, in order. */
  readonly step: readonly Operation[];
  /** Number of operations of the forward pass, which come first. */
  readonly forwardCount: number;
  /** Operations that compute the loss alone, after a forward pass. */
  readonly evaluate: readonly Operation[];
  /** Operations that turn the output into probabilities in place, after a forward pass. */
  readonly predict: readonly Operation[];
  /** Whether right answers can be counted for this loss. */
  readonly hasAccuracy: boolean;
  /** Rows of the loss per sample: the positions of a sequence, or 1. */
  readonly lossRows: number;
  readonly targetShape: { readonly shape: readonly number[]; readonly type: "float32" | "int32" };
}
