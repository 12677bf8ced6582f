import type { KerasOperation, KerasShape } from "../network/keras-network.ts";
import { activationOf, axesOf, flagOf, numberOf, partialSizes, sizeOf, valueOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { nonlinear, requireFixedSize, inputOf, other, plain, weight } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";

const same = (input: KerasShape): KerasShape => input;

function readDense(config: LayerConfig): LayerKind {
  const units = sizeOf(config, "units");
  const bias = flagOf(config, "use_bias", true);
  const activation = activationOf(config, "activation");
  return {
    operation: { type: "dense", units, bias, activation },
    activations: nonlinear(activation),
    build: (inputs) => {
      const input = inputOf(config, inputs, 2, 16);
      const width = requireFixedSize(config, input, -1);
      return {
        weights: [weight("kernel", width, units), ...(bias ? [weight("bias", units)] : [])],
        outputs: [[...input.slice(0, -1), units]],
      };
    },
  };
}

function readEmbedding(config: LayerConfig): LayerKind {
  const inputSize = sizeOf(config, "input_dim");
  const width = sizeOf(config, "output_dim");
  return {
    operation: { type: "embedding", inputSize, width, maskZero: flagOf(config, "mask_zero", false) },
    activations: [],
    build: (inputs) => ({
      weights: [weight("embeddings", inputSize, width)],
      outputs: [[...(inputs[0] ?? []), width]],
    }),
  };
}

/** Reads an embedding that is also called in reverse. Only the shape noted after a call shows its direction. */
function readReversible(config: LayerConfig): LayerKind {
  const [size, width] = [sizeOf(config, "input_dim"), sizeOf(config, "output_dim")];
  const tied = flagOf(config, "tie_weights", true);
  return other(
    () => undefined,
    () => [weight("embeddings", size, width), ...(tied ? [] : [weight("reverse_embeddings", width, size)])],
  );
}

function readActivation(config: LayerConfig): LayerKind {
  const activation = activationOf(config, "activation");
  return plain({ type: "activation", activation }, same, nonlinear(activation));
}

function readPrelu(config: LayerConfig): LayerKind {
  const sharedAxes = axesOf(config, "shared_axes", []);
  return {
    operation: { type: "prelu", sharedAxes },
    activations: ["prelu"],
    build: (inputs) => {
      const input = inputs[0] ?? [];
      const sizes = input
        .slice(1)
        .map((_, index) => (sharedAxes.includes(index + 1) ? 1 : requireFixedSize(config, input, index + 1)));
      return { weights: [weight("alpha", ...sizes)], outputs: [input] };
    },
  };
}

type NoiseKind = Extract<KerasOperation, { type: "noise" }>["kind"];

function readNoise(kind: NoiseKind, name = "rate"): ReadKind {
  return (config) => {
    // Keras 1 calls it p.
    const rate = numberOf(config, valueOf(config, name) === undefined ? "p" : name, 0);
    return plain({ type: "noise", kind, rate, noiseShape: partialSizes(config, "noise_shape") }, same);
  };
}

function readSoftmax(config: LayerConfig): LayerKind {
  return plain({ type: "softmax", axes: axesOf(config, "axis", [-1]) }, same, ["softmax"]);
}

/** Dense layers, embeddings, and layers that keep the shape of their input, by class. */
export const simpleKinds: Readonly<Record<string, ReadKind>> = {
  Dense: readDense,
  Embedding: readEmbedding,
  ReversibleEmbedding: readReversible,
  Activation: readActivation,
  ReLU: (config) =>
    plain({ type: "relu", capped: valueOf(config, "max_value") !== undefined }, same, ["relu"]),
  LeakyReLU: () => plain({ type: "leaky-relu" }, same, ["leaky_relu"]),
  ELU: () => plain({ type: "elu" }, same, ["elu"]),
  ThresholdedReLU: () => plain({ type: "thresholded-relu" }, same, ["relu"]),
  Softmax: readSoftmax,
  PReLU: readPrelu,
  Dropout: readNoise("dropout"),
  SpatialDropout1D: readNoise("spatial"),
  SpatialDropout2D: readNoise("spatial"),
  SpatialDropout3D: readNoise("spatial"),
  GaussianNoise: readNoise("gaussian-noise", "stddev"),
  GaussianDropout: readNoise("gaussian-dropout"),
  AlphaDropout: readNoise("alpha"),
  ActivityRegularization: readNoise("none"),
  Masking: () => plain({ type: "masking" }, same),
  Rescaling: () => plain({ type: "rescale" }, same),
  Identity: () => other(same),
};
