import type { KerasShape } from "../network/keras-network.ts";
import { flagOf, layerFault, sizeOf, sizesOf, valueOf, wordOf, channelsFirst } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { requireFixedSize, inputOf, other, weight } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";
import { imageShape, windowShape } from "./window-shape.ts";

const modes = ["int", "one_hot", "multi_hot", "count", "tf_idf", "binary"] as const;

/** Replaces the last axis with categories; one-hot encoding does so for each element. */
function encode(
  input: KerasShape,
  mode: string,
  depth: number | undefined,
  each = mode === "one_hot",
): KerasShape {
  if (mode === "int") return input;
  return each && (input.length < 2 || input.at(-1) !== 1)
    ? [...input, depth]
    : [...input.slice(0, -1), depth];
}

function readCategories(config: LayerConfig): LayerKind {
  const tokens = sizeOf(config, "num_tokens");
  const mode = wordOf(config, "output_mode", modes, "multi_hot");
  return other((input) => encode(input, mode, tokens));
}

function readHashing(config: LayerConfig): LayerKind {
  const bins = sizeOf(config, "num_bins");
  const mode = wordOf(config, "output_mode", modes, "int");
  return other((input) => encode(input, mode, bins, false));
}

function readCrossing(config: LayerConfig): LayerKind {
  const bins = sizeOf(config, "num_bins");
  const mode = wordOf(config, "output_mode", modes, "int");
  return other((input) => encode(input, mode, bins));
}

function readDiscretization(config: LayerConfig): LayerKind {
  const edges = valueOf(config, "bin_boundaries");
  const bins = Array.isArray(edges) ? edges.length + 1 : sizeOf(config, "num_bins");
  const mode = wordOf(config, "output_mode", modes, "int");
  // Keras 3 drops the first axis after the batch, even if it is not the last.
  return other((input) =>
    mode === "multi_hot" || mode === "count"
      ? [input[0], ...input.slice(2), bins]
      : encode(input, mode, bins),
  );
}

/** Reads the width of an encoded vocabulary: what it is padded to, or its size if the file has it. */
function readVocabularySize(config: LayerConfig): number | undefined {
  const padded = flagOf(config, "pad_to_max_tokens", false);
  const name = padded ? "max_tokens" : "vocabulary_size";
  return valueOf(config, name) === undefined ? undefined : sizeOf(config, name, undefined, 0);
}

function readLookup(config: LayerConfig): LayerKind {
  const depth = readVocabularySize(config);
  const mode = wordOf(config, "output_mode", modes, "int");
  return other((input) => encode(input, mode, depth));
}

function readVectorization(config: LayerConfig): LayerKind {
  const depth = readVocabularySize(config);
  const mode = wordOf(config, "output_mode", modes, "int");
  const length =
    valueOf(config, "output_sequence_length") === undefined
      ? undefined
      : sizeOf(config, "output_sequence_length");
  return other((input) => (mode === "int" ? [input[0], length] : [input[0], depth]));
}

/** Reads a spectrogram. The coefficients of its transform are weights, trained unless the layer is frozen. */
function readFourier(config: LayerConfig): LayerKind {
  const mode = wordOf(config, "mode", ["log", "magnitude", "psd", "real", "imag", "angle", "stft"], "log");
  const frame = sizeOf(config, "frame_length", 256);
  const step = sizeOf(config, "frame_step", Math.max(1, Math.floor(frame / 2)));
  const length = sizeOf(config, "fft_length", 2 ** Math.ceil(Math.log2(frame)));
  const frequencies = Math.floor(length / 2) + 1;
  const first = channelsFirst(config);
  const settings = {
    rank: 1,
    kernel: [frame],
    strides: [step],
    dilation: [1],
    padding: wordOf(config, "padding", ["valid", "same"], "valid"),
    channelsFirst: first,
  };
  const apart = flagOf(config, "expand_dims", false);
  const kernels = [...(mode === "imag" ? [] : ["real_kernel"]), ...(mode === "real" ? [] : ["imag_kernel"])];
  return other(
    (_, inputs) => {
      const input = inputOf(config, inputs, 3);
      const channels = requireFixedSize(config, input, first ? 1 : -1);
      const each = mode === "stft" ? 2 * frequencies : frequencies;
      const shape = windowShape(config, input, { settings, channels: each * channels });
      const time = shape[first ? 2 : 1];
      if (!apart) return shape;
      return first ? [undefined, channels, time, each] : [undefined, time, each, channels];
    },
    () => kernels.map((name) => weight(name, frame, 1, frequencies)),
  );
}

