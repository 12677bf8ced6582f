import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applications, networkOf, topologyFile } from "../../description/keras/applications.fixture.ts";
import { kerasNetwork } from "../../description/keras/keras-from-file.ts";
import { kerasLedger, findMaxKerasBatch } from "./keras-ledger.ts";
import { kerasTraffic } from "./keras-traffic.ts";
import { kerasOptimizers } from "./optimizers.ts";
import type { KerasOptimizer } from "./optimizers.ts";

type Settings = Readonly<Record<string, unknown>>;

function chain(
  ...layers: readonly (readonly [className: string, config: Settings])[]
): ReturnType<typeof networkOf> {
  const all = layers.map(([class_name, config], index) => ({
    class_name,
    config: { name: `${class_name}_${index}`, ...config },
  }));
  return networkOf({ class_name: "Sequential", config: { name: "chain", layers: all } });
}

const dense = chain(["Dense", { units: 4, batch_input_shape: [null, 7] }]);
const optimizers = Object.keys(kerasOptimizers) as readonly KerasOptimizer[];

describe("model.predict", () => {
  test("holds for a dense layer what was counted by hand", () => {
    // Weights 4 x (28 + 4); batch 4 x 3 x 7, as given and as the batch that is run; views of it and of the kernel for the
    // product, 84 and 112; the product 48 and a view of it 48: 128 + 84 + 84 + 84 + 112 + 48 + 48 at the peak
    const ledger = kerasLedger(dense, { batch: 3 });
    expect(ledger.totalBytes).toBe(128 + 84 + 84 + 84 + 112 + 48 + 48);
    // Without the three views
    expect(ledger.peaks).toEqual([{ phase: "forward", peakBytes: 588, bufferBytes: 128 + 84 + 84 + 48 }]);
    expect(ledger.items.every((line) => line.confidence === "exact")).toBe(true);
  });

  test("runs more than 32 samples in batches: it holds one batch and the outputs, not all intermediate tensors", () => {
    const wide = chain(["Dense", { units: 1000, batch_input_shape: [null, 10] }], ["Dense", { units: 1 }]);
    const bytes = (batch: number, predictBatch?: number): number =>
      kerasLedger(wide, { batch, ...(predictBatch === undefined ? {} : { predictBatch }) }).totalBytes;
    expect(bytes(320) - bytes(32)).toBeLessThan(288 * 4 * 20);
    expect(bytes(320, 320) - bytes(32)).toBeGreaterThan(288 * 4 * 1000);
  });

  test("takes the same further bytes for each further sample", () => {
    for (const [, , topology] of applications.slice(0, 5)) {
      const network = networkOf(topology());
      const bytes = [1, 2, 3].map((batch) => kerasLedger(network, { batch }).totalBytes);
      expect((bytes[2] ?? 0) - (bytes[1] ?? 0)).toBe((bytes[1] ?? 0) - (bytes[0] ?? 0));
    }
  });
});

describe("a training step", () => {
  test("of Adam holds 60 bytes per parameter more than its weights and states", () => {
    const network = chain(["Dense", { units: 1000, batch_input_shape: [null, 1000] }]);
    const ledger = kerasLedger(network, { batch: 1, train: true });
    const step = ledger.peaks.find(({ phase }) => phase === "step")?.peakBytes ?? 0;
    const parameters = 1_001_000;
    // 14 temporaries and the gradient, 4 bytes each; the rest are single numbers and the batch
    expect((step - (4 + 8) * parameters) / parameters).toBeCloseTo(60, 1);
    expect(step - (4 + 8) * parameters).toBeGreaterThan(60 * parameters - 1);
  });

  test.each(optimizers)("of %s holds weights, states and the batch throughout", (optimizer) => {
    const ledger = kerasLedger(dense, { batch: 3, train: true, optimizer });
    const { states, scalars } = kerasOptimizers[optimizer];
    const load = ledger.items
      .filter((line) => line.phase === "load")
      .reduce((sum, line) => sum + (line.bytes ?? 0), 0);
    expect(load).toBe(4 * 32 * (1 + states) + 4 * scalars + 4 * 3 * 7 + 4 * 3 * 4);
    expect(ledger.peaks.map(({ phase }) => phase)).toEqual(["forward", "backward", "step"]);
    expect(ledger.totalBytes).toBe(Math.max(...ledger.peaks.map(({ peakBytes }) => peakBytes)));
  });

  test("has the peak of each phase as its total", () => {
    const network = networkOf(applications[2]?.[2]() ?? {});
    const ledger = kerasLedger(network, { batch: 2, train: true, optimizer: "rmsprop" });
    for (const { phase, peakBytes } of ledger.peaks)
      expect(ledger.totals.find((total) => total.phase === phase)?.bytes).toBe(peakBytes);
  });
});

