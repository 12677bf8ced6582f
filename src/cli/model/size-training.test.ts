import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runWords as run } from "../terminal.fixture.ts";
import { smallLlamaConfig } from "../../model/description/llama.fixture.ts";

const config = smallLlamaConfig;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-training-"));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  readonly kind: string;
  readonly device: string;
  readonly phase: string;
  readonly bytes: number | null;
  readonly formula: string;
  readonly confidence: string;
}
interface Answer {
  readonly items: readonly Item[];
  readonly totals: readonly { readonly device: string; readonly phase: string; readonly bytes: number }[];
  readonly totalBytes: number;
}

async function sizeJson(...words: readonly string[]): Promise<Answer> {
  const { code, out, error } = await run("size", folder, "--train", "--json", ...words);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  return JSON.parse(out) as Answer;
}

describe("loadline size --train", () => {
  test("prints every phase and names the peak", async () => {
    const { code, out } = await run("size", folder, "--train", "--batch", "4", "--sequence", "2k");
    expect(code).toBe(0);
    expect(out).toMatch(/trained with 4 sequences of 2,048 tokens, amp-bf16, adamw/u);
    expect(out).toMatch(/gpu by phase: forward .*, backward .*, step /u);
    expect(out).toMatch(/peak in the backward phase/u);
  });

  test("adds the items of the peak phase up to the total", async () => {
    const { items, totals, totalBytes } = await sizeJson("--batch", "2", "--sequence", "1024");
    const inPhase = (phase: string): number =>
      items
        .filter((item) => item.device === "gpu" && (item.phase === "load" || item.phase === phase))
        .reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    const phases = ["forward", "backward", "step"].map(inPhase);
    expect(totals.map(({ bytes }) => bytes)).toEqual(phases);
    expect(totalBytes).toBe(Math.max(...phases));
    for (const item of items) expect(item.formula.length).toBeGreaterThan(0);
  });

  test("takes less with each measure", async () => {
    const bytes = async (...words: readonly string[]): Promise<number> =>
      (await sizeJson("--batch", "4", "--sequence", "2048", "--attention", "eager", ...words)).totalBytes;
    const base = await bytes();
    expect(await bytes("--attention", "flash")).toBeLessThan(base);
    expect(await bytes("--checkpointing", "full")).toBeLessThan(base);
    expect(await bytes("--checkpointing", "selective")).toBeLessThan(base);
    expect(await bytes("--precision", "bf16")).toBeLessThan(base);
    expect(await bytes("--optimizer", "sgd")).toBeLessThan(base);
    const adapted = await bytes("--adapter", "qlora", "--rank", "8");
    expect(adapted).toBeLessThan(base);
    expect(await bytes("--adapter", "qlora", "--rank", "8", "--targets", "queries-values")).toBeLessThan(
      adapted,
    );
    expect(await bytes("--sharding", "fsdp", "--ranks", "4")).toBeLessThan(base);
  });

  test("prints the time of a step on a device", async () => {
    const { out } = await run("size", folder, "--train", "--device", "h100");
    expect(out).toMatch(/training: a micro-step of 4,096 tokens .* on H100/u);
  });

  test.each([
    [["--precision", "int4"], /--precision: got "int4", allowed: fp32, amp-fp16, amp-bf16, bf16/u],
    [["--optimizer", "adan"], /--optimizer: got "adan", allowed: adamw/u],
    [["--ranks", "4"], /--ranks requires --sharding/u],
    [["--batch", "0"], /--batch: got "0"/u],
    [["--sharding", "zero-2", "--offload-parameters"], /zero-3 or fsdp/u],
    [["--optimizer-in-backward", "--accumulation", "2"], /gradients are freed/u],
  ])("%j is refused", async (words, message) => {
    const { code, out, error } = await run("size", folder, "--train", ...words);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(error).toMatch(message);
  });
});

describe("loadline plan --train", () => {
  test("prints plans and the trainer's arguments", async () => {
    const { code, out } = await run(
      "plan",
      folder,
      "--train",
      "--memory",
      "8GiB",
      "--batch",
      "8",
      "--sequence",
      "2k",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/8 sequences of 2,048 tokens per step/u);
    expect(out).toMatch(
      /plan 1: gives up nothing; .* of 8\.00 GiB on gpu in the [\w' ]+; a step takes at least/u,
    );
    expect(out).toMatch(/TrainingArguments\(/u);
  });

  test("plans for several devices, as JSON", async () => {
    const words = ["plan", folder, "--train", "--memory", "4GiB", "--gpus", "4", "--batch", "4", "--json"];
    const { code, out } = await run(...words);
    expect(code).toBe(0);
    const { plans } = JSON.parse(out) as {
      readonly plans: readonly { readonly measures: readonly unknown[] }[];
    };
    expect(plans.length).toBeGreaterThan(0);
  });
});
