import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BatchSource } from "../data/batch-source.ts";
import { writeDigits } from "../data/idx.fixture.ts";
import { loadMnist } from "../data/mnist.ts";
import { dense, dropout, flatten, network } from "../network/layers.ts";
import type { CompileOptions } from "../compile.ts";
import { compile } from "../compile.ts";
import {
  readSavedNetwork,
  encodeCheckpoint,
  encodeModel,
  restoreCheckpoint,
  restoreModel,
} from "./checkpoint.ts";
import type { Position } from "./fit.ts";
import { evaluate, fit } from "./fit.ts";
import type { Trainer } from "./trainer.ts";
import { createTrainer } from "./trainer.ts";

const net = network({ shape: [28, 28] }, [
  flatten(),
  dense(12, { activation: "relu" }),
  dropout(0.2),
  dense(10, { activation: "softmax" }),
]);

let folder = "";
let source: BatchSource;
beforeAll(async () => {
  folder = writeDigits(300, 50);
  source = (await loadMnist({ folder })).train;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: Trainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.close();
});
function trainerFor(options: CompileOptions = {}): Trainer {
  const trainer = createTrainer(compile(net, { batch: 16, threads: 2, ...options }), { seed: 5 });
  open.push(trainer);
  return trainer;
}

function whole(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

const identity = { seed: 5, epochs: 3 };

describe("a run that is stopped and resumed", () => {
  test.each(["adam", "adafactor", "lion", "momentum"] as const)(
    "with %s ends with the same bits as one that is not, wherever it is stopped",
    async (optimizer) => {
      const options = { optimizer };
      const straight = trainerFor(options);
      const settings = { epochs: 3, seed: 5, schedule: "cosine", warmupSteps: 4 } as const;
      const result = await fit(straight, source, settings);
      for (const stopAfter of [1, 19, 20, 37]) {
        const first = trainerFor(options);
        const stop = new AbortController();
        let steps = 0;
        // The source writes one batch per step, so it can count the steps.
        const counting: BatchSource = {
          ...source,
          writeBatch: (...given) => {
            steps++;
            if (steps === stopAfter) stop.abort();
            source.writeBatch(...given);
          },
        };
        const half = await fit(first, counting, { ...settings, signal: stop.signal });
        const stopped = stopAfter % 19 === 0 ? half.position.done === 0 || half.stopped : half.stopped;
        expect(stopped).toBe(true);
        const file = whole(encodeCheckpoint(first, half.position, identity));
        const second = trainerFor(options);
        const position: Position = restoreCheckpoint(second, file, "f", identity);
        const rest = await fit(second, source, { ...settings, position });
        for (const { tensor } of straight.program.graph.parameters) {
          expect(second.viewOf(tensor)).toEqual(straight.viewOf(tensor));
        }
        expect(rest.epochs.at(-1)?.loss).toBe(result.epochs.at(-1)?.loss);
      }
    },
  );
  test("refuses damaged checkpoints and those of another run", async () => {
    const trainer = trainerFor();
    await fit(trainer, source, { epochs: 1 });
    const file = whole(encodeCheckpoint(trainer, { epoch: 1, done: 0, loss: 0, right: 0 }, identity));
    const restore = (options: CompileOptions, bytes = file, other: object = identity): (() => Position) => {
      return () => restoreCheckpoint(trainerFor(options), bytes, "f", { ...other });
    };
    expect(restore({ batch: 8 })).toThrow(/f: is the checkpoint of another run/);
    expect(restore({}, file, { ...identity, seed: 6 })).toThrow(/another run/);
    expect(restore({}, file.subarray(0, file.length - 4))).toThrow(/^f, byte/);
    expect(restore({}, whole(encodeModel(trainer)))).toThrow(/f: is not a checkpoint of loadline/);
  });
});

describe("a model file", () => {
  test("holds the network and gives the same outputs", async () => {
    const trainer = trainerFor();
    await fit(trainer, source, { epochs: 2 });
    const file = whole(encodeModel(trainer, { note: "x" }));
    const { network: read, loss, metadata } = readSavedNetwork(file, "f");
    expect([read, loss, metadata["note"]]).toEqual([net, "sparseCategoricalCrossentropy", "x"]);
    const other = createTrainer(compile(read, { batch: 7, optimizer: "sgd", threads: 1 }), { seed: 9 });
    open.push(other);
    restoreModel(other, file, "f");
    expect(evaluate(other, source)).toEqual(evaluate(trainer, source));
    expect(() =>
      readSavedNetwork(whole(encodeCheckpoint(trainer, { epoch: 0, done: 0, loss: 0, right: 0 }, {})), "f"),
    ).toThrow(/f: /);
  });
});
