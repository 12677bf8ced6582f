import { createRequire } from "node:module";
import { afterAll, describe, expect, test } from "vitest";
import type { Layer, LossName, Network } from "../../src/lab/index.ts";
import {
  activation,
  compile,
  conv2d,
  createTrainer,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling,
  layerNormalization,
  maxPooling2d,
  network,
  residual,
} from "../../src/lab/index.ts";
import type { LayersModelFiles } from "../../src/lab/save/tensorflow-js.ts";
import { exportLayersModel } from "../../src/lab/save/tensorflow-js.ts";

/** What is used of TensorFlow.js, which only `npm run bench:install` installs. */
interface Tensor {
  readonly shape: readonly number[];
  dataSync: () => Float32Array;
}
interface Core {
  setBackend: (name: string) => Promise<boolean>;
  getBackend: () => string;
  tensor: (values: Float32Array | Int32Array, shape: readonly number[], type: string) => Tensor;
  disposeVariables: () => void;
  readonly io: {
    getModelArtifactsForJSON: (
      json: unknown,
      load: (manifest: unknown) => Promise<readonly [unknown, ArrayBufferLike]>,
    ) => Promise<unknown>;
    getWeightSpecs: (manifest: unknown) => unknown;
  };
}
interface Model {
  readonly getClassName: () => string;
  predict: (input: Tensor) => Tensor;
}
interface Layers {
  loadLayersModel: (handler: { readonly load: () => Promise<unknown> }) => Promise<Model>;
}

const require = createRequire(new URL("../../bench/package.json", import.meta.url));

function load(): { readonly core: Core; readonly layers: Layers } | undefined {
  try {
    require.resolve("@tensorflow/tfjs-layers");
  } catch {
    return undefined;
  }
  // The plain backend has every operation, written for clarity and not for speed.
  void require("@tensorflow/tfjs-backend-cpu");
  return {
    core: require("@tensorflow/tfjs-core") as Core,
    layers: require("@tensorflow/tfjs-layers") as Layers,
  };
}

const tensorflow = load();
if (tensorflow === undefined) {
  console.log("tensorflow-js-export: skipped, TensorFlow.js is not installed (npm run bench:install)");
}

/** Returns a generator of numbers from -1 to 1, the same at every run (Marsaglia's xorshift32). */
function createNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 0x80000000;
  };
}

const samples = 6;

interface Answer {
  readonly files: LayersModelFiles;
  readonly input: Float32Array | Int32Array;
  readonly output: Float32Array;
}

/** Returns a network with random parameters, including biases and scales: its export, inputs, and the outputs of our forward pass. */
async function answer(given: Network, loss: LossName): Promise<Answer> {
  const program = compile(given, { loss, batch: samples, threads: 1 });
  const trainer = createTrainer(program);
  const next = createNumbers(12_345);
  const { graph } = program;
  const parameters = graph.parameters.map(({ name, shape, tensor }) => {
    const data = trainer.viewOf(tensor);
    const spread =
      name.endsWith(".gamma") || name.endsWith(".bias") || name.endsWith(".beta") ? 1 : undefined;
    for (let at = 0; at < data.length; at++)
      data[at] = spread === undefined ? (data[at] ?? 0) + next() / 8 : next();
    return { name, shape, data: data.slice() };
  });
  const count = samples * given.input.shape.reduce((product, each) => product * each, 1);
  const { float32, int32 } = trainer.inputView;
  const embedded = given.layers[0];
  if (embedded?.type === "embedding") {
    for (let at = 0; at < count; at++) int32[at] = Math.floor(((next() + 1) / 2) * embedded.inputDim);
    // The first sample is only padding, the second ends with padding.
    int32.fill(0, 0, count / samples);
    int32.fill(0, Math.floor((count / samples) * 1.5), (2 * count) / samples);
  } else {
    for (let at = 0; at < count; at++) float32[at] = next();
  }
  const input = (embedded?.type === "embedding" ? int32 : float32).slice(0, count);
  const rows = graph.tensors[graph.output]?.elements ?? 0;
  const output = trainer.predict(samples).slice(0, samples * rows);
  await trainer.close();
  return { files: exportLayersModel({ network: given, parameters, loss }), input, output };
}

async function open(
  { core, layers }: { core: Core; layers: Layers },
  files: LayersModelFiles,
): Promise<Model> {
  await core.setBackend("cpu");
  expect(core.getBackend()).toBe("cpu");
  const json: unknown = JSON.parse(files["model.json"]);
  return await layers.loadLayersModel({
    load: () =>
      core.io.getModelArtifactsForJSON(json, (manifest) =>
        Promise.resolve([core.io.getWeightSpecs(manifest), files["weights.bin"].slice().buffer]),
      ),
  });
}

const image = (...layers: readonly Layer[]): Network => network({ shape: [11, 9] }, layers);
const colours = (...layers: readonly Layer[]): Network => network({ shape: [8, 10, 3] }, layers);
const words = (...layers: readonly Layer[]): Network => network({ shape: [12], type: "int32" }, layers);
const numbers = (...layers: readonly Layer[]): Network => network({ shape: [10] }, layers);

