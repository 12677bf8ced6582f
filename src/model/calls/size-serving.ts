import { describeModel } from "../description/describe-model.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { cacheRowBytes } from "../ledger/llama-cpp/graph/ggml/cache-type-rows.ts";
import { llamaCppLedger } from "../ledger/llama-cpp/llama-cpp-ledger.ts";
import type { LlamaCppOptions } from "../ledger/llama-cpp/options.ts";
import { vllmLedger } from "../ledger/vllm/vllm-ledger.ts";
import type { VllmOptions } from "../ledger/vllm/vllm-options.ts";
import type { Device } from "../plan/devices/device.ts";
import type { LlamaCppSize, VllmSize } from "./model-size.ts";
import { summarizeModel } from "./model-summary.ts";
import { servingPaces } from "./paces.ts";
import { readModel, readTensorBytes } from "./read-model.ts";
import type { SizeModelOptions } from "./size-options.ts";

/** Picks the settings that both servers share, as far as they are given. */
function pickSharedSettings({
  contextTokens,
  sequences,
}: SizeModelOptions): Pick<VllmOptions, "contextTokens" | "sequences"> {
  return {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(sequences === undefined ? {} : { sequences }),
  };
}

/** Counts the graphics cards: as given; one where layers are offloaded or the device is a card. */
function cardCount({ devices, gpuLayers }: LlamaCppOptions, device: Device | undefined): number {
  if (devices !== undefined) return devices;
  if (gpuLayers !== undefined) return gpuLayers === 0 ? 0 : 1;
  return device === undefined || device.kind === "host" ? 0 : 1;
}

/** Counts the bytes of a draft model with a context as long as the model's. */
async function readDraftBytes(
  location: string,
  options: SizeModelOptions,
  contextTokens: number | undefined,
): Promise<number> {
  const draft = describeModel(await readModel(location, options));
  return llamaCppLedger(draft, contextTokens === undefined ? {} : { contextTokens }).totalBytes;
}

async function llamaCppOptionsOf(
  options: SizeModelOptions,
  device: Device | undefined,
): Promise<LlamaCppOptions> {
  const { projector, adapter, draft } = options;
  const own: LlamaCppOptions = { ...pickSharedSettings(options), ...options.llamaCpp };
  return {
    ...own,
    devices: cardCount(own, device),
    ...(projector === undefined ? {} : { projectorBytes: await readTensorBytes(projector, options) }),
    ...(adapter === undefined ? {} : { adapterBytes: await readTensorBytes(adapter, options) }),
    ...(draft === undefined ? {} : { draftBytes: await readDraftBytes(draft, options, own.contextTokens) }),
  };
}

/** Counts what a model holds when llama.cpp serves it. */
export async function sizeWithLlamaCpp(
  file: ModelFile,
  options: SizeModelOptions,
  device: Device | undefined,
): Promise<LlamaCppSize> {
  const description = describeModel(file);
  const llamaCpp = await llamaCppOptionsOf(options, device);
  const ledger = llamaCppLedger(description, llamaCpp);
  const shape = {
    contextTokens: llamaCpp.contextTokens ?? description.contextLength ?? 1,
    sequences: llamaCpp.sequences ?? 1,
    ubatch: llamaCpp.ubatch ?? 512,
    cacheElementBytes: (cacheRowBytes(llamaCpp.keyType ?? "f16", 256) ?? 512) / 256,
  };
  return {
    engine: "llama.cpp",
    model: summarizeModel(description),
    options: llamaCpp,
    ledger,
    paces: servingPaces(description, device, shape, ledger),
  };
}

/** Counts what a model holds when vLLM serves it. */
export function sizeWithVllm(
  file: ModelFile,
  options: SizeModelOptions,
  device: Device | undefined,
): VllmSize {
  const description = describeModel(file);
  const vllm: VllmOptions = {
    ...(device === undefined ? {} : { memoryBytes: device.memoryBytes, deviceName: device.name }),
    ...pickSharedSettings(options),
    ...options.vllm,
  };
  const { pool, batchedTokens, ...ledger } = vllmLedger(description, vllm);
  const sequences = vllm.sequences ?? 1;
  const shape = {
    contextTokens: (vllm.contextTokens ?? description.contextLength ?? 1) * sequences,
    sequences,
    ubatch: batchedTokens,
    cacheElementBytes: vllm.cacheType === "fp8" ? 1 : 2,
  };
  return {
    engine: "vllm",
    model: summarizeModel(description),
    options: vllm,
    ledger,
    pool,
    paces: servingPaces(description, device, shape),
  };
}
