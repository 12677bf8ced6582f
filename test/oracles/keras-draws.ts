import * as fc from "fast-check";
import type { Entry } from "./keras-cases.ts";
import { activations } from "./keras-cases.ts";
import type { LayersModel, TensorFlowLayers } from "./tensorflow-layers.ts";

/** A layer that can be drawn: the name of its factory and its settings, or one of the blocks below. */
type Drawn = Readonly<Record<string, unknown>> & { readonly kind: string };

const units = fc.integer({ min: 1, max: 5 });
const rate = fc.constantFrom(0, 0, 0.3);
const activation = fc.constantFrom(...activations);
const padding = fc.constantFrom("same", "valid");
const dataFormat = fc.constantFrom("channelsLast", "channelsLast", "channelsFirst");
const small = fc.integer({ min: 1, max: 3 });
const kernelSize = fc.oneof(small, fc.tuple(small, small));
const strides = fc.constantFrom(1, 1, 2, 3);
const useBias = fc.boolean();
const merges = ["add", "multiply", "average", "concatenate", "maximum", "minimum"];

const plain = (...kinds: readonly string[]): fc.Arbitrary<Drawn> =>
  fc.record({ kind: fc.constantFrom(...kinds), rate: fc.constant(0.3), stddev: fc.constant(0.1) });

/** Merges a layer's output with that of a dense layer over it. */
const residual: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constant("residual"),
  mode: fc.constantFrom(...merges),
  shared: fc.boolean(),
});

const window = { kernelSize, strides, padding, activation, useBias };

/** Layers over images. */
export const imageLayer: fc.Arbitrary<Drawn> = fc.oneof(
  fc.record({
    kind: fc.constant("conv2d"),
    filters: units,
    ...window,
    dataFormat,
    dilationRate: fc.constantFrom(1, 1, 2),
  }),
  fc.record({ kind: fc.constant("conv2dTranspose"), filters: units, ...window, dataFormat }),
  fc.record({ kind: fc.constant("separableConv2d"), filters: units, ...window }),
  fc.record({ kind: fc.constant("depthwiseConv2d"), depthMultiplier: small, ...window, dataFormat }),
  fc.record({
    kind: fc.constantFrom("maxPooling2d", "averagePooling2d"),
    poolSize: small,
    strides,
    padding,
    dataFormat,
  }),
  fc.record({ kind: fc.constant("upSampling2d"), size: fc.constantFrom([2, 2], [1, 2]), dataFormat }),
  fc.record({
    kind: fc.constant("batchNormalization"),
    axis: fc.constantFrom(-1, -1, 1, 3),
    center: fc.constantFrom(true, true, false),
  }),
  fc.record({ kind: fc.constant("layerNormalization"), axis: fc.constantFrom(-1, 3, [2, 3]) }),
  fc.record({ kind: fc.constant("prelu"), sharedAxes: fc.constantFrom([1, 2], [1], [3]) }),
  fc.record({ kind: fc.constant("softmax"), axis: fc.constantFrom(-1, 3, 1, [1, 2]) }),
  fc.record({ kind: fc.constant("permute"), dims: fc.constantFrom([3, 1, 2], [2, 1, 3]) }),
  fc.record({ kind: fc.constant("nested"), filters: units, times: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant("activation"), activation }),
  plain("leakyReLU", "elu", "thresholdedReLU", "reLU"),
  plain("dropout", "gaussianDropout", "gaussianNoise", "alphaDropout"),
  residual,
);

const cellSettings = { units, dropout: rate, recurrentDropout: rate, useBias, activation };
const recurrent: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constantFrom("simpleRNN", "gru", "lstm"),
  ...cellSettings,
  returnSequences: fc.constant(true),
  goBackwards: fc.boolean(),
});
const cell: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constantFrom("simpleRNNCell", "gruCell", "lstmCell"),
  ...cellSettings,
});

