import { requireInteger } from "../../shared/options.ts";
import { gaussianPair, mixAt, noiseFeatures, writeConditions } from "../data/denoising-source.ts";
import { createRandom } from "../random.ts";
import type { Trainer } from "./trainer.ts";

function normalNumbers(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const numbers = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const [first, second] = gaussianPair(random.nextFraction(), random.nextFraction());
    numbers[at] = first;
    if (at + 1 < count) numbers[at + 1] = second;
  }
  return numbers;
}

/**
 * Steps from a time to an earlier one: keeps the picture that the network predicts and what remains of the noise (Song and others
 * 2021).
 */
function stepBack(x: Float32Array, predicted: Float32Array, from: number, to: number): void {
  const now = mixAt(from);
  const then = mixAt(to);
  for (let at = 0; at < x.length; at++) {
    const picture = Math.min(1, Math.max(-1, predicted[at] ?? 0));
    const noise = ((x[at] ?? 0) - now.picture * picture) / now.noise;
    x[at] = then.picture * picture + then.noise * noise;
  }
}

/**
 * Draws a picture for each label with a network trained on a `denoisingSource`, as bytes 0 to 255. Starts from noise and removes it
 * in `steps` steps (default 60). Errors: `invalid-option`.
 */
export function drawPictures(
  trainer: Trainer,
  labels: readonly number[],
  options: { readonly classes: number; readonly seed?: number; readonly steps?: number },
): readonly Uint8Array[] {
  const { microBatch, network } = trainer.program;
  const { classes } = options;
  const steps = requireInteger("steps", options.steps ?? 60, 1, 10_000);
  const width = network.input.shape[0] ?? 0;
  const pixels = width - noiseFeatures - classes;
  const x = normalNumbers(labels.length * pixels, options.seed ?? 1);
  const predicted = new Float32Array(x.length);
  for (let step = steps; step > 0; step--) {
    const time = step / steps;
    for (let first = 0; first < labels.length; first += microBatch) {
      const size = Math.min(microBatch, labels.length - first);
      const input = trainer.inputView.float32;
      for (let row = 0; row < size; row++) {
        const from = (first + row) * pixels;
        input.set(x.subarray(from, from + pixels), row * width);
        writeConditions(input, row * width + pixels, { time, label: labels[first + row] ?? 0, classes });
      }
      predicted.set(trainer.predict(size).subarray(0, size * pixels), first * pixels);
    }
    stepBack(x, predicted, time, (step - 1) / steps);
  }
  return labels.map((_, index) =>
    Uint8Array.from(x.subarray(index * pixels, (index + 1) * pixels), (value) =>
      Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 255),
    ),
  );
}
