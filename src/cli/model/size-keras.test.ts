import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runWords as run } from "../terminal.fixture.ts";

const layers = [
  {
    class_name: "Conv2D",
    config: {
      name: "conv",
      filters: 8,
      kernel_size: [3, 3],
      activation: "relu",
      batch_input_shape: [null, 28, 28, 1],
    },
  },
  { class_name: "BatchNormalization", config: { name: "norm" } },
  { class_name: "Flatten", config: { name: "flat" } },
  { class_name: "Dense", config: { name: "dense", units: 10, activation: "softmax" } },
];
const text = [
  { class_name: "Embedding", config: { name: "words", input_dim: 100, output_dim: 8 } },
  { class_name: "LSTM", config: { name: "lstm", units: 4 } },
];
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-keras-"));
  const write = (name: string, model: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify({ modelTopology: { model_config: model } }));
  write("image.json", { class_name: "Sequential", config: { name: "image", layers } });
  write("text.json", { class_name: "Sequential", config: { name: "text", layers: text } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("loadline size model.json", () => {
  test("prints layers, parameters, input and what the network holds", async () => {
    const { code, out, error } = await run(
      "size",
      join(folder, "image.json"),
      "--batch",
      "4",
      "--device",
      "rtx4090",
    );
    expect({ code, error }).toEqual({ code: 0, error: "" });
    // 80 of the convolution, 32 of the norm (16 trained), 26 x 26 x 8 x 10 + 10
    expect(out).toContain(
      "4 layers; 54,202 parameters; 54,186 of them trained; input 28 x 28 x 1; predicts 4 samples",
    );
    expect(out).toContain("TensorFlow.js 4.22");
    expect(out).toMatch(/activations: dense +host +forward/u);
    expect(out).toContain("a batch of 4 samples moves");
    expect(out).toContain("samples/s");
  });

  test("--train prints phases and optimizer states", async () => {
    const words = ["--train", "--optimizer", "adam", "--batch", "2", "--json"];
    const { code, out } = await run("size", join(folder, "image.json"), ...words);
    const answer = JSON.parse(out) as {
      readonly items: readonly { readonly kind: string; readonly phase: string; readonly bytes: number }[];
      readonly totals: readonly { readonly phase: string }[];
      readonly peaks: readonly {
        readonly phase: string;
        readonly peakBytes: number;
        readonly bufferBytes: number;
      }[];
    };
    expect(code).toBe(0);
    expect(answer.totals.map(({ phase }) => phase)).toEqual(["forward", "backward", "step"]);
    const states = answer.items.find(({ kind, phase }) => kind === "optimizer" && phase === "load");
    expect(states?.bytes).toBe(8 * 54_186 + 8);
    expect(answer.peaks.map(({ phase }) => phase)).toEqual(["forward", "backward", "step"]);
    expect(
      answer.peaks.every(({ peakBytes, bufferBytes }) => bufferBytes > 0 && bufferBytes < peakBytes),
    ).toBe(true);
  });

  test("requires --sequence for a size that varies", async () => {
    const open = await run("size", join(folder, "text.json"));
    expect(open.out).toContain("--sequence");
    expect(open.out).toContain("at least");
    const given = await run("size", join(folder, "text.json"), "--sequence", "20");
    expect(given.code).toBe(0);
    expect(given.out).not.toContain("at least");
  });

  test("refuses another engine", async () => {
    const { code, error } = await run("size", join(folder, "image.json"), "--engine", "vllm");
    expect(code).toBe(2);
    expect(error).toContain("tensorflow.js");
  });

  test("refuses an optimizer that TensorFlow.js does not have", async () => {
    const { code, error } = await run("size", join(folder, "image.json"), "--train", "--optimizer", "lion");
    expect(code).toBe(2);
    expect(error).toContain("lion");
  });
});
