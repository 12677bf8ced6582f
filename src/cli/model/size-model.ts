import { LoadlineError } from "../../shared/errors.ts";
import {
  findDevice,
  llamaCppLedger,
  openModel,
  readModelFile,
  stepRoofline,
  describeModel,
  trafficOf,
  vllmLedger,
} from "../../model/index.ts";
import type {
  ByteLedger,
  ByteItem,
  Device,
  LlamaCppOptions,
  ModelFile,
  ModelDescription,
  StepSplit,
} from "../../model/index.ts";
import { llamaCppOptions, vllmOptions } from "./engine-options.ts";
import { textOf, type Given } from "./size-arguments.ts";
import { openOptions } from "./open-options.ts";
import { shownName } from "./shown-name.ts";
import { kerasSized } from "./size-keras.ts";
import { trainingSized } from "./size-training.ts";
import { aboutModel } from "../../report/text/about-model.ts";
import type { Pace, Sized } from "../../report/text/sized.ts";

/** Reads the header of the model that is named. */
export async function readModel(location: string, given: Given = {}): Promise<ModelFile> {
  const source = await openModel(location, openOptions(given));
  try {
    const file = await readModelFile(source);
    return { ...file, name: shownName(location, file.name) };
  } finally {
    await source.close?.();
  }
}

const engineNames = ["llama.cpp", "vllm", "pytorch", "tensorflow.js"];

/** The engine that was asked for, or the usual one of the format. */
export function engineOf(file: ModelFile, given: Given): string {
  const asked = textOf(given, "engine")?.toLowerCase();
  if (asked !== undefined && !engineNames.includes(asked)) {
    throw new LoadlineError(
      "invalid-option",
      `--engine: got ${JSON.stringify(asked.slice(0, 40))}, allowed: ${engineNames.join(", ")}`,
      { details: { option: "engine" } },
    );
  }
  if (asked !== undefined) return asked;
  if (given["train"] === true) return file.format === "keras" ? "tensorflow.js" : "pytorch";
  if (file.format === "keras") return "tensorflow.js";
  return file.format === "gguf" || file.format === "onnx" ? "llama.cpp" : "vllm";
}

const cacheBytes: Readonly<Record<string, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  q8_0: 34 / 32,
  q5_1: 24 / 32,
  q5_0: 22 / 32,
  q4_1: 20 / 32,
  q4_0: 18 / 32,
  iq4_nl: 18 / 32,
  fp8: 1,
};

const allOnDevice: StepSplit = { hostWeights: 0, hostCache: 0, ranks: 1, hostComputes: true };

/** Shares of weights and caches that lie on the host beside a device; a table that is only looked up is not worked on. */
function splitOf(description: ModelDescription, { items }: ByteLedger): StepSplit {
  if (items.every(({ device }) => device === "host")) return allOnDevice;
  const sum = (kind: ByteItem["kind"], onHost: boolean): number =>
    items.reduce(
      (bytes, line) =>
        line.kind === kind && (!onHost || line.device === "host") ? bytes + (line.bytes ?? 0) : bytes,
      0,
    );
  const table = description.tensors.find(({ name }) => name === "token_embd.weight")?.bytes ?? 0;
  const share = (part: number, all: number): number => (all <= 0 ? 0 : Math.max(0, part / all));
  return {
    ...allOnDevice,
    // rounding of a few vectors is no share
    hostWeights: Math.round(1000 * share(sum("weights", true) - table, sum("weights", false) - table)) / 1000,
    hostCache: share(sum("kv-cache", true), sum("kv-cache", false)),
  };
}

/** A decode step with full contexts and the prompt before it, on a device. */
function pacesOf(
  description: ModelDescription,
  device: Device | undefined,
  run: { contextTokens: number; sequences: number; ubatch: number; cacheType: string },
  split: StepSplit = allOnDevice,
): readonly Pace[] {
  if (device === undefined || description.layers.length === 0) return [];
  const tokens = Math.max(1, Math.floor(run.contextTokens / run.sequences));
  const shared = { sequences: run.sequences, tokens, cacheElementBytes: cacheBytes[run.cacheType] ?? 2 };
  return (["decode", "prefill"] as const).map((phase) => {
    const traffic = trafficOf(description, { phase, ...shared, ubatch: run.ubatch });
    return { device, traffic, roofline: stepRoofline(traffic, split, device) };
  });
}

async function llamaSized(file: ModelFile, given: Given, device: Device | undefined): Promise<Sized> {
  const description = describeModel(file);
  let options: LlamaCppOptions = await llamaCppOptions(given, device);
  const draft = textOf(given, "draft");
  if (draft !== undefined) {
    const { contextTokens } = options;
    const description = describeModel(await readModel(draft, given));
    const beside = llamaCppLedger(description, contextTokens === undefined ? {} : { contextTokens });
    options = { ...options, draftBytes: beside.totalBytes };
  }
  const ledger = llamaCppLedger(description, options);
  const sequences = options.sequences ?? 1;
  const paces = pacesOf(
    description,
    device,
    {
      contextTokens: options.contextTokens ?? description.contextLength ?? 1,
      sequences,
      ubatch: options.ubatch ?? 512,
      cacheType: options.keyType ?? "f16",
    },
    splitOf(description, ledger),
  );
  return {
    name: description.name,
    about: aboutModel(description),
    engine: ledger.engine,
    ledger,
    paces,
    unknown: description.unknown,
  };
}

function vllmSized(file: ModelFile, given: Given, device: Device | undefined): Sized {
  const description = describeModel(file);
  const options = vllmOptions(given, device);
  const ledger = vllmLedger(description, options);
  const sequences = options.sequences ?? 1;
  const paces = pacesOf(description, device, {
    contextTokens: (options.contextTokens ?? description.contextLength ?? 1) * sequences,
    sequences,
    ubatch: ledger.batchedTokens,
    cacheType: options.cacheType ?? "auto",
  });
  return {
    name: description.name,
    about: aboutModel(description),
    engine: ledger.engine,
    ledger,
    pool: ledger.pool,
    paces,
    unknown: description.unknown,
  };
}

/** What a model holds with the engine and settings of the command line. */
export async function sizeModel(location: string, given: Given): Promise<Sized> {
  const file = await readModel(location, given);
  const asked = textOf(given, "device");
  const device = asked === undefined ? undefined : findDevice(asked);
  const engine = engineOf(file, given);
  if (file.format === "keras") return kerasSized(file, given, device);
  if (engine === "pytorch") return trainingSized(file, given, device);
  if (engine === "llama.cpp") return await llamaSized(file, given, device);
  return vllmSized(file, given, device);
}
