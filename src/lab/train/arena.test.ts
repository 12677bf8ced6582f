import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BatchSource } from "../data/batch-source.ts";
import { loadKernels, createMemory } from "../kernels/load-kernels.ts";
import type { Layer, Network } from "../network/layer.ts";
import {
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
import type { CompileOptions, Program } from "../compile.ts";
import { compile } from "../compile.ts";
import { createTrainer } from "./trainer.ts";

const digits = network({ shape: [28, 28] }, [
  flatten(),
  dense(128, { activation: "relu" }),
  dense(64, { activation: "relu" }),
  dense(10, { activation: "softmax" }),
]);
const transformer = network({ shape: [20], type: "int32" }, [
  embedding(30, 16, { positions: true }),
  residual([layerNormalization(), multiHeadAttention(4, { causal: true }), dropout(0.1)]),
  residual([layerNormalization(), dense(32, { activation: "gelu" }), dense(16)]),
  dense(30, { activation: "softmax" }),
]);
const pictures = network({ shape: [12, 12] }, [
  conv2d(4, 3, { activation: "relu" }),
  maxPooling2d(),
  residual([conv2d(4, 3, { padding: "same" })]),
  globalAveragePooling(),
  dense(3, { activation: "softmax" }),
]);
const networks: readonly Network[] = [digits, transformer, pictures];

function zeros(program: Program, count: number): BatchSource {
  const { input } = program.network;
  return {
    count,
    input: { shape: input.shape, type: input.type ?? "float32" },
    target: program.graph.targetShape,
    writeBatch: ({ from, size }, inputs, targets) => {
      const width = elementsOf(input.shape);
      const labels = elementsOf(program.graph.targetShape.shape);
      if (input.type === "int32") inputs.int32.fill(1 + (from % 3), 0, size * width);
      else inputs.float32.fill(0.25, 0, size * width);
      targets.int32.fill(1, 0, size * labels);
    },
  };
}

const settings: readonly CompileOptions[] = [
  {},
  { optimizer: "sgd", threads: 2 },
  { optimizer: "momentum", updates: "immediate" },
  { optimizer: "adamw", updates: "after" },
  { optimizer: "lion", recompute: 2 },
  { optimizer: "adafactor", threads: 3 },
  { optimizer: "adam", microBatch: 2 },
  { optimizer: "none" },
];

describe("a trainer", () => {
  for (const [which, each] of networks.entries()) {
    for (const options of settings) {
      test(`uses the planned bytes of network ${which}, ${JSON.stringify(options)}`, async () => {
        const program = compile(each, { batch: 6, threads: 1, ...options });
        const trainer = createTrainer(program);
        const source = zeros(program, 11);
        const order = Uint32Array.from({ length: 11 }, (_, index) => index);
        const sums = { loss: 0, right: 0, samples: 0 };
        trainer.step(source, { order, from: 0, size: 6, epoch: 0 }, sums);
        trainer.step(source, { order, from: 6, size: 5, epoch: 0 }, sums);
        trainer.evaluate(source, { order, from: 0, size: 11, epoch: 0 }, sums);
        trainer.predict(1);
        expect(Number.isFinite(sums.loss)).toBe(true);
        expect(trainer.measureUsedBytes()).toBe(program.peakBytes);
        expect(trainer.arena.buffer.byteLength - program.peakBytes).toBeLessThan(2 * 65536);
        await trainer.close();
      });
    }
  }
});

describe("an arena", () => {
  for (const [which, each] of networks.entries()) {
    test(`is exactly linear in the batch, network ${which}`, () => {
      const { bytesFixed, bytesPerSample } = compile(each, { batch: 1, threads: 2 });
      for (const batch of [1, 2, 3, 7, 32, 129, 512]) {
        const program = compile(each, { batch, threads: 2 });
        expect(program.peakBytes).toBe(bytesFixed + batch * bytesPerSample);
      }
    });
  }
});

describe("the worked example", () => {
  test("stays under 1.1 times parameters + optimizer state + kept activations + largest gradient", () => {
    const parameters = 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10;
    const kept = 32 * (784 + 128 + 64 + 10);
    const bound = 4 * (3 * parameters + kept + 784 * 128);
    for (const updates of ["direct", "immediate"] as const) {
      expect(compile(digits, { batch: 32, threads: 2, updates }).peakBytes).toBeLessThan(1.1 * bound);
    }
  });
  test("has a ledger in which each phase fits the arena and nothing overlaps that is needed at once", () => {
    const program = compile(digits, { batch: 32, threads: 2 });
    for (const { ledger, freeBytes } of program.ledger.phases) {
      expect(ledger.total + freeBytes).toBe(program.peakBytes);
      expect(freeBytes).toBeGreaterThanOrEqual(0);
    }
    expect(program.ledger.totalBytes).toBe(program.peakBytes);
    const state = program.ledger.items.filter((item) => item.kind === "optimizer state");
    // Fixed blocks start at whole vectors, so biases of 10 take 48 bytes instead of 40.
    expect(state.reduce((sum, item) => sum + item.bytes, 0)).toBe(2 * (4 * program.parameterCount + 8));
  });
});

describe("planArena, for random networks", () => {
  const width = fc.integer({ min: 1, max: 9 });
  const layer: fc.Arbitrary<Layer> = fc.oneof(
    width.map((units) => dense(units, { activation: "relu" })),
    width.map((units) => dense(units, { activation: "gelu" })),
    width.map((units) => dense(units)),
    fc.constant(layerNormalization()),
    fc.constant(dropout(0.2)),
    fc.constant(residual([layerNormalization()])),
    fc.constantFrom("relu" as const, "tanh" as const, "gelu" as const).map((type) => ({ type })),
  );
  test("never overlaps blocks that are needed at the same time, and is not below the lower bound", () => {
    fc.assert(
      fc.property(
        fc.array(layer, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom("direct" as const, "immediate" as const, "after" as const),
        fc.constantFrom("adam" as const, "sgd" as const, "adafactor" as const),
        fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        (layers, batch, updates, optimizer, every) => {
          const recompute = every === undefined || every > layers.length ? {} : { recompute: every };
          const program = compile(
            { input: { shape: [5] }, layers },
            { batch, updates, optimizer, threads: 2, loss: "meanSquaredError", ...recompute },
          );
          const { blocks } = program.arenaPlan;
          blocks.forEach((a, i) => {
            expect(a.offset + a.bytes).toBeLessThanOrEqual(program.peakBytes);
            blocks.forEach((b, j) => {
              const together = a.first <= b.last && b.first <= a.last;
              const overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
              if (i < j && together) expect(overlap).toBe(false);
            });
          });
          expect(program.peakBytes).toBeGreaterThanOrEqual(program.arenaPlan.boundBytes);
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });
});

describe("an arena above 4 GiB", () => {
  test("is refused with its size", () => {
    expect(() => createMemory(loadKernels(), 5e9)).toThrow(/5000000000 bytes, allowed: below 4 GiB/);
  });
});
