import { requireInteger, requireOneOf } from "../../../src/shared/options.ts";
import type { Digits } from "./read-mnist.ts";
import { mnistTrainer, mnistWays } from "./tensorflow-mnist.ts";
import type { MnistTrainer, MnistWay } from "./tensorflow-mnist.ts";
import type { TensorFlow } from "./tensorflow-types.ts";

/** What is measured; `steps` for each epoch, a whole epoch if undefined; `way` one of `mnistWays` or `fastest`. */
interface MnistSettings {
  readonly batch: number;
  readonly epochs: number;
  readonly steps: number | undefined;
  readonly way: string;
}

const trialSteps = 100;
const trials = 3;
const warmUpSteps = 300;

/** A new order of all rows; the numbers come from the caller, so that runs can be alike. */
function shuffled(count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const held = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = held;
  }
  return order;
}

/** Numbers from 0 up to 1 from a seed (32-bit linear congruential generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Milliseconds of a step in each way: the least of some trials, as what else the machine does only makes them longer. */
async function tryWays(
  tensorflow: TensorFlow,
  digits: Digits,
  batch: number,
): Promise<Readonly<Record<MnistWay, number>>> {
  const order = shuffled(digits.count, numbers(1)).subarray(0, trialSteps * batch);
  const steps = Math.ceil(order.length / batch);
  const measure = async (way: MnistWay): Promise<number> => {
    const trainer = mnistTrainer(way, tensorflow, digits, batch);
    await trainer.train(order);
    let least = Infinity;
    for (let trial = 0; trial < trials; trial += 1)
      least = Math.min(least, await seconds(() => trainer.train(order)));
    trainer.dispose();
    return (1000 * least) / steps;
  };
  const times: [MnistWay, number][] = [];
  for (const way of mnistWays) times.push([way, await measure(way)]);
  return Object.fromEntries(times) as Record<MnistWay, number>;
}

async function trainEpochs(
  trainer: MnistTrainer,
  count: number,
  { batch, epochs, steps }: MnistSettings,
): Promise<{ epochSeconds: readonly number[]; stepsAnEpoch: number; stepsMeasured: number }> {
  const random = numbers(2);
  await trainer.train(shuffled(count, random).subarray(0, warmUpSteps * batch));
  const stepsAnEpoch = Math.ceil(count / batch);
  const stepsMeasured = Math.min(steps ?? stepsAnEpoch, stepsAnEpoch);
  const epochSeconds: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const time = await seconds(() =>
      trainer.train(shuffled(count, random).subarray(0, stepsMeasured * batch)),
    );
    epochSeconds.push((time * stepsAnEpoch) / stepsMeasured);
  }
  return { epochSeconds, stepsAnEpoch, stepsMeasured };
}

/**
 * Trains the digits for so many epochs, after a warm-up of 300 steps that counts for nothing. `peakBytes` are the bytes of all
 * tensors at the fullest moment of one step after training; `wayMilliseconds` the steps of the ways that were tried.
 */
export async function runMnist(
  tensorflow: TensorFlow,
  train: Digits,
  test: Digits,
  settings: MnistSettings,
): Promise<object> {
  const batch = requireInteger("batch", settings.batch, 1, train.count);
  requireInteger("epochs", settings.epochs, 1, 1000);
  if (settings.steps !== undefined) requireInteger("steps", settings.steps, 1);
  const asked = requireOneOf("way", settings.way, ["fastest", ...mnistWays]);
  const wayMilliseconds = asked === "fastest" ? await tryWays(tensorflow, train, batch) : undefined;
  const way =
    wayMilliseconds === undefined
      ? requireOneOf("way", asked, mnistWays)
      : mnistWays.reduce((best, next) => (wayMilliseconds[next] < wayMilliseconds[best] ? next : best));
  const trainer = mnistTrainer(way, tensorflow, train, batch);
  const epochs = await trainEpochs(trainer, train.count, settings);
  const tested = trainer.evaluate(test);
  return { batch, way, wayMilliseconds, ...epochs, ...tested, peakBytes: await trainer.peakBytes() };
}