const cases: readonly (readonly [string, Network, LossName, string])[] = [
  [
    "dense, all activations",
    image(
      flatten(),
      dense(33, { activation: "relu" }),
      dense(17, { activation: "gelu", useBias: false }),
      dropout(0.5),
      layerNormalization(),
      dense(16, { activation: "tanh" }),
      dense(15, { activation: "sigmoid" }),
      dense(14, { activation: "softmax" }),
      activation("gelu"),
      activation("tanh"),
      activation("relu"),
      dense(5, { activation: "softmax" }),
    ),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  ["flatten of what is flat", numbers(flatten(), dense(4)), "meanSquaredError", "Sequential"],
  [
    "numbers out",
    numbers(dense(7, { activation: "relu" }), layerNormalization({ epsilon: 0.1 }), dense(3)),
    "meanSquaredError",
    "Sequential",
  ],
  [
    "logits that the loss makes probabilities of",
    numbers(dense(4)),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  [
    "a softmax of its own at the end",
    numbers(dense(4), activation("softmax")),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  ["a logit that the loss makes a probability of", numbers(dense(1)), "binaryCrossentropy", "Sequential"],
  ["a sigmoid at the end", numbers(dense(2, { activation: "sigmoid" })), "binaryCrossentropy", "Sequential"],
  [
    "a softmax that is not the loss's",
    numbers(dense(4, { activation: "softmax" })),
    "meanSquaredError",
    "Sequential",
  ],
  [
    "convolution of grey images",
    image(
      conv2d(5, 3, { activation: "relu", padding: "same" }),
      maxPooling2d(),
      conv2d(6, [2, 3], { activation: "gelu", strides: 2 }),
      globalAveragePooling(),
      dense(4, { activation: "softmax" }),
    ),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  [
    "convolution of colour images",
    colours(
      conv2d(4, 3, { padding: "same", strides: 2, useBias: false }),
      activation("relu"),
      layerNormalization(),
      dense(6, { activation: "tanh" }),
      maxPooling2d({ poolSize: 3, strides: 1 }),
      flatten(),
      dense(3),
    ),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  [
    "pooling of a grey image first",
    image(maxPooling2d({ poolSize: 4 }), flatten(), dense(3)),
    "meanSquaredError",
    "Sequential",
  ],
  ["average of rows", image(globalAveragePooling(), dense(3)), "meanSquaredError", "Sequential"],
  [
    "embedding and average",
    words(embedding(20, 8), globalAveragePooling(), dense(3)),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  [
    "embedding and average without padding",
    words(embedding(20, 8, { maskZero: true }), globalAveragePooling(), dense(3)),
    "sparseCategoricalCrossentropy",
    "Model",
  ],
  [
    "padding remembered through layers",
    words(
      embedding(20, 8, { maskZero: true }),
      residual([layerNormalization(), dense(8, { activation: "gelu" }), dropout(0.1)]),
      activation("tanh"),
      dense(5),
      globalAveragePooling(),
      dense(2, { activation: "softmax" }),
    ),
    "sparseCategoricalCrossentropy",
    "Model",
  ],
  [
    "padding forgotten by flatten",
    words(embedding(20, 4, { maskZero: true }), flatten(), dense(2)),
    "meanSquaredError",
    "Sequential",
  ],
  [
    "an answer for each word",
    words(embedding(20, 4, { maskZero: true }), dense(6, { activation: "relu" }), dense(3)),
    "sparseCategoricalCrossentropy",
    "Sequential",
  ],
  [
    "residual convolutions, one in another",
    colours(
      conv2d(4, 1),
      residual([
        conv2d(4, 3, { padding: "same", activation: "relu" }),
        residual([layerNormalization(), conv2d(4, 3, { padding: "same" })]),
      ]),
      residual([activation("gelu")]),
      globalAveragePooling(),
      dense(3, { activation: "softmax" }),
    ),
    "sparseCategoricalCrossentropy",
    "Model",
  ],
  [
    "a residual first and last",
    numbers(residual([dense(10, { activation: "tanh" })])),
    "meanSquaredError",
    "Model",
  ],
];

describe.skipIf(tensorflow === undefined)("exportLayersModel, opened by TensorFlow.js", () => {
  afterAll(() => tensorflow?.core.disposeVariables());

  test.each(cases)("%s", async (_what, given, loss, className) => {
    if (tensorflow === undefined) return;
    const { files, input, output } = await answer(given, loss);
    const model = await open(tensorflow, files);
    expect(model.getClassName()).toBe(className);
    const { shape, type = "float32" } = given.input;
    const got = model.predict(tensorflow.core.tensor(input, [samples, ...shape], type)).dataSync();
    expect(got.length).toBe(output.length);
    // Outputs are about 1 in size; above 1 the relative difference counts.
    const differences = output.map(
      (each, at) => Math.abs(each - (got[at] ?? NaN)) / Math.max(1, Math.abs(each)),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-5);
    // Equal outputs for all samples would hide a fault in an earlier layer.
    expect(new Set(output.slice(0, 2 * (output.length / samples))).size).toBeGreaterThan(1);
  });
});
