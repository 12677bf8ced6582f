import { LoadlineError } from "../../shared/errors.ts";
import { openModel, readModelFile } from "../../model/index.ts";
import type { Device, LlamaCppOptions, VllmOptions } from "../../model/index.ts";
import { readByteCount, readContext, readFraction, readSwitch, readWhole } from "../read-numbers.ts";
import { openOptions } from "./open-options.ts";
import { optional, textOf, type Given } from "./size-arguments.ts";

const whole = (name: string, text: string | undefined): number => readWhole(name, text, 1);
const fromZero = (name: string, text: string | undefined): number => readWhole(name, text, 0);
const word = (_: string, text: string | undefined): string => text ?? "";

/** Bytes of all tensors of a file beside the model. */
async function tensorBytes(path: string | undefined, given: Given): Promise<number | undefined> {
  if (path === undefined) return undefined;
  const source = await openModel(path, openOptions(given));
  try {
    const file = await readModelFile(source);
    const tensors = file.format === "config" ? [] : file.format === "keras" ? file.weights : file.tensors;
    return tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  } finally {
    await source.close?.();
  }
}

function readLayers(name: string, text: string | undefined): number | "all" {
  return text === "all" ? "all" : readWhole(name, text, 0);
}

function readShares(name: string, text: string | undefined): readonly number[] {
  return (text ?? "").split(/[,/]/u).map((part) => readFraction(name, part.trim(), 0, 1e15));
}

function readRules(
  name: string,
  text: string | undefined,
): readonly { readonly pattern: string; readonly device: string }[] {
  return (text ?? "").split(";").map((rule) => {
    const at = rule.lastIndexOf("=");
    if (at < 1) {
      throw new LoadlineError(
        "invalid-option",
        `--${name}: got ${JSON.stringify(rule)}, allowed: PATTERN=host or PATTERN=gpu0`,
        { details: { option: name } },
      );
    }
    const place = rule
      .slice(at + 1)
      .trim()
      .toLowerCase();
    return { pattern: rule.slice(0, at), device: place === "cpu" ? "host" : place.replace(/^cuda/u, "gpu") };
  });
}

/** Graphics cards: as given; one where layers are to be on them. */
function cardsOf(given: Given, device: Device | undefined): number {
  const asked = textOf(given, "gpus");
  if (asked !== undefined) return readWhole("gpus", asked, 0);
  const layers = textOf(given, "gpu-layers");
  if (layers !== undefined) return layers === "0" ? 0 : 1;
  return device === undefined || device.kind === "host" ? 0 : 1;
}

/** llama.cpp's options from the command line. */
export async function llamaCppOptions(given: Given, device: Device | undefined): Promise<LlamaCppOptions> {
  const projectorBytes = await tensorBytes(textOf(given, "mmproj"), given);
  const adapterBytes = await tensorBytes(textOf(given, "lora"), given);
  return {
    devices: cardsOf(given, device),
    ...optional(given, "context", "contextTokens", readContext),
    ...optional(given, "sequences", "sequences", whole),
    ...optional(given, "batch", "batch", whole),
    ...optional(given, "ubatch", "ubatch", whole),
    ...optional(given, "kv-type", "keyType", word),
    ...optional(given, "kv-type", "valueType", word),
    ...optional(given, "key-type", "keyType", word),
    ...optional(given, "value-type", "valueType", word),
    ...optional(given, "flash-attention", "flashAttention", readSwitch),
    ...(given["unified"] === true ? { unified: true } : {}),
    ...(given["full-windows"] === true ? { fullWindows: true } : {}),
    ...optional(given, "outputs", "outputs", whole),
    ...optional(given, "gpu-layers", "gpuLayers", readLayers),
    ...optional(given, "tensor-split", "tensorSplit", readShares),
    ...optional(given, "override-tensor", "overrides", readRules),
    ...optional(given, "kv-offload", "offloadCache", readSwitch),
    ...(textOf(given, "repack") === undefined
      ? {}
      : { repack: readSwitch("repack", textOf(given, "repack")) }),
    ...(textOf(given, "mmap") === undefined ? {} : { held: !readSwitch("mmap", textOf(given, "mmap")) }),
    ...(projectorBytes === undefined ? {} : { projectorBytes }),
    ...(adapterBytes === undefined ? {} : { adapterBytes }),
    ...optional(given, "cache-ram", "promptCacheBytes", readByteCount),
    ...optional(given, "ctx-checkpoints", "checkpoints", fromZero),
  };
}

/** vLLM's options from the command line. */
export function vllmOptions(given: Given, device: Device | undefined): VllmOptions {
  const share = (name: string, text: string | undefined): number => readFraction(name, text, 0.01, 1);
  return {
    ...(device === undefined ? {} : { memoryBytes: device.memoryBytes, deviceName: device.name }),
    ...optional(given, "memory", "memoryBytes", readByteCount),
    ...optional(given, "context", "contextTokens", readContext),
    ...optional(given, "sequences", "sequences", whole),
    ...optional(given, "kv-type", "cacheType", (_, text) => (text ?? "auto") as "auto" | "fp8"),
    ...optional(given, "utilization", "utilization", share),
    ...optional(given, "max-sequences", "maxSequences", whole),
    ...optional(given, "batched-tokens", "batchedTokens", whole),
    ...optional(given, "block-size", "blockTokens", whole),
    ...optional(given, "vllm-release", "release", (_, text) => (text ?? "") as "0.21"),
    ...optional(given, "tensor-parallel", "tensorParallel", whole),
    ...optional(given, "pipeline-parallel", "pipelineParallel", whole),
    ...(given["eager"] === true ? { eager: true } : {}),
  };
}
