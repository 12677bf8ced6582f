import type { KerasShape, KerasWeight } from "../network/keras-network.ts";
import {
  activationOf,
  channelsFirst,
  flagOf,
  layerFault,
  numberOf,
  sizeOf,
  sizesOf,
  valueOf,
  wordOf,
} from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { nonlinear, requireFixedSize, inputOf, weight } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";
import type { ConvolutionSettings, WindowSettings } from "../network/operation.ts";
import { readSequence } from "./read-recurrent.ts";
import { windowShape } from "./window-shape.ts";

function ones(rank: number): readonly number[] {
  return Array.from({ length: rank }, () => 1);
}

function readWindow(config: LayerConfig, rank: number): WindowSettings {
  return {
    rank,
    kernel: sizesOf(config, "kernel_size", rank),
    strides: sizesOf(config, "strides", rank, ones(rank)),
    dilation: sizesOf(config, "dilation_rate", rank, ones(rank)),
    padding: wordOf(config, "padding", ["valid", "same", "causal"], "valid"),
    channelsFirst: channelsFirst(config),
  };
}

/** Reads how much a transposed convolution adds at the end: one number, or one for each axis. */
function readOutputPadding(config: LayerConfig, rank: number): readonly number[] | undefined {
  const given = valueOf(config, "output_padding");
  if (given === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(given) ? given : Array.from({ length: rank }, () => given);
  if (
    list.length === rank &&
    list.every((size) => Number.isInteger(size) && Number(size) >= 0 && Number(size) < 2 ** 31)
  )
    return list as readonly number[];
  throw layerFault(config.file, config.layer, `output_padding must be ${rank} whole numbers from 0`);
}

function readConvolution(config: LayerConfig, rank: number, filters: number): ConvolutionSettings {
  return {
    ...readWindow(config, rank),
    filters,
    groups: sizeOf(config, "groups", 1),
    multiplier: sizeOf(config, "depth_multiplier", 1),
    bias: flagOf(config, "use_bias", true),
    activation: activationOf(config, "activation"),
  };
}

function channelsOf(
  config: LayerConfig,
  inputs: readonly KerasShape[],
  rank: number,
  first: boolean,
): number {
  return requireFixedSize(config, inputOf(config, inputs, rank + 2), first ? 1 : -1);
}

function withBias(
  settings: ConvolutionSettings,
  weights: readonly KerasWeight[],
  size: number,
): readonly KerasWeight[] {
  return settings.bias ? [...weights, weight("bias", size)] : weights;
}

function readConv(rank: number, transposed: boolean): ReadKind {
  return (config): LayerKind => {
    const read = readConvolution(config, rank, sizeOf(config, "filters"));
    const settings = transposed ? { ...read, outputPadding: readOutputPadding(config, rank) } : read;
    const { filters, kernel, groups } = settings;
    return {
      operation: { type: transposed ? "conv-transpose" : "conv", ...settings },
      activations: nonlinear(settings.activation),
      build: (inputs) => {
        const channels = channelsOf(config, inputs, rank, settings.channelsFirst);
        if (channels % groups !== 0 || filters % groups !== 0)
          throw layerFault(
            config.file,
            config.layer,
            `${channels} channels and ${filters} filters are not divisible into ${groups} groups`,
          );
        const shape = transposed ? [filters, channels] : [channels / groups, filters];
        return {
          weights: withBias(settings, [weight("kernel", ...kernel, ...shape)], filters),
          outputs: [windowShape(config, inputs[0] ?? [], { settings, channels: filters, transposed })],
        };
      },
    };
  };
}

function readDepthwise(rank: number): ReadKind {
  return (config): LayerKind => {
    const settings = readConvolution(config, rank, 1);
    return {
      operation: { type: "depthwise", ...settings },
      activations: nonlinear(settings.activation),
      build: (inputs) => {
        const channels = channelsOf(config, inputs, rank, settings.channelsFirst);
        const filters = channels * settings.multiplier;
        return {
          weights: withBias(
            settings,
            [weight("depthwise_kernel", ...settings.kernel, channels, settings.multiplier)],
            filters,
          ),
          outputs: [windowShape(config, inputs[0] ?? [], { settings, channels: filters })],
        };
      },
    };
  };
}

function readSeparable(rank: number): ReadKind {
  return (config): LayerKind => {
    const settings = readConvolution(config, rank, sizeOf(config, "filters"));
    const { filters, multiplier } = settings;
    return {
      operation: { type: "separable", ...settings },
      activations: nonlinear(settings.activation),
      build: (inputs) => {
        const channels = channelsOf(config, inputs, rank, settings.channelsFirst);
        return {
          weights: withBias(
            settings,
            [
              weight("depthwise_kernel", ...settings.kernel, channels, multiplier),
              weight("pointwise_kernel", ...ones(rank), channels * multiplier, filters),
            ],
            filters,
          ),
          outputs: [windowShape(config, inputs[0] ?? [], { settings, channels: filters })],
        };
      },
    };
  };
}

/** Reads a convolution over time, the second axis: each step convolves its input and the output of the step before. */
function readConvLstm(rank: number): ReadKind {
  return (config): LayerKind => {
    const settings = readConvolution(config, rank, sizeOf(config, "filters"));
    const sequence = readSequence(config);
    const activation = activationOf(config, "activation", "tanh");
    const recurrentActivation = activationOf(config, "recurrent_activation", "hard_sigmoid");
    const { filters, kernel } = settings;
    const [dropout, recurrentDropout] = [
      numberOf(config, "dropout", 0),
      numberOf(config, "recurrent_dropout", 0),
    ];
    const cell = { activation, recurrentActivation, dropout, recurrentDropout };
    return {
      operation: { type: "conv-lstm", ...settings, ...sequence, ...cell },
      activations: nonlinear(activation, recurrentActivation),
      build: (inputs) => {
        const input = inputOf(config, inputs, rank + 3);
        const step = [input[0], ...input.slice(2)];
        const channels = requireFixedSize(config, step, settings.channelsFirst ? 1 : -1);
        const state = windowShape(config, step, { settings, channels: filters });
        const output = sequence.sequences ? [undefined, input[1], ...state.slice(1)] : state;
        return {
          weights: withBias(
            settings,
            [
              weight("kernel", ...kernel, channels, 4 * filters),
              weight("recurrent_kernel", ...kernel, filters, 4 * filters),
            ],
            4 * filters,
          ),
          outputs: sequence.states ? [output, state, state] : [output],
        };
      },
    };
  };
}

const convolutions: Readonly<Record<string, ReadKind>> = {
  Conv1D: readConv(1, false),
  Conv2D: readConv(2, false),
  Conv3D: readConv(3, false),
  Conv1DTranspose: readConv(1, true),
  Conv2DTranspose: readConv(2, true),
  Conv3DTranspose: readConv(3, true),
  DepthwiseConv1D: readDepthwise(1),
  DepthwiseConv2D: readDepthwise(2),
  SeparableConv1D: readSeparable(1),
  SeparableConv2D: readSeparable(2),
  ConvLSTM1D: readConvLstm(1),
  ConvLSTM2D: readConvLstm(2),
  ConvLSTM3D: readConvLstm(3),
};

/** Convolutions by class. Names such as "Convolution2D" are aliases in Keras. */
export const convolutionKinds: Readonly<Record<string, ReadKind>> = {
  ...convolutions,
  ...Object.fromEntries(
    Object.entries(convolutions).map(([name, read]) => [name.replace(/Conv(?=\dD)/u, "Convolution"), read]),
  ),
};
