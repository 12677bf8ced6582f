import { afterEach, describe, expect, test } from "vitest";
import type { BatchSource } from "../data/batch-source.ts";
import type { OptimizerChoice } from "../graph/optimizer.ts";
import { matrixRows, readOptimizer } from "../graph/optimizer.ts";
import { conv2d, dense, flatten, network } from "../network/layers.ts";
import { createRandom } from "../random.ts";
import { compile } from "../compile.ts";
import type { Trainer } from "./trainer.ts";
import { createTrainer } from "./trainer.ts";

const net = network({ shape: [5, 5] }, [
  conv2d(3, 2, { activation: "tanh" }),
  flatten(),
  dense(7, { activation: "relu" }),
  dense(3, { activation: "softmax" }),
]);

const random = createRandom(4);
const batch = 6;
const pixels = Float32Array.from({ length: batch * 25 }, () => random.nextFraction() * 2 - 1);
const source: BatchSource = {
  count: batch,
  input: { shape: [5, 5], type: "float32" },
  target: { shape: [], type: "int32" },
  writeBatch: ({ size }, input, target) => {
    input.float32.set(pixels.subarray(0, size * 25));
    for (let row = 0; row < size; row++) target.int32[row] = row % 3;
  },
};
const order = Uint32Array.from({ length: batch }, (_, index) => index);

const open: Trainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.close();
});
function trainerFor(
  optimizer: OptimizerChoice | "none",
  updates?: "direct" | "immediate" | "after",
): Trainer {
  const program = compile(net, {
    batch,
    threads: 2,
    optimizer,
    ...(updates === undefined ? {} : { updates }),
  });
  const trainer = createTrainer(program, { seed: 2 });
  open.push(trainer);
  return trainer;
}

interface Moments {
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly rows: Float64Array;
  readonly columns: Float64Array;
}

function momentsFor(count: number): Moments {
  return {
    first: new Float64Array(count),
    second: new Float64Array(count),
    rows: new Float64Array(count),
    columns: new Float64Array(count),
  };
}

const rootMeanSquare = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** Scales a gradient as Adafactor does: for a matrix by row and column means, for a vector by all second moments. */
function adafactorDirection(
  g: Float64Array,
  m: Moments,
  shape: readonly number[],
  step: number,
): Float64Array {
  const decay = 1 - step ** -0.8;
  const columns = shape.at(-1) ?? 1;
  const rows = matrixRows(shape);
  if (shape.length < 2) {
    return g.map((value, i) => {
      m.second[i] = decay * (m.second[i] ?? 0) + (1 - decay) * (value * value + 1e-30);
      return value / Math.sqrt(m.second[i] ?? 1);
    });
  }
  for (let r = 0; r < rows; r++) {
    const mean =
      g.subarray(r * columns, (r + 1) * columns).reduce((sum, x) => sum + x * x + 1e-30, 0) / columns;
    m.rows[r] = decay * (m.rows[r] ?? 0) + (1 - decay) * mean;
  }
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += (g[r * columns + c] ?? 0) ** 2 + 1e-30;
    m.columns[c] = decay * (m.columns[c] ?? 0) + (1 - decay) * (sum / rows);
  }
  const mean = m.rows.subarray(0, rows).reduce((sum, x) => sum + x, 0) / rows;
  return g.map((value, i) => {
    const v = ((m.rows[Math.floor(i / columns)] ?? 0) * (m.columns[i % columns] ?? 0)) / mean;
    return value / Math.sqrt(Math.max(v, 1e-30));
  });
}

/** Computes one update in float64, from the papers' formulas. */
function update(
  choice: OptimizerChoice,
  w: Float64Array,
  g: Float64Array,
  m: Moments,
  shape: readonly number[],
  decays: boolean,
  step: number,
): Float64Array {
  const { name, learningRate: rate, beta1, beta2, epsilon, weightDecay } = readOptimizer(choice);
  const kept = decays ? 1 - rate * weightDecay : 1;
  if (name === "adafactor") {
    const u = adafactorDirection(g, m, shape, step);
    const size = Math.max(1e-3, rootMeanSquare(w)) * Math.min(rate, 1 / Math.sqrt(step));
    const clip = Math.max(1, rootMeanSquare(u));
    return w.map((value, i) => value - (size * (u[i] ?? 0)) / clip);
  }
  return w.map((value, i) => {
    const gradient = g[i] ?? 0;
    const before = m.first[i] ?? 0;
    if (name === "sgd") return value - rate * gradient;
    if (name === "momentum") {
      m.first[i] = beta1 * before + gradient;
      return value - rate * (m.first[i] ?? 0);
    }
    if (name === "lion") {
      const direction = Math.sign(beta1 * before + (1 - beta1) * gradient);
      m.first[i] = beta2 * before + (1 - beta2) * gradient;
      return value * kept - rate * direction;
    }
    m.first[i] = beta1 * before + (1 - beta1) * gradient;
    m.second[i] = beta2 * (m.second[i] ?? 0) + (1 - beta2) * gradient * gradient;
    const first = (m.first[i] ?? 0) / (1 - beta1 ** step);
    const second = (m.second[i] ?? 0) / (1 - beta2 ** step);
    return value * kept - (rate * first) / (Math.sqrt(second) + epsilon);
  });
}

const choices: readonly OptimizerChoice[] = [
  "sgd",
  { name: "momentum", beta1: 0.8, learningRate: 0.05 },
  "adam",
  { name: "adam", learningRate: 0.02, beta1: 0.7, beta2: 0.95, epsilon: 1e-3 },
  { name: "adamw", learningRate: 0.01, weightDecay: 0.1 },
  { name: "lion", learningRate: 0.003, weightDecay: 0.2 },
  "adafactor",
];

describe("ten updates of an optimizer", () => {
  for (const choice of choices) {
    for (const updates of ["direct", "immediate", "after"] as const) {
      test(`follow its formula in float64: ${JSON.stringify(choice)}, ${updates}`, () => {
        const trainer = trainerFor(choice, updates);
        const gradients = trainerFor("none");
        const sums = { loss: 0, right: 0, samples: 0 };
        const parameters = trainer.program.graph.parameters;
        const moments = parameters.map((p) => momentsFor(trainer.viewOf(p.tensor).length));
        for (let step = 1; step <= 10; step++) {
          const wanted = parameters.map((p, which) => {
            const twin = gradients.program.graph.parameters[which];
            gradients.viewOf(twin?.tensor ?? 0).set(trainer.viewOf(p.tensor));
            return { p, twin };
          });
          gradients.step(source, { order, from: 0, size: batch, epoch: 0 }, sums);
          const next = wanted.map(({ p, twin }, which) =>
            update(
              choice,
              Float64Array.from(trainer.viewOf(p.tensor)),
              Float64Array.from(gradients.viewOf(twin?.gradient ?? 0)),
              moments[which] ?? momentsFor(0),
              p.shape,
              p.decays,
              step,
            ),
          );
          trainer.step(source, { order, from: 0, size: batch, epoch: 0 }, sums);
          parameters.forEach((p, which) => {
            trainer.viewOf(p.tensor).forEach((value, i) => {
              const error = Math.abs(value - (next[which]?.[i] ?? Number.NaN));
              expect(error, `${p.name}[${i}] after ${step}`).toBeLessThan(2e-6);
            });
          });
        }
      });
    }
  }
});
