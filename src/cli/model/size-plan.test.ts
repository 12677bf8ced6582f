import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { closeServers, sendRange, serve } from "../../model/file/source/serve.fixture.ts";
import { devices, workloads } from "../../model/index.ts";
import { cacheBytesOfToken, largeConfig, runWords, smallGguf } from "./model.fixture.ts";

let folder = "";
let gguf = "";
let config = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-model-"));
  gguf = join(folder, "small.gguf");
  writeFileSync(gguf, smallGguf());
  mkdirSync(join(folder, "large"));
  config = join(folder, "large", "config.json");
  writeFileSync(config, JSON.stringify(largeConfig));
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "cut.gguf"), smallGguf().subarray(0, 200));
  writeFileSync(join(folder, "model.keras"), "PK\u0003\u0004");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(closeServers);

interface Line {
  readonly kind: string;
  readonly device: string;
  readonly phase: string;
  readonly bytes: number;
  readonly formula: string;
  readonly confidence: string;
}
interface Answer {
  readonly items: readonly Line[];
  readonly totalBytes: number;
}

async function runBoth(...words: readonly string[]): Promise<Answer> {
  const { code, out, error } = await runWords("size", ...words, "--json");
  expect({ code, error }).toEqual({ code: 0, error: "" });
  return JSON.parse(out) as Answer;
}

const bytesOf = ({ items }: Answer, kind: string): number =>
  items.filter((line) => line.kind === kind).reduce((sum, { bytes }) => sum + bytes, 0);

