import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { writeDigits } from "../../lab/data/idx.fixture.ts";
import { runCli } from "../run-cli.ts";
import { captureTerminal, runWords as run } from "../terminal.fixture.ts";

let digits = "";
let folder = "";
beforeAll(() => {
  digits = writeDigits(400, 100);
  folder = mkdtempSync(join(tmpdir(), "loadline-lab-"));
});
afterAll(() => {
  for (const each of [digits, folder]) rmSync(each, { recursive: true, force: true });
});

const result = z.object({
  loss: z.number(),
  accuracy: z.number(),
  epochs: z.array(z.object({ seconds: z.number(), loss: z.number(), accuracy: z.number() })),
  plannedBytes: z.number(),
  peakBytes: z.number(),
  ledger: z.object({
    totalBytes: z.number(),
    items: z.array(z.object({ kind: z.string(), bytes: z.number() })),
  }),
});

describe("loadline train mnist", () => {
  test("ends with the line of the worked example", async () => {
    const { code, out, error } = await run("train", "mnist", "--data", digits, "--epochs", "3");
    expect([code, error]).toEqual([0, ""]);
    expect(out).toContain("flatten, dense 128 relu, dense 64 relu, dense 10 softmax: 109,386 parameters");
    expect(out).toMatch(/epoch 3\/3 {2}[\d.]+ s {2}loss [\d.]+ {2}accuracy [\d.]+/);
    expect(out.split("\n").at(-1)).toMatch(/^Loss: \d+\.\d{4}, Accuracy: \d+\.\d{4}$/);
  });
  test("--json: planned bytes equal used bytes", async () => {
    const { out } = await run(
      "train",
      "mnist",
      "--data",
      digits,
      "--epochs",
      "2",
      "--layers",
      "32",
      "--json",
    );
    const { plannedBytes, peakBytes, ledger, epochs, accuracy } = result.parse(JSON.parse(out));
    expect(peakBytes).toBe(plannedBytes);
    expect(ledger.totalBytes).toBe(plannedBytes);
    expect(epochs).toHaveLength(2);
    expect(accuracy).toBeGreaterThan(0.5);
  });
  test("keeps to a budget, and prints the measures", async () => {
    const { out } = await run("train", "mnist", "--data", digits, "--epochs", "1", "--budget", "1MiB");
    expect(out).toContain("Budget: 1,048,576 bytes. Without measures: 1,8");
    expect(out).toContain("optimizer lion");
    const { code, error } = await run("train", "mnist", "--data", digits, "--budget", "2KiB");
    expect(code).toBe(4);
    expect(error).toMatch(
      /budget-too-small.*a budget of 2048 bytes is too small to train this network: allow/,
    );
  });
  test("accepts other losses, optimizers and networks", async () => {
    const small = ["train", "mnist", "--data", digits, "--epochs", "1", "--layers", "16", "--json"];
    for (const words of [
      ["--loss", "mse"],
      ["--loss", "binary_crossentropy", "--optimizer", "adamw"],
      ["--optimizer", "adafactor", "--micro-batch", "8", "--threads", "1"],
      ["--recompute", "2", "--learning-rate", "1e-2", "--optimizer", "sgd"],
    ]) {
      const { code, out } = await run(...small, ...words);
      expect(code).toBe(0);
      expect(z.object({ loss: z.number() }).parse(JSON.parse(out)).loss).toBeGreaterThan(0);
    }
    const file = join(folder, "network.json");
    const layers = [
      { type: "conv2d", filters: 4, kernelSize: 3, strides: 2, activation: "relu" },
      { type: "flatten" },
    ];
    const last = { type: "dense", units: 10, activation: "softmax" };
    writeFileSync(file, JSON.stringify({ input: { shape: [28, 28] }, layers: [...layers, last] }));
    const { code, out } = await run("train", "mnist", "--data", digits, "--epochs", "1", "--network", file);
    expect(code).toBe(0);
    expect(out).toContain("conv2d 4 of 3×3 relu");
  });
  test.each([
    [["--epochs", "x"], 2, /--epochs: got "x", allowed: a whole number from 0/],
    [["--optimizer", "adagrad"], 2, /--optimizer: got "adagrad", allowed: sgd/],
    [["--micro-batch", "5"], 2, /microBatch: got 5, allowed: a divisor of the batch 32/],
    [["--budget", "lots"], 2, /--budget: got "lots", allowed: a number of bytes/],
    [["--layer", "3"], 2, /unknown option '--layer' \(Did you mean --layers\?\)/],
    [["--network", "nowhere.json"], 5, /nowhere.json: no such file/],
    [["--save", "/nowhere/at/all.safetensors"], 9, /file-unwritable/],
  ])("%s is refused", async (words, exit, message) => {
    const { code, error } = await run(
      "train",
      "mnist",
      "--data",
      digits,
      "--epochs",
      "1",
      "--layers",
      "0",
      ...words,
    );
    expect(error).toMatch(message);
    expect(code).toBe(exit);
  });
});