/** Layers over lists of steps. */
export const stepLayer: fc.Arbitrary<Drawn> = fc.oneof(
  recurrent,
  fc.record({
    kind: fc.constant("bidirectional"),
    layer: recurrent,
    mergeMode: fc.constantFrom("concat", "sum", "ave", "mul"),
  }),
  fc.record({ kind: fc.constant("cells"), cells: fc.array(cell, { minLength: 1, maxLength: 2 }) }),
  fc.record({
    kind: fc.constant("timeDistributed"),
    layer: fc.record({ kind: fc.constant("dense"), units, activation }),
  }),
  fc.record({ kind: fc.constant("dense"), units, activation, useBias }),
  fc.record({ kind: fc.constant("conv1d"), filters: units, kernelSize: small, padding: fc.constant("same") }),
  fc.record({ kind: fc.constant("softmax"), axis: fc.constantFrom(-1, 1) }),
  fc.record({ kind: fc.constant("activation"), activation }),
  plain("masking", "maxPooling1d", "batchNormalization", "layerNormalization", "reLU", "prelu"),
  plain("dropout", "spatialDropout1d", "gaussianDropout", "gaussianNoise"),
  residual,
);

interface Symbolic {
  readonly shape: readonly (number | null)[];
}
interface Layer {
  readonly apply: (input: unknown) => unknown;
}

function makeLayer(tf: TensorFlowLayers, name: string, settings: object): Layer {
  const maker = tf.layers[name];
  if (maker === undefined) throw new Error(`TensorFlow.js makes no layer ${name}`);
  return maker(settings);
}

function inner(tf: TensorFlowLayers, given: unknown): Layer {
  const { kind, ...settings } = given as Drawn;
  return makeLayer(tf, kind, settings);
}

/** Blocks of several layers that can be drawn. */
const blocks: Readonly<Record<string, (tf: TensorFlowLayers, x: unknown, drawn: Drawn) => unknown>> = {
  residual: (tf, x, drawn) => {
    const dense = makeLayer(tf, "dense", { units: (x as Symbolic).shape.at(-1) });
    const once = dense.apply(x);
    const other = drawn["shared"] === true ? dense.apply(once) : once;
    return makeLayer(tf, drawn["mode"] as string, {}).apply([x, other]);
  },
  nested: (tf, x, drawn) => {
    const { shape } = x as Symbolic;
    const input = tf.input({ shape: shape.slice(1) });
    const hidden = makeLayer(tf, "conv2d", { filters: drawn["filters"], kernelSize: 1 }).apply(input);
    const outputs = makeLayer(tf, "dense", { units: shape.at(-1) }).apply(hidden);
    const network = tf.model({ inputs: input, outputs }) as unknown as Layer;
    let after = x;
    for (let time = 0; time < Number(drawn["times"]); time++) after = network.apply(after);
    return after;
  },
  cells: (tf, x, drawn) => {
    const cells = (drawn["cells"] as readonly unknown[]).map((cell) => inner(tf, cell));
    const only = cells.length === 1 ? cells[0] : makeLayer(tf, "stackedRNNCells", { cells });
    return makeLayer(tf, "rnn", { returnSequences: true, cell: only }).apply(x);
  },
};

/** Applies a drawn layer to a tensor. */
function put(tf: TensorFlowLayers, x: unknown, drawn: Drawn): unknown {
  const block = blocks[drawn.kind];
  if (block !== undefined) return block(tf, x, drawn);
  const { kind, ...settings } = drawn;
  const layer = settings["layer"] === undefined ? {} : { layer: inner(tf, settings["layer"]) };
  return makeLayer(tf, kind, { ...settings, ...layer }).apply(x);
}

/** Makes a network of an input, drawn layers, and given layers after them; undefined if TensorFlow.js rejects it. */
export function makeDrawnModel(
  tf: TensorFlowLayers,
  input: unknown,
  {
    first,
    drawn,
    last,
  }: { readonly first: readonly Entry[]; readonly drawn: readonly Drawn[]; readonly last: readonly Entry[] },
): LayersModel | undefined {
  const entries = (list: readonly Entry[]): readonly Drawn[] =>
    list.map(([kind, settings]) => ({ kind, ...settings }));
  try {
    let x = input;
    for (const layer of [...entries(first), ...drawn, ...entries(last)]) x = put(tf, x, layer);
    return tf.model({ inputs: input, outputs: x });
  } catch {
    return undefined;
  }
}
