import { afterEach, describe, expect, test } from "vitest";
import type { BatchSource } from "../data/batch-source.ts";
import type { LossName } from "../graph/lower-loss.ts";
import type { KernelModule } from "../kernels/load-kernels.ts";
import { loadVariant } from "../kernels/load-kernels.ts";
import type { Layer, Network } from "../network/layer.ts";
import {
  activation,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling,
  layerNormalization,
  maxPooling2d,
  multiHeadAttention,
  network,
  residual,
} from "../network/layers.ts";
import { elementsOf } from "../network/shapes.ts";
import type { CompileOptions } from "../compile.ts";
import { compile } from "../compile.ts";
import { createRandom } from "../random.ts";
import { referenceLoss, referenceOutput } from "./reference.fixture.ts";
import type { Trainer } from "./trainer.ts";
import { createTrainer } from "./trainer.ts";

interface Case {
  readonly name: string;
  readonly network: Network;
  readonly loss: LossName;
}

const cases: readonly Case[] = [
  ...(["relu", "sigmoid", "tanh", "gelu", "linear", "softmax"] as const).map((name) => ({
    name: `dense ${name}`,
    network: network({ shape: [7] }, [dense(9, { activation: name }), dense(5), dense(3)]),
    loss: "meanSquaredError" as const,
  })),
  {
    name: "dense stack with softmax and cross-entropy",
    network: network({ shape: [4, 5] }, [
      flatten(),
      dense(13, { activation: "relu" }),
      dense(6, { activation: "relu", useBias: false }),
      dense(11, { activation: "softmax" }),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
  {
    name: "sigmoid and binary cross-entropy",
    network: network({ shape: [6] }, [dense(8, { activation: "tanh" }), dense(3, { activation: "sigmoid" })]),
    loss: "binaryCrossentropy",
  },
  {
    name: "activations as layers",
    network: network({ shape: [6] }, [
      dense(10),
      activation("gelu"),
      dense(7),
      activation("tanh"),
      dense(5),
      activation("sigmoid"),
      dense(5),
      activation("relu"),
      dense(4),
      activation("softmax"),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
  {
    name: "convolutions, valid and same, with strides, and pooling",
    network: network({ shape: [11, 9] }, [
      conv2d(5, 3, { activation: "relu" }),
      conv2d(6, [3, 2], { padding: "same", strides: 2, activation: "tanh" }),
      conv2d(4, 2, { padding: "same", activation: "gelu" }),
      maxPooling2d(),
      flatten(),
      dense(3, { activation: "softmax" }),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
  {
    name: "overlapping pools and the mean over places",
    network: network({ shape: [8, 8, 3] }, [
      conv2d(5, 3, { padding: "same" }),
      maxPooling2d({ poolSize: 3, strides: 2 }),
      globalAveragePooling(),
      dense(4, { activation: "softmax" }),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
  {
    name: "embedding with padding left out",
    network: network({ shape: [9], type: "int32" }, [
      embedding(12, 6, { maskZero: true }),
      globalAveragePooling(),
      dense(2, { activation: "softmax" }),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
  {
    name: "layer normalization on rows of odd width",
    network: network({ shape: [3, 7] }, [
      dense(9),
      layerNormalization(),
      activation("relu"),
      flatten(),
      dense(3),
    ]),
    loss: "meanSquaredError",
  },
  {
    name: "residuals, also nested, single and with a changing first layer",
    network: network({ shape: [6] }, [
      dense(6, { activation: "tanh" }),
      residual([dense(6)]),
      residual([flatten(), dense(9, { activation: "relu" }), dense(6)]),
      residual([residual([dense(6, { activation: "relu" })])]),
      residual([layerNormalization(), residual([residual([flatten()])]), dense(6)]),
      residual([activation("tanh")]),
      residual([activation("gelu"), dense(6)]),
      dense(2),
    ]),
    loss: "meanSquaredError",
  },
  {
    name: "residual convolutions",
    network: network({ shape: [6, 6, 2] }, [
      residual([conv2d(2, 3, { padding: "same" })]),
      residual([conv2d(5, 3, { padding: "same", activation: "relu" }), conv2d(2, 1)]),
      globalAveragePooling(),
      dense(2),
    ]),
    loss: "meanSquaredError",
  },
  {
    name: "a causal transformer longer than one block of scores",
    network: network({ shape: [39], type: "int32" }, [
      embedding(13, 12, { positions: true }),
      residual([layerNormalization(), multiHeadAttention(3, { causal: true })]),
      residual([layerNormalization(), dense(20, { activation: "gelu" }), dense(12)]),
      layerNormalization(),
      dense(13, { activation: "softmax" }),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
  {
    name: "attention both ways with padding, and a bare one",
    network: network({ shape: [10], type: "int32" }, [
      embedding(9, 8, { maskZero: true }),
      residual([multiHeadAttention(2)]),
      multiHeadAttention(4),
      globalAveragePooling(),
      dense(3, { activation: "softmax" }),
    ]),
    loss: "sparseCategoricalCrossentropy",
  },
];

/** Samples of fixed random numbers in the shapes that a network takes. */
function randomSource(each: Case, count: number): BatchSource & { readonly rows: readonly Float64Array[][] } {
  const random = createRandom(7);
  const program = compile(each.network, { loss: each.loss, threads: 1 });
  const { input } = each.network;
  const target = program.graph.targetShape;
  const tokens = each.network.layers[0]?.type === "embedding" ? each.network.layers[0].inputDim : 1;
  const classes = program.graph.tensors[program.graph.output]?.shape.at(-1) ?? 1;
  const number = (): number => random.nextFraction() * 2 - 1;
  const rows = Array.from({ length: count }, () => [
    Float64Array.from({ length: elementsOf(input.shape) }, () =>
      input.type === "int32" ? Math.floor(random.nextFraction() * tokens) : Math.fround(number()),
    ),
    Float64Array.from({ length: elementsOf(target.shape) }, () => {
      if (target.type === "int32") return Math.floor(random.nextFraction() * classes);
      return each.loss === "binaryCrossentropy" ? Math.round(random.nextFraction()) : Math.fround(number());
    }),
  ]);
  return {
    count,
    rows,
    input: { shape: input.shape, type: input.type ?? "float32" },
    target,
    writeBatch: ({ order, from, size }, inputs, targets) => {
      for (let row = 0; row < size; row++) {
        const [x = new Float64Array(), t = new Float64Array()] = rows[order[from + row] ?? 0] ?? [];
        (input.type === "int32" ? inputs.int32 : inputs.float32).set(x, row * x.length);
        (target.type === "int32" ? targets.int32 : targets.float32).set(t, row * t.length);
      }
    },
  };
}

const open: Trainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.close();
});

/** Makes a trainer whose parameters are moved away from their initial values, so that biases and scales matter. */
function prepare(
  each: Case,
  options: CompileOptions,
  kernels?: KernelModule,
): Trainer & { readonly sums: { loss: number; right: number; samples: number } } {
  const program = compile(each.network, { loss: each.loss, ...options });
  const trainer = createTrainer(program, { seed: 3, ...(kernels === undefined ? {} : { kernels }) });
  open.push(trainer);
  const random = createRandom(11);
  for (const { tensor } of program.graph.parameters) {
    const view = trainer.viewOf(tensor);
    for (let i = 0; i < view.length; i++) view[i] = (view[i] ?? 0) + (random.nextFraction() - 0.5) * 0.4;
  }
  const sums = { loss: 0, right: 0, samples: 0 };
  return { ...trainer, sums };
}

function meanLoss(
  each: Case,
  rows: readonly Float64Array[][],
  parameters: ReadonlyMap<string, Float64Array>,
): number {
  const losses = rows.map(([x = new Float64Array(), t = new Float64Array()]) =>
    referenceLoss(each.loss, referenceOutput(each.network, parameters, x), t),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / rows.length;
}

const count = 5;
const order = Uint32Array.from({ length: count }, (_, index) => index);

describe("gradients", () => {
  for (const each of cases) {
    for (const variant of ["relaxedShared", "plainSingle"] as const) {
      test(`equal central differences in float64: ${each.name}, ${variant}`, () => {
        const source = randomSource(each, count);
        const threads = variant === "plainSingle" ? 1 : 2;
        const kernels = loadVariant(variant);
        const trainer = prepare(each, { optimizer: "none", batch: count, threads }, kernels);
        const parameters = new Map(
          trainer.program.graph.parameters.map((p) => [p.name, Float64Array.from(trainer.viewOf(p.tensor))]),
        );
        trainer.step(source, { order, from: 0, size: count, epoch: 0 }, trainer.sums);
        const rows = trainer.program.graph.lossRows;
        expect(trainer.sums.loss / count / rows).toBeCloseTo(meanLoss(each, source.rows, parameters), 4);
        const random = createRandom(5);
        for (const p of trainer.program.graph.parameters) {
          const values = parameters.get(p.name) ?? new Float64Array();
          const gradient = trainer.viewOf(p.gradient ?? -1);
          const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
          for (let draw = 0; draw < 6; draw++) {
            const i = Math.floor(random.nextFraction() * values.length);
            const kept = values[i] ?? 0;
            const h = 1e-5;
            values[i] = kept + h;
            const above = meanLoss(each, source.rows, parameters);
            values[i] = kept - h;
            const below = meanLoss(each, source.rows, parameters);
            values[i] = kept;
            const wanted = (above - below) / (2 * h);
            const error = Math.abs((gradient[i] ?? NaN) - wanted);
            expect(error, `${p.name}[${i}]: ${gradient[i]} against ${wanted}`).toBeLessThan(
              2e-5 + 2e-4 * largest,
            );
          }
        }
      });
    }
  }
});

/** Returns all parameters after three steps, as one list. */
function train(each: Case, source: BatchSource, options: CompileOptions): Float32Array[] {
  const trainer = prepare(each, options);
  for (let step = 0; step < 3; step++)
    trainer.step(source, { order, from: 0, size: count, epoch: 0 }, trainer.sums);
  return trainer.program.graph.parameters.map((p) => Float32Array.from(trainer.viewOf(p.tensor)));
}

describe("results", () => {
  const withDropout = (layers: readonly Layer[]): readonly Layer[] =>
    layers.length < 3 ? layers : [...layers.slice(0, -1), dropout(0.3), ...layers.slice(-1)];
  for (const plain of cases) {
    const each = { ...plain, network: { ...plain.network, layers: withDropout(plain.network.layers) } };
    test(`do not depend on threads, update modes and recomputation, and on accumulation only by rounding: ${each.name}`, () => {
      const source = randomSource(each, count);
      const optimizer = { name: "adam", learningRate: 0.01 } as const;
      const plainSteps = train(each, source, { optimizer, batch: count, threads: 1 });
      const same = (options: CompileOptions): void =>
        expect(train(each, source, { optimizer, batch: count, ...options }), JSON.stringify(options)).toEqual(
          plainSteps,
        );
      same({ threads: 2 });
      same({ threads: 3 });
      same({ threads: 2, updates: "immediate" });
      same({ threads: 1, updates: "after" });
      for (let every = 1; every <= each.network.layers.length; every++)
        same({ threads: 2, recompute: every });
      const parts = train(each, source, { optimizer, batch: count, microBatch: 1, threads: 2 });
      parts.forEach((part, index) => {
        part.forEach((x, i) => expect(Math.abs(x - (plainSteps[index]?.[i] ?? NaN))).toBeLessThan(0.02));
      });
    });
  }
});
