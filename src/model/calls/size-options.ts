import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireOneOf } from "../../shared/options.ts";
import type { KerasOptions } from "../ledger/keras/keras-options.ts";
import type { LlamaCppOptions } from "../ledger/llama-cpp/options.ts";
import type { TrainingOptions } from "../ledger/training/training-options.ts";
import type { VllmOptions } from "../ledger/vllm/vllm-options.ts";
import type { OpenModelOptions } from "../file/location/open-model.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { findDevice } from "../plan/devices/find-device.ts";
import type { Device } from "../plan/devices/device.ts";
import { openOptionNames } from "./read-model.ts";

const modelEngines = ["llama.cpp", "vllm", "pytorch", "tensorflow.js"] as const;

/** The software that runs or trains a model. */
export type ModelEngine = (typeof modelEngines)[number];

/** How a network of Keras is run. */
export interface NetworkOptions extends Partial<Omit<KerasOptions, "train">> {
  /** Size of the dimensions that the network leaves open, such as the tokens of a sequence. */
  readonly openSize?: number;
}

/**
 * What `sizeModel` counts. Of the settings of each engine (`llamaCpp`, `vllm`, `training`, `network`) only those of the chosen
 * engine are read, so that one set of options can hold them all. Any other option that the engine cannot use is rejected.
 */
export interface SizeModelOptions extends OpenModelOptions {
  /** Default: llama.cpp for GGUF and ONNX, tensorflow.js for Keras, vllm for others; with `train` pytorch or tensorflow.js. */
  readonly engine?: ModelEngine | undefined;
  /** True for a step of training. Default false. */
  readonly train?: boolean | undefined;
  /**
   * A device by name or as data. It adds the least time of a step, gives vLLM its memory, and makes llama.cpp place all layers
   * on it.
   */
  readonly device?: string | Device | undefined;
  /** Serving: tokens of context; of all sequences together with llama.cpp. Default: the model's own. */
  readonly contextTokens?: number | undefined;
  /** Serving: sequences at a time. Default 1. */
  readonly sequences?: number | undefined;
  /** llama.cpp's settings; they override those above. */
  readonly llamaCpp?: LlamaCppOptions | undefined;
  /** vLLM's settings; they override those above. */
  readonly vllm?: VllmOptions | undefined;
  /** A training step in PyTorch. Default: one sequence of the model's context, at most 4,096 tokens. */
  readonly training?: Partial<TrainingOptions> | undefined;
  /** A network of Keras. Default: 32 samples with `train`, otherwise 1. */
  readonly network?: NetworkOptions | undefined;
  /** llama.cpp: locations of a vision or audio projector, an adapter and a draft model; each is an item of its own. */
  readonly projector?: string | undefined;
  readonly adapter?: string | undefined;
  readonly draft?: string | undefined;
}

const fields: readonly string[] = [
  ...openOptionNames,
  "engine",
  "train",
  "device",
  "contextTokens",
  "sequences",
  "llamaCpp",
  "vllm",
  "training",
  "network",
  "projector",
  "adapter",
  "draft",
];

/** Which of the shared options each engine reads. */
const readBy: Readonly<Record<ModelEngine, readonly string[]>> = {
  "llama.cpp": ["contextTokens", "sequences", "projector", "adapter", "draft"],
  vllm: ["contextTokens", "sequences"],
  pytorch: [],
  "tensorflow.js": [],
};
const maxTokens = 2 ** 31;

/** Checks the options as far as they do not depend on the file. Errors: `invalid-option`. */
export function checkSizeOptions(options: SizeModelOptions): void {
  requireKnownFields("options", options, fields);
  if (options.engine !== undefined) requireOneOf("engine", options.engine, modelEngines);
  if (options.contextTokens !== undefined)
    requireInteger("contextTokens", options.contextTokens, 1, maxTokens);
  if (options.sequences !== undefined) requireInteger("sequences", options.sequences, 1, maxTokens);
}

function refuseEngine(message: string): never {
  throw new LoadlineError("invalid-option", message, { details: { option: "engine" } });
}

function usualEngine(format: ModelFile["format"], trains: boolean): ModelEngine {
  if (format === "keras") return "tensorflow.js";
  if (trains) return "pytorch";
  return format === "gguf" || format === "onnx" ? "llama.cpp" : "vllm";
}

/** Returns the engine: the one given, or the format's default. Errors: `invalid-option` where it cannot run such a file. */
export function chooseEngine(format: ModelFile["format"], options: SizeModelOptions): ModelEngine {
  const trains = options.train === true;
  const engine = options.engine ?? usualEngine(format, trains);
  if (format === "keras" && engine !== "tensorflow.js")
    refuseEngine(
      `engine: ${engine} cannot run a network of Keras; leave the engine out or give tensorflow.js`,
    );
  if (format !== "keras" && engine === "tensorflow.js")
    refuseEngine(
      "engine: tensorflow.js runs networks of Keras; for a language model give llama.cpp, vllm or pytorch",
    );
  if (trains && (engine === "llama.cpp" || engine === "vllm"))
    refuseEngine(`engine: ${engine} does not train; leave the engine out or give pytorch`);
  for (const option of ["contextTokens", "sequences", "projector", "adapter", "draft"] as const) {
    if (options[option] === undefined || readBy[engine].includes(option)) continue;
    throw new LoadlineError("invalid-option", `${option} is not supported by ${engine}; leave it out`, {
      details: { option },
    });
  }
  return engine;
}

/** Returns the device of a name, or the one given as data. Errors: `invalid-option`. */
export function chooseDevice(device: string | Device | undefined): Device | undefined {
  return typeof device === "string" ? findDevice(device) : device;
}
