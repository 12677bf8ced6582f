import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { catalogue } from "../../../test/model/architectures/catalogue.ts";
import { writeGgufHeader } from "../../../test/model/write-gguf.ts";
import { GiB, MiB } from "../../shared/units.ts";
import type { HttpFetch } from "../file/source/http-options.ts";
import { llamaCppLedger, openModel, readModelFile, describeModel, plan } from "../index.ts";
import { planModel } from "./plan-model.ts";
import type { PlanModelOptions } from "./plan-model.ts";
import { sizeModel } from "./size-model.ts";
import type { SizeModelOptions } from "./size-options.ts";
import { smallLlamaConfig } from "../description/llama.fixture.ts";

const config = { ...smallLlamaConfig, max_position_embeddings: 8192 };
const layers = [
  { class_name: "Dense", config: { name: "in", units: 8, batch_input_shape: [null, 4] } },
  { class_name: "Dense", config: { name: "out", units: 2 } },
];
const folder = mkdtempSync(join(tmpdir(), "loadline-calls-"));
const gguf = join(folder, "llama.gguf");
const network = join(folder, "network.json");
const header = catalogue["llama"]?.();
if (header === undefined) throw new Error("no header of llama");
writeFileSync(gguf, writeGgufHeader(header));
mkdirSync(join(folder, "small"));
writeFileSync(join(folder, "small", "config.json"), JSON.stringify(config));
writeFileSync(
  network,
  JSON.stringify({
    modelTopology: { model_config: { class_name: "Sequential", config: { name: "two", layers } } },
  }),
);
const small = join(folder, "small");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What JSON makes of it: fields that are undefined are left out, everything else must stay. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("sizeModel", () => {
  test.each([
    [gguf, {}, "llama.cpp"],
    [small, {}, "vllm"],
    [small, { train: true }, "pytorch"],
    [network, {}, "tensorflow.js"],
    [network, { train: true }, "tensorflow.js"],
  ] as const)("chooses the engine by the file's format: %s %j", async (location, options, engine) => {
    const size = await sizeModel(location, options);
    expect(size.engine).toBe(engine);
    expect(size.ledger.totalBytes).toBeGreaterThan(0);
    expect(size.paces).toEqual([]);
  });

  test("counts what the ledger of the engine counts", async () => {
    const source = await openModel(gguf);
    const description = describeModel(await readModelFile(source));
    await source.close?.();
    const size = await sizeModel(gguf, { contextTokens: 4096, llamaCpp: { keyType: "q8_0" } });
    expect(size.ledger).toEqual(llamaCppLedger(description, { contextTokens: 4096, keyType: "q8_0" }));
    expect(size.model).toMatchObject({ kind: "model", architecture: "llama", layers: 32 });
  });

  test("lets an engine's own settings win over the shared ones", async () => {
    const size = await sizeModel(gguf, { contextTokens: 4096, llamaCpp: { contextTokens: 2048 } });
    expect(size.options).toMatchObject({ contextTokens: 2048, devices: 0 });
  });

  test("gives vLLM the memory of the device, and times a step on it", async () => {
    const size = await sizeModel(small, { device: "h100", contextTokens: 4096 });
    if (size.engine !== "vllm") throw new Error("not vLLM");
    expect(size.pool.starts).toBe(true);
    expect(size.options.memoryBytes).toBeGreaterThan(79 * GiB);
    expect(size.paces.map(({ traffic }) => traffic.phase)).toEqual(["decode", "prefill"]);
  });

  test("puts all layers on the device with llama.cpp, and none on a processor", async () => {
    const devices = async (options: SizeModelOptions): Promise<unknown> => {
      const size = await sizeModel(gguf, options);
      return size.engine === "llama.cpp" ? size.options.devices : undefined;
    };
    expect(await devices({ device: "rtx4090" })).toBe(1);
    expect(await devices({ llamaCpp: { gpuLayers: 0 }, device: "rtx4090" })).toBe(0);
    expect(await devices({})).toBe(0);
  });

  test("counts an adapter, a projector and a draft model from their own files", async () => {
    const size = await sizeModel(gguf, { contextTokens: 512, adapter: gguf, projector: gguf, draft: gguf });
    const kinds = new Set(size.ledger.items.map(({ kind }) => kind));
    for (const kind of ["adapter", "projector", "draft"] as const) expect(kinds).toContain(kind);
  });

  test.each([
    [gguf, { device: "rtx4090" }],
    [small, { device: "h100" }],
    [small, { train: true, device: "h100" }],
    [network, { train: true, device: "h100" }],
  ] as const)("returns plain data that JSON keeps: %s %j", async (location, options) => {
    const size = await sizeModel(location, options);
    expect(throughJson(size)).toEqual(throughJson(structuredClone(size)));
    expect(throughJson(size)).toEqual(size);
  });

  test("reads with the fetch, headers and signal that are handed in", async () => {
    const requests: string[] = [];
    const fetch: HttpFetch = (url, { headers, signal }) => {
      if (signal.aborted) return Promise.reject(new Error("aborted"));
      requests.push(`${url} ${headers["x-team"] ?? ""}`);
      return Promise.resolve(
        new Response(JSON.stringify(config)) as unknown as Awaited<ReturnType<HttpFetch>>,
      );
    };
    const location = "https://models.test/small/config.json";
    const size = await sizeModel(location, { fetch, headers: { "x-team": "a" } });
    expect(size.model.name).toBe("small");
    expect(requests).toEqual([`${location} a`]);
    const stopped = sizeModel(location, { fetch, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: "LoadlineError" });
  });

  test.each([
    [gguf, { engine: "abacus" }, "engine"],
    [gguf, { engine: "tensorflow.js" }, "engine"],
    [network, { engine: "vllm" }, "engine"],
    [gguf, { engine: "llama.cpp", train: true }, "engine"],
    [small, { train: true, contextTokens: 4096 }, "contextTokens"],
    [small, { draft: gguf }, "draft"],
    [small, { device: "abacus" }, "device"],
    [gguf, { contextTokens: 0.5 }, "contextTokens"],
    [gguf, { sequences: Number.NaN }, "sequences"],
    [gguf, { contextTokns: 4096 }, "options"],
    [gguf, { llamaCpp: { keyType: "q9" } }, "keyType"],
    [small, { train: true, training: { precision: "int4" } }, "precision"],
  ])("refuses %s %j and names the option", async (location, options, option) => {
    await expect(sizeModel(location, options as SizeModelOptions)).rejects.toMatchObject({
      code: "invalid-option",
      details: { option },
    });
  });
});

