import type { LayerOperation } from "./operation.ts";

/** Sizes of a tensor, outermost first; the batch, always the first, and sizes that vary are undefined. */
export type KerasShape = readonly (number | undefined)[];

/** One weight of a layer, 4 bytes an element in TensorFlow.js. */
export interface KerasWeight {
  /** As Keras names it within its layer: "kernel", "forward/recurrent_kernel". */
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
}

/** What a layer computes. */
export type KerasOperation = LayerOperation<KerasNetwork>;

/** A layer, once however often it is called. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  readonly operation: KerasOperation;
  /** Undefined where the class is not known here and no manifest lists its weights. */
  readonly weights: readonly KerasWeight[] | undefined;
  readonly parameters: number | undefined;
  readonly trainableParameters: number | undefined;
  /** Functions that the layer applies, "linear" left out. */
  readonly activations: readonly string[];
  /** True where a training adds a penalty of its weights or outputs to the loss. */
  readonly regularized: boolean;
}

/** An output of a call that another one reads. */
export interface KerasEdge {
  /** Place in `KerasNetwork.calls`. */
  readonly call: number;
  readonly output: number;
}

/** One use of a layer; a shared layer has several. Shapes are undefined where they could not be told. */
export interface KerasCall {
  /** Place in `KerasNetwork.layers`. */
  readonly layer: number;
  readonly inputs: readonly KerasEdge[];
  readonly inputShapes: readonly (KerasShape | undefined)[];
  readonly outputShapes: readonly (KerasShape | undefined)[];
}

/** A network of Keras or TensorFlow.js as plain data. */
export interface KerasNetwork {
  readonly name: string;
  /** A graph is one converted for `tf.loadGraphModel`: one layer of all weights. */
  readonly kind: "sequential" | "functional" | "graph";
  /** In the order of the file. */
  readonly layers: readonly KerasLayer[];
  /** In an order in which they can be computed. */
  readonly calls: readonly KerasCall[];
  readonly inputs: readonly KerasEdge[];
  readonly outputs: readonly KerasEdge[];
  /** Undefined where a layer's are. */
  readonly parameters: number | undefined;
  readonly trainableParameters: number | undefined;
  /** What could not be told, in words; a ledger of such a network says "at least". */
  readonly unknown: readonly string[];
}
