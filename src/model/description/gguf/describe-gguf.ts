import { isLoadlineError, LoadlineError } from "../../../shared/errors.ts";
import type { FileValue, ModelFile } from "../../file/header/model-file.ts";
import type { SettingValue, ModelDescription, TensorDescription } from "../model-description.ts";
import { findLlamaCppFamily } from "../families/find-family.ts";
import { ggufLayers } from "./layers.ts";
import { missingFacts } from "./missing-facts.ts";
import { maxLayers } from "../max-layers.ts";
import { readCount, settingFault, type Settings } from "./settings.ts";
import { weightsOnly } from "../weights-only.ts";

type GgufFile = Extract<ModelFile, { readonly format: "gguf" }>;

function isSkipped(value: FileValue): value is { readonly length: number } {
  return typeof value === "object" && !Array.isArray(value);
}

/** Settings of the architecture without its prefix, and those of the file as a whole by their full names. */
function settingsOf(metadata: GgufFile["metadata"], architecture: string): Settings {
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

/** Settings of the architecture whose arrays are too long to be kept. */
function longArrays(metadata: GgufFile["metadata"], architecture: string): readonly string[] {
  const prefix = `${architecture}.`;
  return Object.entries(metadata).flatMap(([key, value]) =>
    key.startsWith(prefix) && isSkipped(value) ? [`${key}, which has ${value.length} values`] : [],
  );
}

function commonType(tensors: readonly TensorDescription[]): string | undefined {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function elements(tensor: TensorDescription): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

/** The architecture and sizes without which no layer can be told; as a text, what of them is missing. */
function frameOf(file: GgufFile):
  | {
      readonly architecture: string;
      readonly settings: Settings;
      readonly layers: number;
      readonly width: number;
    }
  | string {
  const architecture = file.metadata["general.architecture"];
  if (typeof architecture !== "string" || architecture === "") return "general.architecture is missing";
  const settings = settingsOf(file.metadata, architecture);
  const layers = readCount(settings, "block_count");
  const width = readCount(settings, "embedding_length");
  if (layers === undefined || layers === 0) return `${architecture}.block_count is ${layers ?? "missing"}`;
  if (width === undefined || width === 0) return `${architecture}.embedding_length is ${width ?? "missing"}`;
  if (layers > maxLayers) throw settingFault("block_count", String(layers), `1 to ${maxLayers} layers`);
  return { architecture, settings, layers, width };
}

/** A file without what its layers could be told from (an adapter, an encoder of images): its weights alone. */
function withoutLayers(
  file: GgufFile,
  tensors: readonly TensorDescription[],
  missing: string,
): ModelDescription {
  if (tensors.length === 0)
    throw new LoadlineError("invalid-data", `${file.name}: ${missing}, and it has no tensors`, {
      details: { file: file.name },
    });
  const { "general.architecture": architecture } = file.metadata;
  return weightsOnly(
    {
      name: file.name,
      format: "gguf",
      architecture: typeof architecture === "string" && architecture !== "" ? architecture : undefined,
    },
    tensors,
    `all but the weights: ${missing}; is it a language model?`,
  );
}

function readDescription(file: GgufFile): ModelDescription {
  const tensors = file.tensors.map(({ name, shape, type, bytes }) => ({ name, shape, type, bytes }));
  const frame = frameOf(file);
  if (typeof frame === "string") return withoutLayers(file, tensors, frame);
  const { architecture, settings } = frame;
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const layers = ggufLayers(architecture, settings, byName, frame.layers, frame.width);
  const vocabularySize =
    byName.get("token_embd.weight")?.shape[1] ??
    readCount(settings, "vocab_size") ??
    readCount(settings, "tokenizer.ggml.tokens.length");
  const missing = missingFacts(
    architecture,
    settings,
    layers,
    longArrays(file.metadata, architecture),
    tensors,
  );
  const family = findLlamaCppFamily(architecture);
  const inTable = family !== undefined;
  const name = settings["general.name"];
  return {
    name: typeof name === "string" && name !== "" ? name : file.name,
    format: "gguf",
    architecture,
    known: inTable && missing.length === 0,
    layers,
    embeddingWidth: frame.width,
    vocabularySize,
    contextLength: readCount(settings, "context_length"),
    cacheless: family?.cacheless === true ? true : undefined,
    tiedEmbeddings: tensors.length === 0 ? undefined : !byName.has("output.weight"),
    parameters: tensors.length === 0 ? undefined : tensors.reduce((sum, tensor) => sum + elements(tensor), 0),
    weightBytes: tensors.length === 0 ? undefined : tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    weightType: commonType(tensors),
    tensors,
    settings,
    unknown: [
      ...(inTable ? [] : [`the family ${architecture}: its layers are read by the common rule`]),
      ...(vocabularySize === undefined ? ["the size of the vocabulary"] : []),
      ...missing,
    ],
  };
}

/**
 * Plain data of a model from the header of its GGUF file; of a file that does not say what its layers are the weights alone.
 * Throws `invalid-data` where it has neither, and for settings that are no counts or do not go together.
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