describe("planModel", () => {
  test("returns the plans of the planner with settings and limits", async () => {
    const planned = await planModel(gguf, { budgetBytes: 6 * GiB });
    const source = await openModel(gguf);
    const description = describeModel(await readModelFile(source));
    await source.close?.();
    const { plans } = plan(description, "chat", { budgetBytes: 6 * GiB });
    expect(planned.plans.map(({ blocks: _blocks, ...rest }) => rest)).toEqual(plans);
    expect(planned.plans.every(({ blocks }) => blocks.length > 0)).toBe(true);
    expect(planned.workload.name).toBe("chat");
    expect(planned.limits.smallestDevice).toBeDefined();
  });

  test("plans a training run with its own workload", async () => {
    const planned = await planModel(small, { engine: "pytorch", budgetBytes: 8 * GiB });
    expect(planned.workload.name).toBe("fine-tuning");
    expect(planned.plans[0]?.blocks.some(({ text }) => text.includes("TrainingArguments("))).toBe(true);
  });

  test.each([
    [gguf, { budgetBytes: 6 * GiB }],
    [small, { device: "rtx3060" }],
    [small, { engine: "pytorch", budgetBytes: 4 * GiB }],
    [small, { budgetBytes: 64 * MiB }],
  ] as const)("returns plain data that JSON keeps: %s %j", async (location, options) => {
    const planned = await planModel(location, options);
    expect(throughJson(planned)).toEqual(planned);
  });

  test.each([
    [{}, "budgetBytes"],
    [{ budgetBytes: GiB, workload: "knitting" }, "workload"],
    [{ budgetBytes: GiB, budget: 1 }, "options"],
    [{ budgetBytes: GiB, utilization: 0.9 }, "utilization"],
  ])("refuses %j and names the option", async (options, option) => {
    await expect(planModel(gguf, options as PlanModelOptions)).rejects.toMatchObject({
      code: "invalid-option",
      details: { option },
    });
  });
});
