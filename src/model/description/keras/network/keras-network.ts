import type { LayerOperation } from "./operation.ts";

/** Sizes of a tensor, outermost first. The batch, always the first, and variable sizes are undefined. */
export type KerasShape = readonly (number | undefined)[];

/** One weight of a layer; in TensorFlow.js 4 bytes per element. */
export interface KerasWeight {
  /** Its name in Keras, within the layer: "kernel", "forward/recurrent_kernel". */
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
}

/** What a layer computes. */
export type KerasOperation = LayerOperation<KerasNetwork>;

/** A layer, listed once even if it is called several times. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  readonly operation: KerasOperation;
  /** Undefined if the class is unknown and no manifest lists its weights. */
  readonly weights: readonly KerasWeight[] | undefined;
  readonly parameters: number | undefined;
  readonly trainableParameters: number | undefined;
  /** Activation functions that the layer applies, without "linear". */
  readonly activations: readonly string[];
  /** True if training adds a penalty on its weights or outputs to the loss. */
  readonly regularized: boolean;
}

/** An output of a call that another call reads. */
export interface KerasEdge {
  /** Index in `KerasNetwork.calls`. */
  readonly call: number;
  readonly output: number;
}

/** One use of a layer; a shared layer has several. Unknown shapes are undefined. */
export interface KerasCall {
  /** Index in `KerasNetwork.layers`. */
  readonly layer: number;
  readonly inputs: readonly KerasEdge[];
  readonly inputShapes: readonly (KerasShape | undefined)[];
  readonly outputShapes: readonly (KerasShape | undefined)[];
}

/** A network of Keras or TensorFlow.js as plain data. */
export interface KerasNetwork {
  readonly name: string;
  /** "graph": converted for `tf.loadGraphModel`, with one layer of all weights. */
  readonly kind: "sequential" | "functional" | "graph";
  /** In the order of the file. */
  readonly layers: readonly KerasLayer[];
  /** In an order in which they can be computed. */
  readonly calls: readonly KerasCall[];
  readonly inputs: readonly KerasEdge[];
  readonly outputs: readonly KerasEdge[];
  /** Undefined if those of a layer are. */
  readonly parameters: number | undefined;
  readonly trainableParameters: number | undefined;
  /** What is unknown, as sentences. The ledger of such a network says "at least". */
  readonly unknown: readonly string[];
}