describe("loadline train, other tasks", () => {
  test("text: learns classes from CSV and saves the model", async () => {
    const rows = Array.from({ length: 300 }, (_, index) => {
      const kind = index % 2 === 0;
      return `"${kind ? "cheap pills buy now" : "minutes of the meeting"} number ${index} ${"x".repeat(index % 7)}",${kind ? "spam" : "ham"}`;
    });
    const file = join(folder, "texts.csv");
    writeFileSync(file, `text,label\n${rows.join("\n")}\n`);
    const { code, out } = await run("train", "text", file, "--epochs", "6", "--length", "20", "--width", "8");
    expect(code).toBe(0);
    expect(out).toContain("classes ham, spam");
    expect(out.split("\n").at(-1)).toMatch(/Accuracy: 1\.0000$/);
  });
  test("lm beats a bigram model of the same text, and generate continues it", async () => {
    // Only who sees further back than one character knows which of the words comes.
    const text = Array.from({ length: 900 }, (_, index) => ["abcd ", "bdca ", "dacb "][index % 3]).join("");
    const file = join(folder, "text.txt");
    const model = join(folder, "model.safetensors");
    writeFileSync(file, text);
    const size = ["--context", "16", "--width", "32", "--layers", "2", "--heads", "2", "--epochs", "8"];
    const { code, out } = await run(
      "train",
      "lm",
      file,
      ...size,
      "--learning-rate",
      "0.005",
      "--save",
      model,
    );
    expect(code).toBe(0);
    expect(out).toMatch(/nats a token: below/);
    // Small batches: with larger ones a short text has too few updates to get below a bigram model.
    expect(out).toContain("batch 4,");
    const words = ["generate", model, "--prompt", "abcd bdca ", "--length", "15", "--temperature", "0"];
    const { out: said } = await run(...words);
    expect(said).toBe("abcd bdca dacb abcd bdca ");
    const { terminal, out: piped } = captureTerminal("", {
      input: () => Promise.resolve(readFileSync(model)),
    });
    await runCli(["generate", "-", ...words.slice(2)], terminal, "0.0.0");
    expect(piped()).toBe(said);
    expect((await run(...words, "--json")).out).toContain('"text": "dacb abcd bdca "');
    const { code: exit, error } = await run("generate", file);
    expect(exit).toBe(3);
    expect(error).toMatch(/text.txt, byte/);
  });
  test("mnist-generator writes a sheet", async () => {
    const output = join(folder, "sheet.png");
    const { code, out } = await run(
      "train",
      "mnist-generator",
      "--data",
      digits,
      "--epochs",
      "1",
      "--width",
      "16",
      "--output",
      output,
    );
    expect(code).toBe(0);
    expect(out).toContain(`sheet: ${output}`);
    expect([...readFileSync(output).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });
});

describe("loadline sweep and plan", () => {
  test("sweep prints a table, a front and findings", async () => {
    const words = ["sweep", "mnist", "--data", digits, "--depth", "0..1", "--batch", "8,32", "--epochs", "1"];
    const { code, out } = await run(...words);
    expect(code).toBe(0);
    expect(out).toMatch(/\* {6}0 {6}8 {2}adam/);
    expect(out).toContain("Going from 1 to 0 hidden layers:");
    const { rows } = z
      .object({ rows: z.array(z.object({ peakBytes: z.number() })) })
      .parse(JSON.parse((await run(...words, "--json")).out));
    expect(rows).toHaveLength(4);
  });
  test("plan reads a network by its content and prints its plan", async () => {
    const file = join(folder, "network");
    const layers = [
      { type: "dense", units: 64, activation: "relu" },
      { type: "dense", units: 4, activation: "softmax" },
    ];
    writeFileSync(file, JSON.stringify({ input: { shape: [32] }, layers }));
    const { code, out } = await run("plan", file, "--memory", "40KiB", "--batch", "64");
    expect(code).toBe(0);
    expect(out).toContain("Budget: 40,960 bytes. Without measures: ");
    const { peakBytes } = z
      .object({ peakBytes: z.number() })
      .parse(JSON.parse((await run("plan", file, "--memory", "40KiB", "--batch", "64", "--json")).out));
    expect(out).toContain(`arena: ${peakBytes.toLocaleString("en")} bytes`);
    expect((await run("plan", file)).error).toMatch(/--memory is required/);
    expect((await run("plan", file, "--memory", "1MiB", "--gpus", "2")).error).toMatch(
      /--gpus is not supported/,
    );
    writeFileSync(file, JSON.stringify({ input: { shape: [32] }, layers: [{ type: "dense", units: -1 }] }));
    const broken = await run("plan", file, "--memory", "1MiB");
    expect(broken.code).toBe(2);
    expect(broken.error).toContain(`${file}: layers.0.units: `);
  });
  test("fit is gone and names its replacement", async () => {
    const { code, error } = await run("fit", "network.json", "--budget", "1MiB");
    expect(code).toBe(2);
    expect(error).toContain("use loadline plan NETWORK.json --memory BYTES");
  });
});

describe("a killed training run", () => {
  const command = fileURLToPath(new URL("../main.ts", import.meta.url));
  function start(
    words: readonly string[],
    killAfterLine: number | undefined,
    signal: NodeJS.Signals,
  ): Promise<string> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      child.stdout.on("data", (piece: Buffer) => {
        text += piece.toString();
        const epochs = text.split("\n").filter((line) => line.startsWith("epoch")).length;
        if (killAfterLine !== undefined && epochs >= killAfterLine) child.kill(signal);
      });
      child.on("close", () => resolve(text));
    });
  }
  test.each(["SIGKILL", "SIGINT"] as const)(
    "continues after %s from its checkpoint and ends with the same bits",
    async (signal) => {
      const file = (name: string): string => join(folder, `${signal}-${name}.safetensors`);
      const words = (checkpoint: string, save: string): readonly string[] =>
        "train mnist --epochs 40 --layers 64,32"
          .split(" ")
          .concat("--data", digits, "--checkpoint", checkpoint, "--save", save);
      const straight = await start(words(file("a"), file("straight")), undefined, signal);
      const killed = await start(words(file("b"), file("resumed")), 3, signal);
      expect(existsSync(file("resumed"))).toBe(false);
      if (signal === "SIGINT") expect(killed).toContain("stopped; the same command continues from");
      const resumed = await start(words(file("b"), file("resumed")), undefined, signal);
      expect(resumed).toMatch(/continuing at epoch \d+, sample/);
      expect(readFileSync(file("resumed")).equals(readFileSync(file("straight")))).toBe(true);
      expect(resumed.trim().split("\n").at(-1)).toBe(straight.trim().split("\n").at(-1));
    },
    60_000,
  );
});