function readMel(config: LayerConfig): LayerKind {
  const bins = sizeOf(config, "num_mel_bins", 128);
  const stride = sizeOf(config, "sequence_stride", 512);
  return other((_, inputs) => {
    const length = inputOf(config, inputs, 2)[1];
    return [undefined, bins, length === undefined ? undefined : Math.floor((length + stride + 1) / stride)];
  });
}

/** Reads a random crop: images of any size become `height` x `width`. */
function readRandomCrop(config: LayerConfig): LayerKind {
  const size = [sizeOf(config, "height"), sizeOf(config, "width")];
  const first = channelsFirst(config);
  return other((_, inputs) => {
    const input = inputOf(config, inputs, 4);
    return imageShape(size, input.at(first ? 1 : -1), first);
  });
}

/** Reads a layer of Keras 2 that changes the height or width of images at random. */
function readRandomSize(axis: "height" | "width"): ReadKind {
  return (config) => {
    const first = channelsFirst(config);
    return other((_, inputs) => {
      const input = inputOf(config, inputs, 4);
      const at = (axis === "height" ? 1 : 2) + (first ? 1 : 0);
      return input.map((size, index) => (index === at ? undefined : size));
    });
  };
}

/** Reads a pooling to a given size, independent of the input's. */
function readAdaptivePool(rank: number): ReadKind {
  return (config) => {
    const size = sizesOf(config, "output_size", rank);
    const first = channelsFirst(config);
    return other((_, inputs) =>
      imageShape(size, inputOf(config, inputs, rank + 2).at(first ? 1 : -1), first),
    );
  };
}

/** Reads ConvNeXt's scale factors, one for each channel. */
function readLayerScale(config: LayerConfig): LayerKind {
  const width = sizeOf(config, "projection_dim");
  return {
    ...other((input) => input),
    build: (inputs) => {
      const input = inputs[0] ?? [];
      if (input.at(-1) !== width)
        throw layerFault(
          config.file,
          config.layer,
          `projection_dim: got ${width}, allowed: ${input.at(-1) ?? "?"}, the width of its input`,
        );
      return { weights: [weight("gamma", width)], outputs: [input] };
    },
  };
}

/** Layers that change values of images or texts, but neither shapes nor weights. */
const keeping = [
  "AugMix",
  "AutoContrast",
  "ContrastLimitedAdaptiveHistogramEqualization",
  "CustomScaleLayer",
  "CutMix",
  "Equalization",
  "MixUp",
  "RandAugment",
  "RandomBrightness",
  "RandomColorDegeneration",
  "RandomColorJitter",
  "RandomContrast",
  "RandomElasticTransform",
  "RandomErasing",
  "RandomFlip",
  "RandomGaussianBlur",
  "RandomGrayscale",
  "RandomHue",
  "RandomInvert",
  "RandomPerspective",
  "RandomPosterization",
  "RandomRotation",
  "RandomSaturation",
  "RandomSharpness",
  "RandomShear",
  "RandomTranslation",
  "RandomZoom",
  "Solarization",
  "StochasticDepth",
  "UnitNormalization",
] as const;

/** Layers by class that prepare data for a network; TensorFlow.js does not support them. */
export const preprocessingKinds: Readonly<Record<string, ReadKind>> = {
  ...Object.fromEntries(keeping.map((name): [string, ReadKind] => [name, () => other((input) => input)])),
  ...Object.fromEntries(
    [1, 2, 3].flatMap((rank): readonly [string, ReadKind][] => [
      [`AdaptiveAveragePooling${rank}D`, readAdaptivePool(rank)],
      [`AdaptiveMaxPooling${rank}D`, readAdaptivePool(rank)],
    ]),
  ),
  CategoryEncoding: readCategories,
  Hashing: readHashing,
  HashedCrossing: readCrossing,
  Discretization: readDiscretization,
  IntegerLookup: readLookup,
  StringLookup: readLookup,
  TextVectorization: readVectorization,
  STFTSpectrogram: readFourier,
  MelSpectrogram: readMel,
  RandomCrop: readRandomCrop,
  RandomHeight: readRandomSize("height"),
  RandomWidth: readRandomSize("width"),
  // It has no weights. Its shape is known if a later layer notes it.
  Lambda: () => other(() => undefined),
  LayerScale: readLayerScale,
};
