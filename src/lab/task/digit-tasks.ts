import { denoisingSource, noiseFeatures } from "../data/denoising-source.ts";
import type { Mnist } from "../data/mnist.ts";
import { mnistClasses } from "../data/mnist.ts";
import { oneHot } from "../data/one-hot.ts";
import type { LossName } from "../graph/lower-loss.ts";
import type { Network } from "../network/layer.ts";
import { dense, flatten, network } from "../network/layers.ts";
import { encodePng, tileImages } from "../save/png.ts";
import { drawPictures } from "../train/draw.ts";
import type { Trainer } from "../train/trainer.ts";
import type { TrainingTask } from "./training-task.ts";

/** The last layer's activation for each loss. */
const lastActivations = {
  sparseCategoricalCrossentropy: "softmax",
  meanSquaredError: "softmax",
  binaryCrossentropy: "sigmoid",
} as const;

export interface DigitTaskOptions {
  /** Widths of the hidden layers. Default 128 and 64. */
  readonly widths?: readonly number[];
  /** A network in place of dense layers of those widths: input [28, 28], ten outputs. */
  readonly network?: Network | undefined;
  /** Default `sparseCategoricalCrossentropy`. */
  readonly loss?: LossName;
}

/** Makes the worked example: a task that recognizes handwritten digits. */
export function digitTask({ train, test }: Mnist, options: DigitTaskOptions = {}): TrainingTask {
  const { widths = [128, 64], loss = "sparseCategoricalCrossentropy" } = options;
  const hidden = widths.map((units) => dense(units, { activation: "relu" }));
  const last = dense(mnistClasses, { activation: lastActivations[loss] });
  const isSparse = loss === "sparseCategoricalCrossentropy";
  return {
    title: "Handwritten digits",
    network: options.network ?? network({ shape: [28, 28] }, [flatten(), ...hidden, last]),
    loss,
    source: isSparse ? train : oneHot(train, mnistClasses),
    test: isSparse ? test : oneHot(test, mnistClasses),
    validates: false,
    batch: 32,
    epochs: 10,
    learningRate: undefined,
    schedule: "constant",
    warmupSteps: 0,
    metadata: {},
  };
}

const side = 28;
/** Digits in a row and in a column of the sheet. */
const sheetSide = 10;

/** Makes a task in which a small network learns to draw digits; `width` is that of its three hidden layers. */
export function drawingTask(
  { train, test }: Mnist,
  { width, seed }: { readonly width: number; readonly seed: number },
): TrainingTask {
  return {
    title: "A network that draws digits",
    network: network({ shape: [side * side + noiseFeatures + mnistClasses] }, [
      dense(width, { activation: "relu" }),
      dense(width, { activation: "relu" }),
      dense(width, { activation: "relu" }),
      dense(side * side),
    ]),
    loss: "meanSquaredError",
    source: denoisingSource(train, mnistClasses, seed),
    test: denoisingSource(test, mnistClasses, seed + 1),
    validates: false,
    batch: 128,
    epochs: 15,
    learningRate: 0.001,
    schedule: "linear",
    warmupSteps: 0,
    metadata: { classes: String(mnistClasses) },
  };
}

/** Draws a sheet of 10 x 10 digits with a network trained on `drawingTask`, one digit per column. Returns a PNG file. */
export function drawDigitSheet(trainer: Trainer, seed: number): Uint8Array {
  const labels = Array.from({ length: sheetSide * sheetSide }, (_, index) => index % mnistClasses);
  const pictures = drawPictures(trainer, labels, { classes: mnistClasses, seed });
  return encodePng(tileImages(pictures, { width: side, height: side, columns: sheetSide, gap: 4 }));
}
