import { createRandom, mixSeed } from "../random.ts";
import type { BatchSource, BatchView } from "./batch-source.ts";

/** Count of inputs that encode how much noise there is. */
export const noiseFeatures = 16;

/**
 * Returns the shares of picture and noise at a time from 0 (the picture) to 1 (noise): a quarter circle, which keeps the variance
 * constant (Salimans and Ho 2022).
 */
export function mixAt(time: number): { readonly picture: number; readonly noise: number } {
  return { picture: Math.cos((Math.PI / 2) * time), noise: Math.sin((Math.PI / 2) * time) };
}

/** Writes the inputs that follow the picture: waves of the time, and the class as a one-hot row. */
export function writeConditions(
  to: Float32Array,
  at: number,
  { time, label, classes }: { readonly time: number; readonly label: number; readonly classes: number },
): void {
  for (let wave = 0; wave < noiseFeatures / 2; wave++) {
    const angle = Math.PI * 2 ** (wave - 1) * time;
    to[at + 2 * wave] = Math.sin(angle);
    to[at + 2 * wave + 1] = Math.cos(angle);
  }
  to.fill(0, at + noiseFeatures, at + noiseFeatures + classes);
  to[at + noiseFeatures + label] = 1;
}

/** Turns two uniform numbers from 0 to 1 into two of the normal distribution (Box and Muller 1958). */
export function gaussianPair(first: number, second: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - first));
  const angle = 2 * Math.PI * second;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/**
 * Makes a source of pictures with noise, from which a network learns to predict the picture: input [pixels + noiseFeatures + classes], target
 * [pixels], both from -1 to 1. The noise only depends on the seed, the epoch and the picture's number. `source` has pictures of
 * numbers from 0 to 1, with a label each.
 */
export function denoisingSource(source: BatchSource, classes: number, seed: number): BatchSource {
  const pixels = source.input.shape.reduce((product, side) => product * side, 1);
  const width = pixels + noiseFeatures + classes;
  const view = (length: number): BatchView => {
    const float32 = new Float32Array(length);
    return { float32, int32: new Int32Array(float32.buffer) };
  };
  let pictures = view(0);
  let labels = view(0);
  return {
    count: source.count,
    input: { shape: [width], type: "float32" },
    target: { shape: [pixels], type: "float32" },
    writeBatch: (batch, input, target) => {
      const { order, from, size, epoch } = batch;
      if (labels.int32.length < size) {
        pictures = view(size * pixels);
        labels = view(size);
      }
      source.writeBatch(batch, pictures, labels);
      for (let row = 0; row < size; row++) {
        const random = createRandom(mixSeed(seed, epoch, order[from + row] ?? 0));
        const time = random.nextFraction();
        const mix = mixAt(time);
        for (let at = 0; at < pixels; at++) {
          const value = 2 * (pictures.float32[row * pixels + at] ?? 0) - 1;
          // A sum of four uniform numbers is close enough to normal here, and five times as fast as the exact method.
          const noise =
            (random.nextFraction() +
              random.nextFraction() +
              random.nextFraction() +
              random.nextFraction() -
              2) *
            Math.sqrt(3);
          target.float32[row * pixels + at] = value;
          input.float32[row * width + at] = mix.picture * value + mix.noise * noise;
        }
        writeConditions(input.float32, row * width + pixels, {
          time,
          label: labels.int32[row] ?? 0,
          classes,
        });
      }
    },
  };
}
