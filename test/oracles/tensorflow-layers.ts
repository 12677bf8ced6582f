import { createRequire } from "node:module";
import { bytesSource } from "../../src/model/file/source/byte-source.ts";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import type { KerasLoss } from "../../src/model/ledger/keras/losses.ts";
import type { KerasOptimizer } from "../../src/model/ledger/keras/optimizers.ts";
import { simulate } from "../../src/model/ledger/keras/simulate.ts";
import { kerasNetwork } from "../../src/model/description/keras/keras-from-file.ts";
import type { KerasNetwork } from "../../src/model/description/keras/network/keras-network.ts";

/** What is used of TensorFlow.js' layers, which only `npm run bench:install` installs. */
export interface LayersTensor {
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
  dispose: () => void;
}
interface Kernel {
  readonly name: string;
  readonly totalBytesSnapshot: number;
}
export interface LayersModel {
  readonly inputs: readonly LayersTensor[];
  readonly outputs: readonly LayersTensor[];
  readonly layers: readonly { readonly name: string; countParams: () => number }[];
  readonly optimizer: { dispose: () => void; readonly c?: LayersTensor };
  add: (layer: unknown) => void;
  countParams: () => number;
  save: (handler: unknown) => Promise<unknown>;
  compile: (how: unknown) => void;
  predict: (x: unknown, how: unknown) => LayersTensor | readonly LayersTensor[];
  trainOnBatch: (x: unknown, y: unknown) => Promise<unknown>;
  dispose: () => void;
}
interface EngineState {
  readonly tensorInfo: {
    set: (data: object, info: { readonly bytes: number }) => unknown;
    delete: (data: object) => boolean;
  };
  readonly activeProfile: { readonly kernels: Kernel[] };
}
type Make = (settings?: unknown) => { apply: (input: unknown) => unknown };
export interface TensorFlowLayers {
  readonly layers: Readonly<Record<string, Make>>;
  sequential: () => LayersModel;
  input: (how: unknown) => unknown;
  model: (how: unknown) => LayersModel;
  loadLayersModel: (from: unknown) => Promise<LayersModel>;
  readonly core: {
    setBackend: (name: string) => Promise<boolean>;
    memory: () => { readonly numBytes: number };
    profile: (
      run: () => unknown,
    ) => Promise<{ readonly kernels: readonly Kernel[]; readonly peakBytes: number }>;
    ones: (shape: readonly number[], type?: string) => LayersTensor;
    dispose: (held: unknown) => void;
    disposeVariables: () => void;
    readonly io: {
      withSaveHandler: (handler: unknown) => unknown;
      fromMemory: (artifacts: unknown) => unknown;
    };
    readonly train: Readonly<Record<string, (...numbers: readonly number[]) => unknown>>;
    engine: () => { readonly state: EngineState };
  };
}

const require = createRequire(new URL("../../bench/package.json", import.meta.url));

export function loadLayers(): TensorFlowLayers | undefined {
  try {
    require.resolve("@tensorflow/tfjs-layers");
  } catch {
    console.log("model-keras: skipped, TensorFlow.js is not installed (npm run bench:install)");
    return undefined;
  }
  void require("@tensorflow/tfjs-backend-cpu");
  const layers = require("@tensorflow/tfjs-layers") as TensorFlowLayers;
  // The default initializer of recurrent kernels needs operations that these packages do not have.
  const recurrent = ["simpleRNN", "gru", "lstm", "simpleRNNCell", "gruCell", "lstmCell", "convLstm2d"].map(
    (name) => [
      name,
      (settings: object) => layers.layers[name]?.({ recurrentInitializer: "glorotNormal", ...settings }),
    ],
  );
  return {
    ...layers,
    layers: { ...layers.layers, ...(Object.fromEntries(recurrent) as TensorFlowLayers["layers"]) },
    core: require("@tensorflow/tfjs-core") as TensorFlowLayers["core"],
  };
}

/** Saves a model with TensorFlow.js and reads the file with our own reader. */
export async function readSavedModel(
  tf: TensorFlowLayers,
  model: LayersModel,
  openSize?: number,
): Promise<KerasNetwork> {
  let text = "";
  await model.save(
    tf.core.io.withSaveHandler(
      (artifacts: { readonly modelTopology: unknown; readonly weightSpecs: unknown }) => {
        const { modelTopology, weightSpecs } = artifacts;
        text = JSON.stringify({
          modelTopology,
          weightsManifest: [{ paths: ["weights.bin"], weights: weightSpecs }],
        });
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
      },
    ),
  );
  const file = await readModelFile(bytesSource("model.json", new TextEncoder().encode(text)));
  return kerasNetwork(file, openSize === undefined ? {} : { openSize });
}

/** Bytes of the buffers that TensorFlow.js' engine holds, each once: the engine counts them but does not sum their bytes. */
let bufferBytes = 0;

