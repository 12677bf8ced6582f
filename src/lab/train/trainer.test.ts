import { describe, expect, test } from "vitest";
import type { BatchSource } from "../data/batch-source.ts";
import { dense, embedding, globalAveragePooling, network } from "../network/layers.ts";
import { compile } from "../compile.ts";
import { fit } from "./fit.ts";
import { createTrainer } from "./trainer.ts";

const net = network({ shape: [4], type: "int32" }, [
  embedding(6, 3),
  globalAveragePooling(),
  dense(2, { activation: "softmax" }),
]);

function sourceOf(token: number, label: number): BatchSource {
  return {
    count: 2,
    input: { shape: [4], type: "int32" },
    target: { shape: [], type: "int32" },
    writeBatch: ({ size }, input, target) => {
      input.int32.fill(1);
      input.int32[size * 4 - 1] = token;
      target.int32.fill(label);
    },
  };
}

describe("a step with tokens and labels out of range", () => {
  test.each([
    [6, 1, /token 7 of a batch: got 6, allowed: 0 to 5/],
    [-1, 1, /token 7 of a batch: got -1/],
    [5, 2, /label 0 of a batch: got 2, allowed: -1 to 1/],
    [5, -1, undefined],
    [5, 1, undefined],
  ])("accepts or refuses token %d, label %d", async (token, label, message) => {
    const trainer = createTrainer(compile(net, { batch: 2, threads: 1 }));
    const step = (): void =>
      trainer.step(
        sourceOf(token, label),
        { order: Uint32Array.from([0, 1]), from: 0, size: 2, epoch: 0 },
        { loss: 0, right: 0, samples: 0 },
      );
    if (message === undefined) expect(step).not.toThrow();
    else expect(step).toThrow(message);
    await trainer.close();
  });
});

test("epochs shorter than a pause still give the event loop a turn, so that a signal is heard", async () => {
  const trainer = createTrainer(compile(net, { batch: 2, threads: 1 }));
  const stop = new AbortController();
  // What a signal does: it is heard only when the event loop has a turn.
  setImmediate(() => stop.abort());
  // Each call is 10 ms later: an epoch of one step is shorter than the 33 ms between two pauses.
  let clock = 0;
  const result = await fit(trainer, sourceOf(5, 1), {
    epochs: 1000,
    signal: stop.signal,
    now: () => (clock += 10),
  });
  await trainer.close();
  expect(result.stopped).toBe(true);
  expect(result.epochs.length).toBeLessThan(10);
});