describe("loadline size", () => {
  test("prints items with bars, totals and confidence", async () => {
    const { code, out } = await runWords("size", gguf, "--context", "4k");
    expect(code).toBe(0);
    expect(out).toMatch(/^small\.gguf: |^a small llama: /u);
    expect(out).toMatch(/kv-cache: keys and values +host +\d.* exact +█/u);
    expect(out).toMatch(/host: .* \([\d,]+ bytes\)/u);
    expect(out).toMatch(/by kind: /u);
  });

  test("adds items up to the total, and computes the cache by its formula", async () => {
    const answer = await runBoth(gguf, "--context", "4096");
    expect(answer.items.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(answer.totalBytes);
    expect(bytesOf(answer, "kv-cache")).toBe(4096 * cacheBytesOfToken);
    for (const { kind, device, phase, formula, confidence } of answer.items)
      expect([kind, device, phase, formula, confidence].every((text) => text.length > 0)).toBe(true);
  });

  test.each([
    [["--utilization", "0.5"], /--utilization is only supported by vllm \(engine: llama\.cpp\)/],
    [["--engine", "vllm", "-ngl", "3"], /-ngl is only supported by llama\.cpp \(engine: vllm\)/],
    [
      ["--engine", "pytorch", "--train", "-c", "1k"],
      /-c is only supported by llama\.cpp and vllm \(engine: pytorch\)/,
    ],
    [["--precision", "bf16"], /--precision requires --train/],
  ])("refuses %j, which the engine does not read", async (words, message) => {
    const { code, error } = await runWords("size", config, "--engine", "llama.cpp", ...words);
    expect([code, error]).toEqual([2, expect.stringMatching(message)]);
  });

  test("names the file of a setting that is not a number", async () => {
    const path = join(folder, "mine.json");
    writeFileSync(path, JSON.stringify({ ...largeConfig, hidden_size: "wide" }));
    const { code, error } = await runWords("size", path);
    expect([code, error]).toEqual([3, expect.stringMatching(/mine\.json: hidden_size: got "wide"/)]);
  });

  test("applies each option", async () => {
    const cache = async (...words: readonly string[]): Promise<number> =>
      bytesOf(await runBoth(gguf, "--context", "4k", ...words), "kv-cache");
    const base = await cache();
    expect(await cache("--kv-type", "q8_0")).toBe((base * 34) / 64);
    expect(await cache("--key-type", "f32")).toBe(base * 1.5);
    expect(await cache("--sequences", "4")).toBe(base);
    const placed = await runBoth(gguf, "--context", "4k", "--gpu-layers", "all");
    expect(placed.items.some(({ kind, device }) => kind === "kv-cache" && device === "gpu0")).toBe(true);
    const split = await runBoth(gguf, "--gpus", "2", "--tensor-split", "1,1");
    expect(new Set(split.items.map(({ device }) => device))).toEqual(new Set(["host", "gpu0", "gpu1"]));
    const compute = async (...words: readonly string[]): Promise<number> =>
      bytesOf(await runBoth(gguf, "--context", "8k", ...words), "compute");
    expect(await compute("--ubatch", "128")).toBeLessThan(await compute("--ubatch", "1024"));
    expect(await compute("--flash-attention", "off")).toBeGreaterThan(
      await compute("--flash-attention", "on"),
    );
  });

  test("explains each item", async () => {
    const { out } = await runWords("size", gguf, "--explain");
    expect(out).toMatch(/^formulas$/mu);
    expect(out).toMatch(/kv-cache: keys and values \(host, load\): [\d,]+ bytes, exact, llama\.cpp/u);
  });

  test("prints vLLM's pool and each device's pace", async () => {
    const { out } = await runWords("size", config, "--engine", "vllm", "--device", "h100", "--context", "8k");
    expect(out).toMatch(/^large: llama; 32 layers; 8\.03 billion parameters/u);
    expect(out).toMatch(/pool: [\d,]+ blocks; .* fit at a time/u);
    for (const device of devices) {
      const { code, out: said } = await runWords("size", gguf, "--device", device.name);
      expect(code).toBe(0);
      expect(said).toContain(device.label);
    }
  });

  test.each([true, false])("reads a URL, ranges: %s", async (ranges) => {
    const bytes = smallGguf();
    const address = await serve((request, response) => {
      if (ranges) sendRange(request, response, bytes);
      else response.end(bytes);
    });
    const remote = await runBoth(`${address}/small.gguf`, "--context", "4k");
    expect(remote.totalBytes).toBe((await runBoth(gguf, "--context", "4k")).totalBytes);
  });

  test("writes a page", async () => {
    const page = join(folder, "size.html");
    const { code, out } = await runWords("size", gguf, "--report", page);
    expect(code).toBe(0);
    expect(out).toContain(`report: ${page}`);
    expect(readFileSync(page, "utf8")).toContain("keys and values");
  });

  test.each([
    ["a file that is not there", ["nothing.gguf"], 5, /no such file/u],
    ["a folder without a model", ["FOLDER/empty"], 5, /./u],
    ["a header that is cut off", ["FOLDER/cut.gguf"], 3, /cut\.gguf, byte \d+/u],
    ["an archive of Keras", ["FOLDER/model.keras"], 3, /keras/iu],
    ["an unknown type", ["GGUF", "--kv-type", "q9"], 2, /--kv-type: got "q9", allowed: f32/u],
    ["an unknown device", ["GGUF", "--device", "abacus"], 2, /--device: got "abacus", allowed: rtx3060/u],
    ["an unknown engine", ["GGUF", "--engine", "abacus"], 2, /--engine: got "abacus", allowed: llama\.cpp/u],
    ["a context of none", ["GGUF", "--context", "0"], 2, /--context: got "0"/u],
    ["a switch that is none", ["GGUF", "--mmap", "maybe"], 2, /--mmap: got "maybe", allowed: on or off/u],
    ["rules without a place", ["GGUF", "--override-tensor", "exps"], 2, /PATTERN=host/u],
    [
      "values quantized without flash attention",
      ["GGUF", "--flash-attention", "off", "--value-type", "q8_0"],
      2,
      /without flash attention/u,
    ],
    [
      "a page that cannot be written",
      ["GGUF", "--report", "FOLDER/no/where.html"],
      9,
      /the folder .*no does not exist/u,
    ],
    ["a server that is not there", ["http://127.0.0.1:9/x.gguf"], 9, /127\.0\.0\.1/u],
    ["no model", [], 2, /MODEL/u],
    [
      "an option that there is not",
      ["GGUF", "--contxt", "4k"],
      2,
      /unknown option '--contxt' \(Did you mean --context\?\)/u,
    ],
  ] as const)("refuses %s", async (_, words, code, message) => {
    const typed = words.map((word) => word.replace("FOLDER", folder).replace("GGUF", gguf));
    const result = await runWords("size", ...typed);
    expect(result.code).toBe(code);
    expect(result.error).toMatch(message);
    expect(result.error.split("\n")).toHaveLength(1);
  });
});

describe("loadline plan", () => {
  test.each(workloads.map(({ name }) => name))("plans %s with both engines", async (name) => {
    for (const [model, engine] of [
      [gguf, "llama.cpp"],
      [config, "vllm"],
    ] as const) {
      const { code, out } = await runWords(
        "plan",
        model,
        "--memory",
        "40GiB",
        "--workload",
        name,
        "--engine",
        engine,
      );
      expect(code).toBe(0);
      expect(out).toMatch(/plan 1: gives up nothing/u);
      expect(out).toMatch(engine === "vllm" ? /vllm serve/u : /llama-server \\/u);
    }
  });

  test("prints plans, ledgers and settings as JSON", async () => {
    const { code, out } = await runWords("plan", config, "--device", "rtx4090", "--json");
    expect(code).toBe(0);
    const { plans } = JSON.parse(out) as {
      readonly plans: readonly {
        readonly ledger: Answer;
        readonly binding: { readonly bytes: number; readonly budgetBytes: number };
        readonly blocks: readonly { readonly text: string }[];
      }[];
    };
    expect(plans.length).toBeGreaterThan(0);
    for (const { ledger, binding, blocks } of plans) {
      expect(binding.bytes).toBeLessThanOrEqual(binding.budgetBytes);
      expect(ledger.items.length).toBeGreaterThan(2);
      expect(blocks[0]?.text.length).toBeGreaterThan(10);
    }
  });

  test("prints how far the budget goes", async () => {
    const { out } = await runWords("plan", gguf, "--memory", "1GiB");
    expect(out).toMatch(
      /limits: .* tokens of context per sequence, .* concurrent sequences, .* smallest listed device/u,
    );
    const { out: json } = await runWords("plan", gguf, "--memory", "1GiB", "--json");
    const { limits } = JSON.parse(json) as { readonly limits: { readonly maxContextTokens: number } };
    expect(limits.maxContextTokens).toBe(8192);
  });

  test("warns of a workload longer than the trained context", async () => {
    const { out } = await runWords("plan", gguf, "--memory", "8GiB", "--input", "20k");
    expect(out).toMatch(/the workload takes 21,480 tokens, the model was trained for 8,192/u);
  });

  test("names the cure when nothing fits", async () => {
    const { code, out } = await runWords("plan", config, "--memory", "256MiB", "--engine", "vllm");
    expect(code).toBe(0);
    expect(out).toMatch(/No plan fits, even with every measure\. Try a larger --memory/u);
  });

  test("takes numbers instead of a workload", async () => {
    const { out } = await runWords(
      "plan",
      gguf,
      "--memory",
      "8GiB",
      "--input",
      "1k",
      "--output",
      "100",
      "--sequences",
      "3",
    );
    expect(out).toMatch(/1,024 tokens in, 100 out, 3 concurrent/u);
  });

  test.each([
    ["no memory", [], /--memory: a plan needs a number of bytes or a device/u],
    ["memory without a unit", ["--memory", "24"], /24 bytes; allowed: 64MiB and more/u],
    ["memory in words", ["--memory", "lots"], /--memory: got "lots"/u],
    [
      "an unknown workload",
      ["--memory", "8GiB", "--workload", "poems"],
      /--workload: got "poems", allowed: chat/u,
    ],
    ["an unknown engine", ["--memory", "8GiB", "--engine", "abacus"], /--engine: got "abacus"/u],
    ["too many cards", ["--memory", "8GiB", "--gpus", "99"], /--gpus: got 99/u],
    [
      "a share of vLLM for llama.cpp",
      ["--memory", "8GiB", "--utilization", "0.9"],
      /--utilization is only supported by vllm \(engine: llama\.cpp\)/u,
    ],
    [
      "llama.cpp's cache for vLLM",
      ["--memory", "8GiB", "--engine", "vllm", "--kv-type", "q8_0"],
      /--kv-type is only supported by llama\.cpp \(engine: vllm\)/u,
    ],
    [
      "a training's optimizer without one",
      ["--memory", "8GiB", "--optimizer", "sgd"],
      /--optimizer requires --train/u,
    ],
    ["a plan that there is not", ["--memory", "8GiB", "--show", "99"], /--show: got 99, allowed: 1 to \d/u],
    ["a share above one", ["--memory", "8GiB", "--utilization", "2"], /--utilization: got "2"/u],
  ] as const)("refuses %s", async (_, words, message) => {
    const { code, error } = await runWords("plan", gguf, ...words);
    expect(code).toBe(2);
    expect(error).toMatch(message);
  });
});
