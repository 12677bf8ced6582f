import { axesOf, axisOf, flagOf, valueOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { axisFrom, requireFixedSize, other, state, weight } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";
import type { KerasWeight } from "../network/keras-network.ts";

function scaleAndOffset(config: LayerConfig, shape: readonly number[]): readonly KerasWeight[] {
  return [
    ...(flagOf(config, "scale", true) ? [weight("gamma", ...shape)] : []),
    ...(flagOf(config, "center", true) ? [weight("beta", ...shape)] : []),
  ];
}

/** Reads a batch normalization. Keras 2 writes its axis as a list of one. */
function readBatchNormalization(config: LayerConfig): LayerKind {
  const axis = axesOf(config, "axis", [-1])[0] ?? -1;
  const renorm = flagOf(config, "renorm", false);
  const center = flagOf(config, "center", true);
  const scale = flagOf(config, "scale", true);
  return {
    operation: { type: "batch-norm", axis, center, scale },
    activations: [],
    build: (inputs) => {
      const input = inputs[0] ?? [];
      const size = requireFixedSize(config, input, axisFrom(config, axis, input.length));
      return {
        weights: [
          ...scaleAndOffset(config, [size]),
          state("moving_mean", size),
          state("moving_variance", size),
          ...(renorm
            ? ["moving_stddev", "renorm_mean", "renorm_stddev"].map((name) => state(name, size))
            : []),
        ],
        outputs: [input],
      };
    },
  };
}

function readLayerNormalization(config: LayerConfig): LayerKind {
  const axes = axesOf(config, "axis", [-1]);
  return {
    operation: {
      type: "layer-norm",
      axes,
      center: flagOf(config, "center", true),
      scale: flagOf(config, "scale", true),
    },
    activations: [],
    build: (inputs) => {
      const input = inputs[0] ?? [];
      const shape = axes.map((axis) => requireFixedSize(config, input, axisFrom(config, axis, input.length)));
      return { weights: scaleAndOffset(config, shape), outputs: [input] };
    },
  };
}

function readRmsNormalization(config: LayerConfig): LayerKind {
  const axes = axesOf(config, "axis", [-1]);
  return other(
    (input) => input,
    (input) => [
      weight(
        "scale",
        ...axes.map((axis) => requireFixedSize(config, input, axisFrom(config, axis, input.length))),
      ),
    ],
  );
}

function readGroupNormalization(config: LayerConfig): LayerKind {
  const axis = axisOf(config, "axis", -1);
  return {
    operation: {
      type: "group-norm",
      axis,
      center: flagOf(config, "center", true),
      scale: flagOf(config, "scale", true),
    },
    activations: [],
    build: (inputs) => {
      const input = inputs[0] ?? [];
      const size = requireFixedSize(config, input, axisFrom(config, axis, input.length));
      return { weights: scaleAndOffset(config, [size]), outputs: [input] };
    },
  };
}

/** Reads a normalization of inputs. Means and variances are stored, unless they are settings. */
function readNormalization(config: LayerConfig): LayerKind {
  const stored = valueOf(config, "mean") === undefined;
  const given = valueOf(config, "axis");
  const axes = given === undefined && "axis" in config.values ? [] : axesOf(config, "axis", [-1]);
  return {
    operation: { type: "normalization", axes, stored },
    activations: [],
    build: (inputs) => {
      const input = inputs[0] ?? [];
      const shape = axes.map((axis) => requireFixedSize(config, input, axisFrom(config, axis, input.length)));
      const weights = [state("mean", ...shape), state("variance", ...shape), state("count")];
      return { weights: stored ? weights : [], outputs: [input] };
    },
  };
}

/** Normalization layers by class. */
export const normalizationKinds: Readonly<Record<string, ReadKind>> = {
  BatchNormalization: readBatchNormalization,
  BatchNormalizationV1: readBatchNormalization,
  LayerNormalization: readLayerNormalization,
  RMSNormalization: readRmsNormalization,
  GroupNormalization: readGroupNormalization,
  Normalization: readNormalization,
};
