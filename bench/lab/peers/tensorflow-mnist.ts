import { dense } from "./tensorflow-dense.ts";
import type { Derivatives } from "./tensorflow-dense.ts";
import { digitSize } from "./read-mnist.ts";
import type { Digits } from "./read-mnist.ts";
import type { Core, LayersModel, Tensor, TensorFlow, Variable } from "./tensorflow-types.ts";

/**
 * Ways of training the same network in TensorFlow.js: the layers package's `model.fit` and `model.trainOnBatch`;
 * `optimizer.minimize` (that is `variableGrads`, then `applyGradients`) over operations of the core package; and
 * `minimize` with the derivatives of its dense layers written by hand (see `dense`).
 */
export const mnistWays = ["fit", "trainOnBatch", "minimize", "minimizeByHand"] as const;
export type MnistWay = (typeof mnistWays)[number];

/** A network in training; `train` makes one step for each `batch` examples of an order. */
export interface MnistTrainer {
  readonly train: (order: Uint32Array) => Promise<void>;
  /** Mean cross-entropy, and the share of right answers from 0 to 1. */
  readonly evaluate: (digits: Digits) => { readonly testLoss: number; readonly testAccuracy: number };
  /** Measures the peak bytes of the tensors of one training step. */
  readonly peakBytes: () => Promise<number>;
  readonly dispose: () => void;
}

const classes = 10;
const sizes = [digitSize, 128, 64, classes] as const;
/** The default of Keras and TensorFlow.js, set explicitly so that every way and every peer has the same. */
const epsilon = 1e-7;

/** Copies the chosen images and one-hot labels into tensors of the backend. */
function batchOf(core: Core, digits: Digits, rows: Uint32Array): { input: Tensor; target: Tensor } {
  const images = new Float32Array(rows.length * digitSize);
  const targets = new Float32Array(rows.length * classes);
  rows.forEach((row, index) => {
    images.set(digits.images.subarray(row * digitSize, (row + 1) * digitSize), index * digitSize);
    targets[index * classes + (digits.labels[row] ?? 0)] = 1;
  });
  return {
    input: core.tensor(images, [rows.length, digitSize], "float32"),
    target: core.tensor(targets, [rows.length, classes], "float32"),
  };
}

const rowsFrom = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from }, (_, index) => from + index);

/** Computes loss and accuracy from probabilities, 1,000 images at a time. */
function evaluateWith(
  core: Core,
  digits: Digits,
  probabilities: (input: Tensor) => Tensor,
): ReturnType<MnistTrainer["evaluate"]> {
  let loss = 0;
  let right = 0;
  for (let from = 0; from < digits.count; from += 1000) {
    const rows = rowsFrom(from, Math.min(from + 1000, digits.count));
    const values = core.tidy(() => probabilities(batchOf(core, digits, rows).input).dataSync());
    rows.forEach((row, index) => {
      const answer = values.subarray(index * classes, (index + 1) * classes);
      const label = digits.labels[row] ?? 0;
      loss -= Math.log(Math.max(answer[label] ?? 0, epsilon));
      if (answer.indexOf(Math.max(...answer)) === label) right++;
    });
  }
  return { testLoss: loss / digits.count, testAccuracy: right / digits.count };
}

/** Runs one step per batch of the order; each step's own tensors are freed before the next. */
async function eachBatch(
  core: Core,
  digits: Digits,
  batch: number,
  order: Uint32Array,
  step: (input: Tensor, target: Tensor) => unknown,
): Promise<void> {
  for (let from = 0; from < order.length; from += batch) {
    const { input, target } = batchOf(core, digits, order.subarray(from, from + batch));
    await step(input, target);
    input.dispose();
    target.dispose();
  }
}

