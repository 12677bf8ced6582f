/** Settings of convolutions and pooling. Sizes have one entry for each of 1 to 3 axes. */
export interface WindowSettings {
  readonly rank: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: "valid" | "same" | "causal";
  readonly channelsFirst: boolean;
  /** Transposed convolutions: elements added at the end; undefined if they follow from the stride. */
  readonly outputPadding?: readonly number[] | undefined;
}

/** Settings of a convolution of one of four kinds. */
export interface ConvolutionSettings extends WindowSettings {
  readonly filters: number;
  readonly groups: number;
  readonly multiplier: number;
  readonly bias: boolean;
  readonly activation: string;
}

/** A cell of a recurrent layer. */
export interface RecurrentCell {
  readonly kind: "simple" | "gru" | "lstm";
  readonly units: number;
  readonly bias: boolean;
  readonly activation: string;
  readonly recurrentActivation: string;
  /** GRU of Keras 2 with two biases. TensorFlow.js does not support it. */
  readonly resetAfter: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
}

/** How a recurrent layer runs its cells. */
export interface SequenceSettings {
  readonly sequences: boolean;
  readonly states: boolean;
  readonly backwards: boolean;
  readonly stateful: boolean;
}

/** A recurrent layer; `cells` has several if they are stacked. */
export interface RecurrentOperation extends SequenceSettings {
  readonly type: "recurrent";
  readonly cells: readonly RecurrentCell[];
  /** True for cells passed to the layer: TensorFlow.js makes their dropout masks once and keeps them. */
  readonly keepsDropout: boolean;
}

/** What a layer computes, with its settings checked. `Network` is the type of networks in place of a layer. */
export type LayerOperation<Network> =
  | { readonly type: "input"; readonly dtype: string }
  | { readonly type: "dense"; readonly units: number; readonly bias: boolean; readonly activation: string }
  | ({ readonly type: "conv" | "conv-transpose" | "depthwise" | "separable" } & ConvolutionSettings)
  | {
      readonly type: "embedding";
      readonly inputSize: number;
      readonly width: number;
      readonly maskZero: boolean;
    }
  | RecurrentOperation
  | ({ readonly type: "conv-lstm" } & ConvolutionSettings &
      SequenceSettings & {
        readonly recurrentActivation: string;
        readonly dropout: number;
        readonly recurrentDropout: number;
      })
  | {
      readonly type: "bidirectional";
      readonly forward: LayerOperation<Network>;
      readonly backward: LayerOperation<Network>;
      readonly merge: "concat" | "sum" | "ave" | "mul" | undefined;
    }
  | { readonly type: "time-distributed"; readonly layer: LayerOperation<Network> }
  | { readonly type: "batch-norm"; readonly axis: number; readonly center: boolean; readonly scale: boolean }
  | {
      readonly type: "layer-norm";
      readonly axes: readonly number[];
      readonly center: boolean;
      readonly scale: boolean;
    }
  | { readonly type: "group-norm"; readonly axis: number; readonly center: boolean; readonly scale: boolean }
  | { readonly type: "activation"; readonly activation: string }
  | { readonly type: "relu"; readonly capped: boolean }
  | { readonly type: "leaky-relu" | "elu" | "thresholded-relu" }
  | { readonly type: "softmax"; readonly axes: readonly number[] }
  | { readonly type: "prelu"; readonly sharedAxes: readonly number[] }
  | {
      readonly type: "noise";
      readonly kind: "dropout" | "spatial" | "gaussian-noise" | "gaussian-dropout" | "alpha" | "none";
      readonly rate: number;
      readonly noiseShape: readonly (number | undefined)[] | undefined;
    }
  | { readonly type: "flatten"; readonly channelsFirst: boolean }
  | { readonly type: "reshape"; readonly target: readonly number[] }
  | { readonly type: "permute"; readonly axes: readonly number[] }
  | { readonly type: "repeat"; readonly count: number }
  | { readonly type: "masking" }
  | {
      readonly type: "crop" | "pad";
      readonly amounts: readonly (readonly [number, number])[];
      readonly channelsFirst: boolean;
    }
  | {
      readonly type: "upsample";
      readonly factors: readonly number[];
      readonly channelsFirst: boolean;
      readonly nearest: boolean;
    }
  | ({ readonly type: "pool"; readonly mode: "max" | "average" } & WindowSettings)
  | {
      readonly type: "global-pool";
      readonly mode: "max" | "average";
      readonly rank: number;
      readonly keep: boolean;
      readonly channelsFirst: boolean;
    }
  | {
      readonly type: "merge";
      readonly mode: "add" | "multiply" | "average" | "maximum" | "minimum" | "subtract";
    }
  | { readonly type: "concatenate"; readonly axis: number }
  | { readonly type: "dot"; readonly axes: readonly [number, number]; readonly normalize: boolean }
  | {
      readonly type: "attention";
      readonly heads: number;
      readonly keyWidth: number;
      readonly valueWidth: number;
    }
  /** A product with a kernel. Axes are letters; those of the kernel name its sizes in order. */
  | { readonly type: "einsum"; readonly inputAxes: string; readonly kernelAxes: string }
  | { readonly type: "rescale" }
  | { readonly type: "normalization"; readonly axes: readonly number[]; readonly stored: boolean }
  | { readonly type: "resize"; readonly height: number; readonly width: number; readonly nearest: boolean }
  | { readonly type: "center-crop"; readonly height: number; readonly width: number }
  | { readonly type: "network"; readonly network: Network }
  /** Its weights and shapes are known; its computation is not followed. */
  | { readonly type: "other" }
  /** `reason`: why a layer of a known class is unknown. */
  | { readonly type: "unknown"; readonly reason?: string | undefined };
