import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeDigits } from "../data/idx.fixture.ts";
import { loadMnist } from "../data/mnist.ts";
import { createTrainer } from "../train/trainer.ts";
import type { Trainer } from "../train/trainer.ts";
import { digitTask, drawDigitSheet, drawingTask } from "./digit-tasks.ts";
import { fitTask } from "./fit-task.ts";
import { languageTask } from "./language-task.ts";
import { prepareTask } from "./prepare-task.ts";
import { textTask } from "./text-task.ts";

const digits = writeDigits(200, 50);
const folder = mkdtempSync(join(tmpdir(), "loadline-task-"));
afterAll(() => {
  for (const each of [digits, folder]) rmSync(each, { recursive: true, force: true });
});
const mnist = await loadMnist({ folder: digits });
const small = digitTask(mnist, { widths: [16] });

function weightsOf(trainer: Trainer): readonly number[] {
  return trainer.program.graph.parameters.flatMap(({ tensor }) => [...trainer.viewOf(tensor)]);
}

describe("prepareTask", () => {
  test("uses the task's batch, loss and learning rate, and gives its rate to no other optimizer", () => {
    const { task } = textTask(
      Array.from({ length: 200 }, (_, at) => ({ text: `word${at} more`, label: at % 2 === 0 ? "a" : "b" })),
      { title: "Texts", name: "texts", length: 8 },
    );
    const { program, plan } = prepareTask(task);
    expect(plan).toBeUndefined();
    expect(program).toMatchObject({
      batch: 32,
      loss: task.loss,
      optimizer: { name: "adam", learningRate: 0.005 },
    });
    const other = prepareTask(task, { compile: { optimizer: "lion" } }).program;
    expect(other.optimizer).toMatchObject({ name: "lion", learningRate: 0.0001 });
    const chosen = prepareTask(task, { compile: { optimizer: "lion" }, learningRate: 0.1 }).program;
    expect(chosen.optimizer).toMatchObject({ name: "lion", learningRate: 0.1 });
  });
  test("keeps to a budget, and refuses a micro-batch next to one", () => {
    const { peakBytes } = prepareTask(small).program;
    const { program, plan } = prepareTask(small, { budgetBytes: Math.floor(peakBytes * 0.6) });
    expect(program.peakBytes).toBeLessThanOrEqual(peakBytes * 0.6);
    expect(plan?.measures.length).toBeGreaterThan(0);
    expect(() => prepareTask(small, { budgetBytes: peakBytes, compile: { microBatch: 8 } })).toThrow(
      /budgetBytes chooses microBatch and recompute/,
    );
  });
});

describe("fitTask", () => {
  test("resumes from its checkpoint file and ends with the same bits", async () => {
    const { program } = prepareTask(small, { compile: { threads: 1 } });
    const straight = createTrainer(program);
    await fitTask(straight, small, { epochs: 3 });
    const checkpoint = join(folder, "run.safetensors");
    const stop = new AbortController();
    const first = createTrainer(program);
    const onEpoch = (): void => stop.abort();
    const half = await fitTask(first, small, { epochs: 3, checkpoint, signal: stop.signal, onEpoch });
    expect(half).toMatchObject({ stopped: true, position: { epoch: 1 } });
    const second = createTrainer(program);
    const resumed: number[] = [];
    await fitTask(second, small, { epochs: 3, checkpoint, onResume: ({ epoch }) => resumed.push(epoch) });
    expect(resumed).toEqual([1]);
    expect(weightsOf(second)).toEqual(weightsOf(straight));
    await expect(fitTask(second, small, { epochs: 4, checkpoint })).rejects.toThrow(
      /is the checkpoint of another run/,
    );
  });
  test("trains a drawing, whose sheet is a PNG file", async () => {
    const task = drawingTask(mnist, { width: 8, seed: 1 });
    const trainer = createTrainer(prepareTask(task, { compile: { threads: 1 } }).program);
    await fitTask(trainer, task, { epochs: 1 });
    expect([...drawDigitSheet(trainer, 1).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  });
});

describe("languageTask", () => {
  test("reads a short text up to twenty times, and knows the loss to beat", () => {
    const { task, vocabularySize, bigramLoss } = languageTask("abcabd".repeat(200), {
      name: "f",
      context: 16,
      width: 8,
    });
    // Training characters: 1,080; windows of 16 that may shift by 15: (1080 - 1 - 15) / 16 = 66; 6,000 / 66 is above 20.
    expect([task.source.count, task.epochs, vocabularySize]).toEqual([66, 20, 6]);
    // After a and b the next token is known half of the time; c and d are always followed by a.
    expect(bigramLoss).toBeGreaterThan(0);
    expect(bigramLoss).toBeLessThan(Math.LN2);
    expect(() => languageTask("short", { name: "f" })).toThrow(/f: got a text of 5 tokens/);
  });
});
