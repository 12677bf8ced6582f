import { LoadlineError } from "../../shared/errors.ts";
import type {
  KerasOptimizer,
  LlamaCppOptions,
  ModelEngine,
  NetworkOptions,
  SizeModelOptions,
  VllmOptions,
} from "../../model/index.ts";
import { readByteCount, readContext, readFraction, readSwitch, readWhole } from "../read-numbers.ts";
import { openOptions } from "./open-options.ts";
import { optional, textOf } from "./size-arguments.ts";
import type { Given } from "./size-arguments.ts";
import { trainingOptions } from "./training-flags.ts";

const whole = (name: string, text: string | undefined): number => readWhole(name, text, 1);
const fromZero = (name: string, text: string | undefined): number => readWhole(name, text, 0);
const word = (_: string, text: string | undefined): string => text ?? "";

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
        { details: { option: `--${name}` } },
      );
    }
    const place = rule
      .slice(at + 1)
      .trim()
      .toLowerCase();
    return { pattern: rule.slice(0, at), device: place === "cpu" ? "host" : place.replace(/^cuda/u, "gpu") };
  });
}

/** Reads llama.cpp's settings from the command line. */
function llamaCppOptions(given: Given): LlamaCppOptions {
  return {
    ...optional(given, "gpus", "devices", fromZero),
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
    ...optional(given, "cache-ram", "promptCacheBytes", readByteCount),
    ...optional(given, "ctx-checkpoints", "checkpoints", fromZero),
  };
}

/** Reads vLLM's settings from the command line. */
function vllmOptions(given: Given): VllmOptions {
  const share = (name: string, text: string | undefined): number => readFraction(name, text, 0.01, 1);
  return {
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

/** Reads from the command line how a network of Keras is run. */
function networkOptions(given: Given): NetworkOptions {
  return {
    ...optional(given, "sequence", "openSize", readContext),
    ...optional(given, "batch", "batch", whole),
    // The ledger checks the name.
    ...optional(given, "optimizer", "optimizer", (_, text) => (text ?? "").toLowerCase() as KerasOptimizer),
  };
}

/** Reads an engine's name as it is typed; the library checks it. */
export function findEngine<Engine extends string>(given: Given): { readonly engine?: Engine } {
  return optional(given, "engine", "engine", (_, text) => (text ?? "").toLowerCase() as Engine);
}

/**
 * Reads what `loadline size` counts: the settings of every engine, of which the library reads those of the engine it chooses.
 */
export function readSizeOptions(given: Given): SizeModelOptions {
  const { engine } = findEngine<ModelEngine>(given);
  const trains = given["train"] === true || engine === "pytorch";
  return {
    ...openOptions(given),
    ...(engine === undefined ? {} : { engine }),
    ...(given["train"] === true ? { train: true } : {}),
    ...optional(given, "device", "device", word),
    ...optional(given, "mmproj", "projector", word),
    ...optional(given, "lora", "adapter", word),
    ...optional(given, "draft", "draft", word),
    llamaCpp: llamaCppOptions(given),
    vllm: vllmOptions(given),
    ...(trains ? { training: trainingOptions(given) } : {}),
    network: networkOptions(given),
  };
}
