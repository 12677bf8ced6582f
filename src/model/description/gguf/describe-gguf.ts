import { isLoadlineError, LoadlineError } from "../../../shared/errors.ts";
import type { FileValue, ModelFile } from "../../file/header/model-file.ts";
import type { SettingValue, ModelDescription, TensorDescription } from "../model-description.ts";
import { findLlamaCppFamily } from "../families/find-family.ts";
import type { GgufFrame } from "./gguf-frame.ts";
import { readLayers } from "./layers.ts";
import { listMissingFacts } from "./missing-facts.ts";
import { maxLayers } from "../max-layers.ts";
import { readCount, settingFault } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { describeWeightsOnly } from "../weights-only.ts";

type GgufFile = Extract<ModelFile, { readonly format: "gguf" }>;

function isSkipped(value: FileValue): value is { readonly length: number } {
  return typeof value === "object" && !Array.isArray(value);
}

/** Returns the architecture's settings without their prefix, and those of the entire file by their full names. */
function readSettings(metadata: GgufFile["metadata"], architecture: string): Settings {
  const settings: Record<string, SettingValue> = {};
  const prefix = `${architecture}.`;
  for (const [key, value] of Object.entries(metadata)) {
    if (isSkipped(value)) {
      if (key.startsWith("tokenizer.")) settings[`${key}.length`] = value.length;
      continue;
    }
    if (Array.isArray(value) && key.startsWith("tokenizer.")) settings[`${key}.length`] = value.length;
    else settings[key.startsWith(prefix) ? key.slice(prefix.length) : key] = value;
  }
  return settings;
}

/** Lists the architecture's settings whose arrays are too long to be kept. */
function listLongArrays(metadata: GgufFile["metadata"], architecture: string): readonly string[] {
  const prefix = `${architecture}.`;
  return Object.entries(metadata).flatMap(([key, value]) =>
    key.startsWith(prefix) && isSkipped(value) ? [`${key}, which has ${value.length} values`] : [],
  );
}

function findCommonType(tensors: readonly TensorDescription[]): string | undefined {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function countElements(tensor: TensorDescription): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

/**
 * Reads what all layers depend on; returns a text that says what is missing, if no layer can be described without it.
 * Errors: `invalid-data` for numbers of layers that cannot be.
 */
function readFrame(file: GgufFile, tensors: readonly TensorDescription[]): GgufFrame | string {
  const architecture = file.metadata["general.architecture"];
  if (typeof architecture !== "string" || architecture === "") return "general.architecture is missing";
  const settings = readSettings(file.metadata, architecture);
  const layers = readCount(settings, "block_count");
  const embeddingWidth = readCount(settings, "embedding_length");
  if (layers === undefined || layers === 0) return `${architecture}.block_count is ${layers ?? "missing"}`;
  if (embeddingWidth === undefined || embeddingWidth === 0)
    return `${architecture}.embedding_length is ${embeddingWidth ?? "missing"}`;
  if (layers > maxLayers) throw settingFault("block_count", String(layers), `1 to ${maxLayers} layers`);
  const prediction = readCount(settings, "nextn_predict_layers") ?? 0;
  if (prediction >= layers)
    throw settingFault("nextn_predict_layers", String(prediction), `fewer than all ${layers} layers`);
  return {
    architecture,
    family: findLlamaCppFamily(architecture),
    settings,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    layers,
    trunkLayers: layers - prediction,
    embeddingWidth,
  };
}

/** Describes only the weights of a file whose layers cannot be described (an adapter, an encoder of images). */
function describeWeights(
  file: GgufFile,
  tensors: readonly TensorDescription[],
  missing: string,
): ModelDescription {
  if (tensors.length === 0)
    throw new LoadlineError("invalid-data", `${file.name}: ${missing}, and it has no tensors`, {
      details: { file: file.name },
    });
  const { "general.architecture": architecture } = file.metadata;
  return describeWeightsOnly(
    {
      name: file.name,
      format: "gguf",
      architecture: typeof architecture === "string" && architecture !== "" ? architecture : undefined,
    },
    tensors,
    `everything except the weights: ${missing}; is it a language model?`,
  );
}

function readDescription(file: GgufFile): ModelDescription {
  const tensors = file.tensors.map(({ name, shape, type, bytes }) => ({ name, shape, type, bytes }));
  const frame = readFrame(file, tensors);
  if (typeof frame === "string") return describeWeights(file, tensors, frame);
  const { architecture, family, settings } = frame;
  const layers = readLayers(frame);
  const vocabularySize =
    frame.tensors.get("token_embd.weight")?.shape[1] ??
    readCount(settings, "vocab_size") ??
    readCount(settings, "tokenizer.ggml.tokens.length");
  const missing = [...listLongArrays(file.metadata, architecture), ...listMissingFacts(frame, layers)];
  const name = settings["general.name"];
  return {
    name: typeof name === "string" && name !== "" ? name : file.name,
    format: "gguf",
    architecture,
    known: family !== undefined && missing.length === 0,
    layers,
    embeddingWidth: frame.embeddingWidth,
    vocabularySize,
    contextLength: readCount(settings, "context_length"),
    cacheless: family?.cacheless === true ? true : undefined,
    tiedEmbeddings: tensors.length === 0 ? undefined : !frame.tensors.has("output.weight"),
    parameters:
      tensors.length === 0 ? undefined : tensors.reduce((sum, tensor) => sum + countElements(tensor), 0),
    weightBytes: tensors.length === 0 ? undefined : tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    weightType: findCommonType(tensors),
    tensors,
    settings,
    unknown: [
      ...(family === undefined ? [`the family ${architecture}: its layers are read by the common rule`] : []),
      ...(vocabularySize === undefined ? ["the size of the vocabulary"] : []),
      ...missing,
    ],
  };
}

/**
 * Describes a model from the header of its GGUF file; only its weights if the file does not say what its layers are.
 * Errors: `invalid-data` for a file with neither, for settings that are not counts, and for settings that contradict each other.
 */
export function describeGguf(file: GgufFile): ModelDescription {
  try {
    return readDescription(file);
  } catch (error) {
    if (!isLoadlineError(error, "invalid-data") || error.details["setting"] === undefined) throw error;
    throw new LoadlineError("invalid-data", `${file.name}: ${error.message}`, {
      details: { ...error.details, file: file.name },
    });
  }
}
