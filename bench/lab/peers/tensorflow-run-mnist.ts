import { requireInteger, requireOneOf } from "../../../src/shared/options.ts";
import type { Digits } from "./read-mnist.ts";
import { mnistTrainer, mnistWays } from "./tensorflow-mnist.ts";
import type { MnistTrainer, MnistWay } from "./tensorflow-mnist.ts";
import type { TensorFlow } from "./tensorflow-types.ts";

/** What to measure: `steps` per epoch, an entire epoch if undefined; `way` is one of `mnistWays` or `fastest`. */
interface MnistSettings {
  readonly batch: number;
  readonly epochs: number;
  readonly steps: number | undefined;
  readonly way: string;
}

const trialSteps = 100;
const trials = 3;
const warmUpSteps = 300;

/** Makes a random order of all rows from the caller's numbers, so that runs can be repeated. */
function shuffle(count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const held = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = held;
  }
  return order;
}

/** Makes numbers from 0 to 1 from a seed (32-bit linear congruential generator). */
function makeNumbers(seed: number): () => number {
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

/** Times a step in each way, in milliseconds: the minimum of trials, because other load only makes them longer. */
async function tryWays(
  tensorflow: TensorFlow,
  digits: Digits,
  batch: number,
): Promise<Readonly<Record<MnistWay, number>>> {
  const order = shuffle(digits.count, makeNumbers(1)).subarray(0, trialSteps * batch);
  const steps = Math.ceil(order.length / batch);
  const measure = async (way: MnistWay): Promise<number> => {
    const trainer = mnistTrainer(way, tensorflow, digits, batch);
    await trainer.train(order);
    let minimum = Infinity;
    for (let trial = 0; trial < trials; trial++)
      minimum = Math.min(minimum, await seconds(() => trainer.train(order)));
    trainer.dispose();
    return (1000 * minimum) / steps;
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
  const random = makeNumbers(2);
  await trainer.train(shuffle(count, random).subarray(0, warmUpSteps * batch));
  const stepsAnEpoch = Math.ceil(count / batch);
  const stepsMeasured = Math.min(steps ?? stepsAnEpoch, stepsAnEpoch);
  const epochSeconds: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const time = await seconds(() =>
      trainer.train(shuffle(count, random).subarray(0, stepsMeasured * batch)),
    );
    epochSeconds.push((time * stepsAnEpoch) / stepsMeasured);
  }
  return { epochSeconds, stepsAnEpoch, stepsMeasured };
}

/**
 * Trains the digits for `epochs` epochs, after a warm-up of 300 steps that is not measured. `peakBytes` is the peak of all tensors
 * in one step after training; `wayMilliseconds` are the times of a step in the ways that were tried.
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
  const wanted = requireOneOf("way", settings.way, ["fastest", ...mnistWays]);
  const wayMilliseconds = wanted === "fastest" ? await tryWays(tensorflow, train, batch) : undefined;
  const way =
    wayMilliseconds === undefined
      ? requireOneOf("way", wanted, mnistWays)
      : mnistWays.reduce((best, next) => (wayMilliseconds[next] < wayMilliseconds[best] ? next : best));
  const trainer = mnistTrainer(way, tensorflow, train, batch);
  const epochs = await trainEpochs(trainer, train.count, settings);
  const tested = trainer.evaluate(test);
  return { batch, way, wayMilliseconds, ...epochs, ...tested, peakBytes: await trainer.peakBytes() };
}