describe("a network with unknown or uncompared parts", () => {
  test("has a ledger of at least its weights if a class is unknown", () => {
    const ledger = kerasLedger(chain(["Mine", { batch_input_shape: [null, 3] }], ["Dense", { units: 2 }]), {
      batch: 1,
    });
    expect([ledger.atLeast, ledger.items.map((line) => line.bytes)]).toEqual([true, [undefined, undefined]]);
  });

  test("has a ledger of at least its weights if sizes are variable, and a full one once they are given", () => {
    const layers = [
      { class_name: "Embedding", config: { name: "e", input_dim: 10, output_dim: 4 } },
      { class_name: "LSTM", config: { name: "l", units: 3 } },
    ];
    const file = topologyFile({ class_name: "Sequential", config: { layers } });
    const open = kerasLedger(kerasNetwork(file), { batch: 1 });
    expect([open.atLeast, open.totalBytes]).toEqual([true, 4 * (40 + 96)]);
    expect(kerasLedger(kerasNetwork(file, { openSize: 9 }), { batch: 1 }).atLeast).toBe(false);
  });

  test("has derived figures, with the reason, for layers that TensorFlow.js does not have", () => {
    const ledger = kerasLedger(
      chain(["GRU", { units: 3, reset_after: true, batch_input_shape: [null, 5, 2] }]),
      { batch: 1 },
    );
    const forward = ledger.items.filter((line) => line.phase === "forward");
    expect(forward.every((line) => line.confidence === "derived")).toBe(true);
    expect(forward[0]?.note).toContain("GRU");
  });

  test("has derived figures if TensorFlow.js fails during the run, with the reason", () => {
    const input = { batch_input_shape: [null, 5, 2] };
    const masked = chain(["Dense", { units: 3, ...input }], ["Masking", {}], ["LSTM", { units: 2 }]);
    const middle = chain(["Dense", { units: 3, ...input }], ["Softmax", { axis: 1 }]);
    const last = (network: typeof dense, train: boolean): readonly unknown[] => {
      const line = kerasLedger(network, { batch: 2, train }).items.at(-1);
      return [line?.confidence, line?.note ?? ""];
    };
    expect(last(masked, false)).toEqual(["exact", ""]);
    expect(last(masked, true)).toEqual([
      "derived",
      expect.stringContaining("does not have the gradient of Any"),
    ]);
    expect(last(middle, false)).toEqual(["derived", expect.stringContaining("only over the last axis")]);
  });

  test("keeps the dropout masks of cells passed to a layer from batch to batch", () => {
    const cell = { units: 3, dropout: 0.5 };
    const first = ["Dense", { units: 4, batch_input_shape: [null, 5, 2] }] as const;
    const own = chain(first, ["SimpleRNN", cell]);
    const given = chain(first, ["RNN", { cell: { class_name: "SimpleRNNCell", config: cell } }]);
    const confidence = (batch: number): unknown =>
      kerasLedger(given, { batch, predictBatch: 3 }).items.at(-1)?.confidence;
    // A mask of another batch does not fit the last one, which is smaller.
    expect([confidence(6), confidence(5)]).toEqual(["exact", "derived"]);
    // If made again in each step, the 12 numbers (3 samples of 4) of the step before are gone by then.
    const steps = [own, given].map((network) => kerasLedger(network, { batch: 3, train: true }));
    const [remade, kept] = steps.map(
      ({ peaks }) => peaks.find(({ phase }) => phase === "forward")?.peakBytes,
    );
    expect(kept).toBeLessThan(remade ?? 0);
  });

  test("has derived figures for regularizers in training, with the reason", () => {
    const config = {
      units: 2,
      kernel_regularizer: { class_name: "L2", config: { l2: 0.1 } },
      batch_input_shape: [null, 3],
    };
    const network = chain(["Dense", config]);
    const confidence = (train: boolean): unknown =>
      kerasLedger(network, { batch: 1, train }).items.at(-1)?.confidence;
    expect([confidence(false), confidence(true)]).toEqual(["exact", "derived"]);
  });

  test("is only counted with valid options", () => {
    expect(() => kerasLedger(dense, { batch: 0 })).toThrow(/batch: got 0/u);
    expect(() => kerasLedger(dense, { batch: 1, optimizer: "lion" as KerasOptimizer })).toThrow(
      /optimizer: got "lion"/u,
    );
    expect(() => kerasLedger(dense, { batch: 1, size: 3 } as unknown as { batch: number })).toThrow(
      /unknown field/u,
    );
  });

  test("is rejected quickly if a recurrent layer has too many steps", () => {
    const long = chain(["LSTM", { units: 2, batch_input_shape: [null, 2 ** 30, 2] }]);
    // The time of this thread alone: other processes do not add to it
    const start = process.threadCpuUsage();
    expect(() => kerasLedger(long, { batch: 1 })).toThrow(/operations of TensorFlow.js/u);
    expect(process.threadCpuUsage(start).user / 1000).toBeLessThan(1_000);
  });
});

