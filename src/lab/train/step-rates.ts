import { control } from "../kernels/control.ts";
import type { Optimizer } from "../graph/optimizer.ts";

/**
 * Sets the words of the control block that depend on the optimizer's constants and the number of the update (from 1).
 * Adam: Kingma and Ba 2015, section 2, with the corrections of both moments moved into step size and epsilon.
 * Adafactor: Shazeer and Stern 2018, section 9, decay 1 - t^-0.8 and relative step.
 */
export function writeRates(words: DataView, optimizer: Optimizer, rate: number, step: number): void {
  const { name, beta1, beta2, epsilon, weightDecay } = optimizer;
  let size = rate;
  let small = epsilon;
  if (name === "adam" || name === "adamw") {
    const second = Math.sqrt(1 - beta2 ** step);
    size = (rate * second) / (1 - beta1 ** step);
    small = epsilon * second;
  } else if (name === "adafactor") {
    size = Math.min(rate, 1 / Math.sqrt(step));
  }
  words.setFloat32(control.rate, size, true);
  words.setFloat32(control.epsilon, small, true);
  words.setFloat32(control.decay, rate * weightDecay, true);
  words.setFloat32(control.secondBeta, 1 - step ** -0.8, true);
}
