import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { notCompared } from "../../src/model/ledger/keras/comparison.ts";
import { kerasLosses } from "../../src/model/ledger/keras/losses.ts";
import type { KerasLoss } from "../../src/model/ledger/keras/losses.ts";
import { kerasOptimizers } from "../../src/model/ledger/keras/optimizers.ts";
import type { KerasOptimizer } from "../../src/model/ledger/keras/optimizers.ts";
import { simulate } from "../../src/model/ledger/keras/simulate.ts";
import type { KerasNetwork } from "../../src/model/description/keras/network/keras-network.ts";
import type { Entry } from "./keras-cases.ts";
import { makeDrawnModel, imageLayer, stepLayer } from "./keras-draws.ts";
import { compareRuns, loadLayers, readSavedModel, startOf, watchBuffers } from "./tensorflow-layers.ts";
import type { LayersModel, TensorFlowLayers } from "./tensorflow-layers.ts";

/** Networks of each sort, and the seed they are drawn from. */
const runsOfEach = Number(process.env["LOADLINE_ORACLE_RUNS"] ?? 12);
const seed = Number(process.env["LOADLINE_ORACLE_SEED"] ?? 23);
const loaded = loadLayers();

/** How a drawn network is run. */
const runs = fc.record({
  batch: fc.constantFrom(2, 3, 4, 1, 7, 33),
  optimizer: fc.constantFrom(...(Object.keys(kerasOptimizers) as readonly KerasOptimizer[])),
  loss: fc.constantFrom(...kerasLosses.filter((loss) => loss !== "sparse_categorical_crossentropy")),
});
interface Run {
  readonly batch: number;
  readonly optimizer: KerasOptimizer;
  readonly loss: KerasLoss;
}

/** Returns why our ledger would mark this run as derived; an empty list means exact. */
function doubts(network: KerasNetwork, { batch, optimizer, loss }: Run, train: boolean): readonly string[] {
  const steps = train ? [true, false].map((first) => ({ optimizer, losses: [loss], first })) : [undefined];
  const faults = steps.flatMap((training) => [
    ...simulate(network, { batch, predictBatch: 32, training }).faults,
  ]);
  return [...notCompared(network, train), ...faults];
}

describe.skipIf(loaded === undefined)("networks of Keras drawn at random against TensorFlow.js", () => {
  const tf = loaded as TensorFlowLayers;
  beforeAll(async () => {
    await tf.core.setBackend("cpu");
    watchBuffers(tf);
  });

  /** Compares a run if our ledger calls it exact; returns whether it does. */
  async function compareIfExact(make: () => LayersModel, run: Run, train: boolean): Promise<boolean> {
    const start = startOf(tf);
    const model = make();
    const network = await readSavedModel(tf, model);
    const certain = doubts(network, run, train).length === 0;
    const { batch, optimizer, loss } = run;
    const how = { batch, loss, predict: !train, optimizers: train ? [optimizer] : [] };
    for (const { what, ours, theirs } of certain ? await compareRuns(tf, model, start, how) : []) {
      expect(Math.max(...ours), what).toBe(Math.max(...theirs));
      // Many copies are simulated as one.
      if (ours.length === theirs.length) expect(ours, what).toEqual(theirs);
    }
    model.dispose();
    tf.core.disposeVariables();
    return certain;
  }

  test.each([
    ["images", imageLayer, [9, 8, 3], [["globalAveragePooling2d", {}]], 0.6],
    ["steps", stepLayer, [6, 3], [["lstm", { units: 2 }]], 0.5],
    ["tokens", stepLayer, [6], [["gru", { units: 2 }]], 0.4],
  ] as const)(
    "runs that are called exact are equal: %s",
    async (name, layer, shape, last, least) => {
      let [drawn, ran] = [0, 0];
      const first: readonly Entry[] =
        name === "tokens" ? [["embedding", { inputDim: 5, outputDim: 3, maskZero: true }]] : [];
      await fc.assert(
        fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 5 }), runs, async (layers, run) => {
          const end = [...last, ["dense", { units: 2, activation: "softmax" }]] as const;
          const make = (): LayersModel | undefined =>
            makeDrawnModel(tf, tf.input({ shape }), { first, drawn: layers, last: end });
          const one = make();
          const network =
            one === undefined ? undefined : await readSavedModel(tf, one).catch(() => undefined);
          if (network === undefined) return;
          for (const train of [false, true]) {
            drawn++;
            if (await compareIfExact(() => make() as LayersModel, run, train)) ran++;
          }
        }),
        { numRuns: runsOfEach, seed },
      );
      expect(ran / drawn).toBeGreaterThan(least);
    },
    60_000 + 5000 * runsOfEach,
  );
});