describe("the largest batch", () => {
  const network = chain(
    ["Conv2D", { filters: 4, kernel_size: 3, activation: "relu", batch_input_shape: [null, 12, 12, 1] }],
    ["Flatten", {}],
    ["Dense", { units: 3, activation: "softmax" }],
  );

  test("fits, one more does not, and a larger budget never gives less", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 24 }),
        fc.constantFrom(...optimizers),
        fc.boolean(),
        (budgetBytes, optimizer, train) => {
          const how = { optimizer, train };
          const batch = findMaxKerasBatch(network, { ...how, budgetBytes });
          const bytes = (samples: number): number =>
            kerasLedger(network, { ...how, batch: samples }).totalBytes;
          expect(bytes((batch ?? 0) + 1)).toBeGreaterThan(budgetBytes);
          if (batch === undefined) return;
          expect(bytes(batch)).toBeLessThanOrEqual(budgetBytes);
          expect(findMaxKerasBatch(network, { ...how, budgetBytes: 2 * budgetBytes })).toBeGreaterThanOrEqual(
            batch,
          );
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});

describe("traffic", () => {
  test("holds for a dense layer what was counted by hand", () => {
    // 7 x 4 multiply-adds; 32 weights read once, 7 read and 4 written for each of 3 samples
    const traffic = kerasTraffic(dense, { batch: 3, phase: "inference" });
    expect([traffic.operations, traffic.bytes, traffic.tokens]).toEqual([2 * 28 * 3, 4 * 32 + 4 * 3 * 11, 3]);
  });

  test.each([
    // multiply-adds in billions as the papers give them for 224 x 224
    ["VGG16", 15.5],
    ["ResNet50", 3.8],
    ["MobileNet", 0.569],
    ["MobileNetV2", 0.3],
  ])("of %s has %d billion multiply-adds", (name, billions) => {
    const topology = applications.find(([each]) => each === name)?.[2]() ?? {};
    const { operations } = kerasTraffic(networkOf(topology), { batch: 1, phase: "inference" });
    expect(operations / 2e9 / billions).toBeCloseTo(1, 1);
    expect(kerasTraffic(networkOf(topology), { batch: 2, phase: "training" }).operations).toBe(
      6 * operations,
    );
  });
});
