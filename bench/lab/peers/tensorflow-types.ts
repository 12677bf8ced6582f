/**
 * The parts of TensorFlow.js that are used, described by the calls that are made: its packages are installed only by
 * `npm run bench:install`, and the project's types must work without them.
 */

/** A value in the backend; its bytes stay until `dispose` or the end of the `tidy` that made it. */
export interface Tensor {
  readonly shape: readonly number[];
  dataSync: () => Float32Array;
  dispose: () => void;
}

/** A trained tensor, or one of an optimizer's state. */
export interface Variable extends Tensor {
  readonly trainable: boolean;
  assign: (value: Tensor) => void;
}

/** Keeps tensors for the derivative of a `customGrad` operation. */
export type Save = (kept: readonly Tensor[]) => void;

/** An operation's result, and the derivatives by each of its arguments. */
interface WithDerivative {
  readonly value: Tensor;
  readonly gradFunc: (dy: Tensor, saved: readonly Tensor[]) => readonly Tensor[];
}

/** Updates the variables by the gradient of a scalar loss. */
export interface Optimizer {
  minimize: (loss: () => Tensor, returnCost: boolean, variables: readonly Variable[]) => Tensor | null;
  dispose: () => void;
}

/** The one object that `profile` fills and returns at every call: copy its numbers at once. */
interface Profile {
  readonly peakBytes: number;
}

/** Operations of `@tensorflow/tfjs-core`. */
export interface Core {
  readonly version_core: string;
  setBackend: (name: string) => Promise<boolean>;
  getBackend: () => string;
  tidy: <Result>(work: () => Result) => Result;
  profile: (work: () => unknown) => Promise<Profile>;
  memory: () => { readonly numBytes: number; readonly numTensors: number };
  variable: (initial: Tensor, trainable?: boolean) => Variable;
  tensor: (values: Float32Array | Int32Array, shape: readonly number[], type: "float32" | "int32") => Tensor;
  zeros: (shape: readonly number[]) => Tensor;
  ones: (shape: readonly number[]) => Tensor;
  randomUniform: (
    shape: readonly number[],
    min: number,
    max: number,
    type: "float32",
    seed: number,
  ) => Tensor;
  randomNormal: (
    shape: readonly number[],
    mean: number,
    deviation: number,
    type: "float32",
    seed: number,
  ) => Tensor;
  add: (a: Tensor, b: Tensor | number) => Tensor;
  sub: (a: Tensor, b: Tensor) => Tensor;
  mul: (a: Tensor | number, b: Tensor | number) => Tensor;
  square: (x: Tensor) => Tensor;
  rsqrt: (x: Tensor) => Tensor;
  erf: (x: Tensor) => Tensor;
  softmax: (logits: Tensor) => Tensor;
  mean: (x: Tensor, axis?: number, keepDims?: boolean) => Tensor;
  reshape: (x: Tensor, shape: readonly number[]) => Tensor;
  transpose: (x: Tensor, order?: readonly number[]) => Tensor;
  step: (x: Tensor) => Tensor;
  customGrad: <Arguments extends readonly Tensor[]>(
    operation: (...given: readonly [...Arguments, Save]) => WithDerivative,
  ) => (...given: Arguments) => Tensor;
  split: (x: Tensor, parts: number, axis: number) => readonly Tensor[];
  oneHot: (indices: Tensor, depth: number) => Tensor;
  cast: (x: Tensor, type: "float32" | "int32") => Tensor;
  argMax: (x: Tensor, axis: number) => Tensor;
  matMul: (a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean) => Tensor;
  readonly fused: {
    matMul: (operands: {
      readonly a: Tensor;
      readonly b: Tensor;
      readonly bias: Tensor;
      readonly activation?: "linear" | "relu";
    }) => Tensor;
  };
  readonly losses: { softmaxCrossEntropy: (oneHotLabels: Tensor, logits: Tensor) => Tensor };
  readonly train: {
    adam: (rate: number, beta1: number, beta2: number, epsilon: number) => Optimizer;
  };
}

/** A model of `@tensorflow/tfjs-layers`. */
export interface LayersModel {
  readonly trainableWeights: readonly unknown[];
  compile: (options: { readonly optimizer: Optimizer; readonly loss: string }) => void;
  fit: (
    inputs: Tensor,
    targets: Tensor,
    options: {
      readonly batchSize: number;
      readonly epochs: number;
      readonly shuffle: boolean;
      readonly verbose: 0;
      readonly yieldEvery: "never";
    },
  ) => Promise<unknown>;
  trainOnBatch: (inputs: Tensor, targets: Tensor) => Promise<unknown>;
  predict: (inputs: Tensor) => Tensor;
  dispose: () => void;
}

/** `@tensorflow/tfjs-layers`. */
export interface Layers {
  sequential: (options: { readonly layers: readonly unknown[] }) => LayersModel;
  readonly layers: {
    dense: (options: {
      readonly units: number;
      readonly activation: "relu" | "softmax";
      readonly inputShape?: readonly number[];
    }) => unknown;
  };
}

/** The packages, with the WebAssembly backend chosen. */
export interface TensorFlow {
  readonly core: Core;
  readonly layers: Layers;
}
