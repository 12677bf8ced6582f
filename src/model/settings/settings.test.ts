import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { deepSpeedSettings, unknownDeepSpeedNames } from "./deepspeed.ts";
import { fsdpSettings } from "./fsdp.ts";
import { llamaServerSettings } from "./llama-server.ts";
import { shellWord } from "./settings-block.ts";
import { trainerSettings } from "./trainer-settings.ts";
import { vllmServeSettings } from "./vllm-serve.ts";
import { vllmReleases } from "../ledger/vllm/releases.ts";
import type { VllmReleaseName } from "../ledger/vllm/releases.ts";
import { servedPrecisions } from "../plan/cost/risk.ts";
import { expertPattern } from "../plan/llama-cpp/llama-cpp-state.ts";

const serveFlags = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/vllm-blocks.json", import.meta.url), "utf8"),
) as Readonly<Record<VllmReleaseName, Record<"flags" | "cacheTypes" | "quantizations", readonly string[]>>>;

const flagsOf = (text: string): readonly string[] =>
  text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(" ")[0] ?? "");

describe("llama-server", () => {
  const options = { contextTokens: 8192, sequences: 4, devices: 1 };

  test("quotes words and places all layers", () => {
    const { text } = llamaServerSettings({
      model: "a b.gguf",
      layers: 33,
      options: {
        ...options,
        keyType: "q8_0",
        valueType: "q8_0",
        devices: 2,
        tensorSplit: [3, 1],
        offloadCache: false,
      },
    });
    expect(text).toContain("-m 'a b.gguf'");
    expect(text).toContain("-ngl 33");
    expect(text).toContain("-ts 3,1");
    expect(text).toContain("-ctv q8_0");
    expect(text).toContain("-fa on");
  });

  test("moves experts of the first layers by their own flag, and other tensors by pattern", () => {
    const experts = [{ pattern: expertPattern(3), device: "host" }];
    expect(
      llamaServerSettings({ model: "m", layers: 33, options: { ...options, overrides: experts } }).text,
    ).toContain("-ncmoe 3");
    const other = [{ pattern: "exps", device: "host" }];
    expect(
      llamaServerSettings({ model: "m", layers: 33, options: { ...options, overrides: other } }).text,
    ).toContain("-ot exps=CPU");
  });

  test("refuses quantized values without flash attention", () => {
    expect(() =>
      llamaServerSettings({
        model: "m",
        layers: 33,
        options: { ...options, flashAttention: false, valueType: "q8_0" },
      }),
    ).toThrow(/without flash attention/);
  });
});

test.each(vllmReleases)("vLLM %s gets only flags that it has", (release) => {
  const { text, target } = vllmServeSettings({
    model: "meta-llama/Llama-3.1-8B",
    options: {
      release,
      contextTokens: 8192,
      maxSequences: 64,
      batchedTokens: 4096,
      blockTokens: 32,
      cacheType: "fp8",
      tensorParallel: 2,
      pipelineParallel: 2,
      eager: true,
      offloadBytes: 2 ** 31,
    },
    quantization: "fp8",
  });
  expect(target).toContain(release);
  expect(flagsOf(text).length).toBe(11);
  expect(flagsOf(text).filter((flag) => !serveFlags[release].flags.includes(flag))).toEqual([]);
  expect(serveFlags[release].flags.length).toBeGreaterThan(150);
  expect(serveFlags[release].cacheTypes).toEqual(expect.arrayContaining(["auto", "fp8", "fp8_ds_mla"]));
  const precisions = servedPrecisions.map(({ name }) => name);
  expect(serveFlags[release].quantizations).toEqual(expect.arrayContaining(precisions));
});

test("vLLM keeps its defaults for what is not given", () => {
  const { text } = vllmServeSettings({ model: "m", options: {} });
  expect(flagsOf(text)).toEqual(["--gpu-memory-utilization"]);
  expect(text).toContain("0.92");
});

describe("settings of a training run", () => {
  test("set recomputation once: in FSDP where it shards, else in the trainer", () => {
    const plain = trainerSettings({ batch: 1, checkpointing: "full" });
    expect(plain.text).toContain("gradient_checkpointing=True");
    const setup = { batch: 1, checkpointing: "full", sharding: { kind: "fsdp", ranks: 4 } } as const;
    expect(trainerSettings(setup).text).toContain("gradient_checkpointing=False");
    expect(JSON.parse(fsdpSettings(setup).text)).toMatchObject({
      activation_checkpointing: true,
      version: 2,
    });
    expect(JSON.parse(fsdpSettings(setup, { transformers: 4 }).text)).toMatchObject({
      fsdp_activation_checkpointing: true,
    });
  });

  test("refuse accumulation with the optimizer in the backward pass", () => {
    expect(() => trainerSettings({ batch: 1, accumulationSteps: 4, optimizerInBackward: true })).toThrow(
      /accumulationSteps: got 4/,
    );
  });

  test("use names that DeepSpeed reads, and find a wrong one", () => {
    for (const kind of ["zero-1", "zero-2", "zero-3"] as const) {
      const { text } = deepSpeedSettings({
        batch: 2,
        accumulationSteps: 8,
        precision: "amp-fp16",
        sharding: { kind, ranks: 4, offloadOptimizer: true, offloadParameters: kind === "zero-3" },
      });
      expect(unknownDeepSpeedNames(JSON.parse(text))).toEqual([]);
      expect(JSON.parse(text)).toMatchObject({
        train_micro_batch_size_per_gpu: 2,
        zero_optimization: { stage: Number(kind.at(-1)), offload_optimizer: { device: "cpu" } },
      });
    }
    expect(unknownDeepSpeedNames({ zero_optimization: { stage: 2, overlap_com: true }, zero: {} })).toEqual([
      "zero_optimization.overlap_com",
      "zero",
    ]);
    expect(() =>
      deepSpeedSettings({ batch: 1, sharding: { kind: "zero-2", ranks: 2, offloadParameters: true } }),
    ).toThrow(/offloadParameters requires zero-3/);
  });
});

test("shellWord quotes a word where it needs quotes", () => {
  expect(shellWord("a.gguf")).toBe("a.gguf");
  expect(shellWord("it's; rm -rf")).toBe(String.raw`'it'\''s; rm -rf'`);
});
