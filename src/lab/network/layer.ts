/** Functions that end a layer or are layers of their own. */
export type Activation = "linear" | "relu" | "sigmoid" | "tanh" | "gelu" | "softmax";

/** Turns an input of any shape into one row. */
export interface FlattenLayer {
  readonly type: "flatten";
}

/** y = activation(x W + b) over the last dimension: [..., n] -> [..., units]. */
export interface DenseLayer {
  readonly type: "dense";
  readonly units: number;
  /** Default `linear`. */
  readonly activation?: Activation | undefined;
  /** Default true. */
  readonly useBias?: boolean | undefined;
}

/** Cross-correlation of images: [height, width, channels] -> [out height, out width, filters]. */
export interface Conv2dLayer {
  readonly type: "conv2d";
  readonly filters: number;
  /** Height and width of the kernel, or one number for both. */
  readonly kernelSize: number | readonly [number, number];
  /** Steps between windows, the same in both directions. Default 1. */
  readonly strides?: number | undefined;
  /** `valid` (default): windows are entirely inside the image. `same`: zeros around it, so that strides of 1 keep its size. */
  readonly padding?: "valid" | "same" | undefined;
  readonly activation?: Activation | undefined;
  readonly useBias?: boolean | undefined;
}

/** The largest number of each window of each channel. */
export interface MaxPooling2dLayer {
  readonly type: "maxPooling2d";
  /** Height and width of the windows. Default 2. */
  readonly poolSize?: number | undefined;
  /** Default: the pool size. */
  readonly strides?: number | undefined;
}

/** Mean over all positions: [height, width, channels] or [length, channels] -> [channels]. */
export interface GlobalAveragePoolingLayer {
  readonly type: "globalAveragePooling";
}

/** A learned row for each token id: [length] -> [length, outputDim]. */
export interface EmbeddingLayer {
  readonly type: "embedding";
  /** Number of token ids: 0 to inputDim - 1. */
  readonly inputDim: number;
  readonly outputDim: number;
  /** Adds a learned row for each position. Default false. */
  readonly positions?: boolean | undefined;
  /** Treats id 0 as padding: average pooling skips it and attention ignores it. Default false. */
  readonly maskZero?: boolean | undefined;
}

/** Normalizes each row to mean 0 and deviation 1, then scales and shifts it by learned numbers. */
export interface LayerNormalizationLayer {
  readonly type: "layerNormalization";
  /** Added to the variance. Default 1e-3, as in Keras. */
  readonly epsilon?: number | undefined;
}

/** Self-attention with a projection of its output: [length, width] -> [length, width]. */
export interface MultiHeadAttentionLayer {
  readonly type: "multiHeadAttention";
  /** Divides the width. */
  readonly numHeads: number;
  /** A position attends to itself and to earlier ones only. Default false. */
  readonly causal?: boolean | undefined;
}

/** During training, sets each number to 0 with probability `rate` and scales the others by 1 / (1 - rate). */
export interface DropoutLayer {
  readonly type: "dropout";
  readonly rate: number;
}

/** Adds layers to their input: x + layers(x). They must keep the shape. */
export interface ResidualLayer {
  readonly type: "residual";
  readonly layers: readonly Layer[];
}

/** An activation as a layer of its own. */
export interface ActivationLayer {
  readonly type: "relu" | "sigmoid" | "tanh" | "gelu" | "softmax";
}

/** One layer of a network, as plain data. */
export type Layer =
  | FlattenLayer
  | DenseLayer
  | Conv2dLayer
  | MaxPooling2dLayer
  | GlobalAveragePoolingLayer
  | EmbeddingLayer
  | LayerNormalizationLayer
  | MultiHeadAttentionLayer
  | DropoutLayer
  | ResidualLayer
  | ActivationLayer;

/** The shape of the input, and the layers in order. */
export interface Network {
  readonly input: {
    /** Shape of one example, without the batch: `[28, 28]`, `[128]`. */
    readonly shape: readonly number[];
    /** `int32` for token ids. Default `float32`. */
    readonly type?: "float32" | "int32" | undefined;
  };
  readonly layers: readonly Layer[];
}