/** Sums up buffers as the engine allocates and frees them. */
export function watchBuffers(tf: TensorFlowLayers): void {
  const { tensorInfo } = tf.core.engine().state;
  const take = tensorInfo.set.bind(tensorInfo);
  const give = tensorInfo.delete.bind(tensorInfo);
  const sizes = new WeakMap<object, number>();
  tensorInfo.set = (data, info) => {
    bufferBytes += info.bytes;
    sizes.set(data, info.bytes);
    return take(data, info);
  };
  tensorInfo.delete = (data) => {
    bufferBytes -= sizes.get(data) ?? 0;
    return give(data);
  };
}

/** Profiles a run and records the buffers' bytes after each operation. */
async function profileRun(
  tf: TensorFlowLayers,
  run: () => unknown,
): Promise<{ readonly bytes: readonly number[]; readonly buffers: readonly number[] }> {
  const buffers: number[] = [];
  const { kernels } = await tf.core.profile(() => {
    const list = tf.core.engine().state.activeProfile.kernels;
    const push = list.push.bind(list);
    list.push = (...items) => {
      buffers.push(bufferBytes);
      return push(...items);
    };
    return run();
  });
  return { bytes: kernels.map((kernel) => kernel.totalBytesSnapshot), buffers };
}

/** What the engine holds before a model is made. */
export interface Start {
  readonly bytes: number;
  readonly buffers: number;
}

export function startOf(tf: TensorFlowLayers): Start {
  return { bytes: tf.core.memory().numBytes, buffers: bufferBytes };
}

const theirLosses: Readonly<Record<KerasLoss, string>> = {
  mean_squared_error: "meanSquaredError",
  mean_absolute_error: "meanAbsoluteError",
  categorical_crossentropy: "categoricalCrossentropy",
  sparse_categorical_crossentropy: "sparseCategoricalCrossentropy",
  binary_crossentropy: "binaryCrossentropy",
};

function fillWithOnes(
  tf: TensorFlowLayers,
  shape: LayersTensor["shape"],
  {
    batch,
    openSize,
    type,
  }: { readonly batch: number; readonly openSize: number; readonly type?: string | undefined },
): LayersTensor {
  return tf.core.ones(
    shape.map((size, axis) => (axis === 0 ? batch : (size ?? openSize))),
    type,
  );
}

/** Bytes after each operation of ours and theirs, counted from before the model was made. */
export interface Compared {
  readonly what: string;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Where our simulation says that TensorFlow.js fails. */
  readonly faults: readonly string[];
}

export interface Compare {
  readonly batch: number;
  readonly predictBatch?: number;
  readonly openSize?: number;
  /** False for a model that is only trained. */
  readonly predict?: boolean;
  readonly optimizers?: readonly KerasOptimizer[];
  readonly loss?: KerasLoss;
}

const single = <Value>(values: readonly Value[]): Value | readonly Value[] =>
  values.length === 1 ? (values[0] as Value) : values;

/** Runs `model.predict` and, for each optimizer, the first training step and the one after it. */
export async function compareRuns(
  tf: TensorFlowLayers,
  model: LayersModel,
  before: Start,
  how: Compare,
): Promise<readonly Compared[]> {
  const { core } = tf;
  const { batch, predictBatch = 32, openSize = 5, loss = "mean_squared_error" } = how;
  const network = await readSavedModel(tf, model, openSize);
  const x = model.inputs.map((input) =>
    fillWithOnes(tf, input.shape, { batch, openSize, type: input.dtype }),
  );
  const found: Compared[] = [];
  const compare = async (
    what: string,
    training: Parameters<typeof simulate>[1]["training"],
    run: () => unknown,
  ): Promise<void> => {
    const { bytes, buffers } = await profileRun(tf, run);
    const ours: number[] = [];
    const ourBuffers: number[] = [];
    const { faults } = simulate(network, { batch, predictBatch, training }, (machine) => {
      ours.push(machine.bytes);
      ourBuffers.push(machine.bufferBytes);
    });
    found.push({ what, ours, theirs: bytes.map((each) => each - before.bytes), faults: [...faults] });
    found.push({
      what: `${what}, buffers`,
      ours: ourBuffers,
      theirs: buffers.map((each) => each - before.buffers),
      faults: [],
    });
  };
  if (how.predict !== false)
    await compare("predict", undefined, () =>
      core.dispose(model.predict(single(x), { batchSize: predictBatch })),
    );
  const sparse = loss === "sparse_categorical_crossentropy";
  for (const optimizer of how.optimizers ?? []) {
    const rule = optimizer === "momentum" ? core.train["momentum"]?.(0.01, 0.9) : optimizer;
    model.compile({ optimizer: rule, loss: theirLosses[loss] });
    const y = model.outputs.map(({ shape }) =>
      fillWithOnes(tf, sparse ? [...shape.slice(0, -1), 1] : shape, { batch, openSize }),
    );
    const losses = y.map(() => loss);
    for (const first of [true, false]) {
      const step = (): unknown => model.trainOnBatch(single(x), single(y));
      await compare(`${optimizer}${first ? ", first step" : ""}`, { optimizer, losses, first }, step);
    }
    core.dispose(y);
    model.optimizer.dispose();
    if (optimizer === "momentum") model.optimizer.c?.dispose();
  }
  core.dispose(x);
  return found;
}