function minimizeTrainer(
  { core }: TensorFlow,
  digits: Digits,
  batch: number,
  derivatives: Derivatives,
): MnistTrainer {
  const variables: Variable[] = [];
  const layers = sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index] ?? 0;
    const limit = Math.sqrt(6 / (inputs + outputs)); // Glorot, as the layers package and Keras begin.
    const weight = core.tidy(() =>
      core.variable(core.randomUniform([inputs, outputs], -limit, limit, "float32", 1 + index)),
    );
    const bias = core.tidy(() => core.variable(core.zeros([outputs])));
    variables.push(weight, bias);
    return { weight, bias };
  });
  const logits = (input: Tensor): Tensor =>
    layers.reduce((value, layer, index) => {
      const activation = index === layers.length - 1 ? "linear" : "relu";
      return dense(core, value, layer, { derivatives, activation, inputIsTrained: index > 0 });
    }, input);
  const optimizer = core.train.adam(0.001, 0.9, 0.999, epsilon);
  const step = (input: Tensor, target: Tensor): void => {
    optimizer.minimize(() => core.losses.softmaxCrossEntropy(target, logits(input)), false, variables);
  };
  return {
    train: (order) => eachBatch(core, digits, batch, order, step),
    evaluate: (test) => evaluateWith(core, test, (input) => core.softmax(logits(input))),
    peakBytes: () => profileStep(core, digits, batch, step),
    dispose: () => {
      for (const variable of variables) variable.dispose();
      optimizer.dispose();
    },
  };
}

async function profileStep(
  core: Core,
  digits: Digits,
  batch: number,
  step: (input: Tensor, target: Tensor) => unknown,
): Promise<number> {
  const { input, target } = batchOf(core, digits, rowsFrom(0, batch));
  const { peakBytes } = await core.profile(() => step(input, target));
  input.dispose();
  target.dispose();
  return peakBytes;
}

/** Makes a model and a function that frees it: a model's `dispose` does not free an optimizer that was passed in. */
function layersModel({ core, layers }: TensorFlow): { model: LayersModel; dispose: () => void } {
  const model = layers.sequential({
    layers: [
      layers.layers.dense({ units: 128, activation: "relu", inputShape: [digitSize] }),
      layers.layers.dense({ units: 64, activation: "relu" }),
      layers.layers.dense({ units: classes, activation: "softmax" }),
    ],
  });
  const optimizer = core.train.adam(0.001, 0.9, 0.999, epsilon);
  // The sparse form of this loss would build the same one-hot rows again in every step.
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
  return {
    model,
    dispose: () => {
      model.dispose();
      optimizer.dispose();
    },
  };
}

function batchTrainer(tensorflow: TensorFlow, digits: Digits, batch: number): MnistTrainer {
  const { core } = tensorflow;
  const { model, dispose } = layersModel(tensorflow);
  const step = (input: Tensor, target: Tensor): Promise<unknown> => model.trainOnBatch(input, target);
  return {
    train: (order) => eachBatch(core, digits, batch, order, step),
    evaluate: (test) => evaluateWith(core, test, (input) => model.predict(input)),
    peakBytes: () => profileStep(core, digits, batch, step),
    dispose,
  };
}

/** Makes a trainer on `fit`, which shuffles and gathers batches itself from a data set in the backend's memory. */
function fitTrainer(tensorflow: TensorFlow, digits: Digits, batch: number): MnistTrainer {
  const { core } = tensorflow;
  const { model, dispose } = layersModel(tensorflow);
  let held: { readonly length: number; readonly input: Tensor; readonly target: Tensor } | undefined;
  const free = (): void => {
    held?.input.dispose();
    held?.target.dispose();
    held = undefined;
  };
  return {
    train: async (order) => {
      if (held?.length !== order.length) {
        free();
        held = { length: order.length, ...batchOf(core, digits, order) };
      }
      const options = {
        batchSize: batch,
        epochs: 1,
        shuffle: true,
        verbose: 0,
        yieldEvery: "never",
      } as const;
      await model.fit(held.input, held.target, options);
    },
    evaluate: (test) => evaluateWith(core, test, (input) => model.predict(input)),
    peakBytes: () => {
      free();
      return profileStep(core, digits, batch, (input, target) => model.trainOnBatch(input, target));
    },
    dispose: () => {
      free();
      dispose();
    },
  };
}

/** Makes a network that is trained in the named way. */
export function mnistTrainer(
  way: MnistWay,
  tensorflow: TensorFlow,
  digits: Digits,
  batch: number,
): MnistTrainer {
  if (way === "fit") return fitTrainer(tensorflow, digits, batch);
  if (way === "trainOnBatch") return batchTrainer(tensorflow, digits, batch);
  return minimizeTrainer(tensorflow, digits, batch, way === "minimize" ? "library" : "transposed");
}
