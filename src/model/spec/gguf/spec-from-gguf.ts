import { LoadlineError } from "../../../shared/errors.ts";
import type { FileValue, ModelFile } from "../../file/model-file.ts";
import type { SettingValue, Spec, TensorSpec } from "../spec.ts";
import { families } from "./families.ts";
import { ggufLayers } from "./layers.ts";
import { maxLayers, readCount, type Settings } from "./settings.ts";
import { ownValue } from "../../../shared/own-value.ts";

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

function commonType(tensors: readonly TensorSpec[]): string | undefined {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function elements(tensor: TensorSpec): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

function unknownParts(
  architecture: string,
  spec: Pick<Spec, "layers" | "known" | "vocabularySize">,
): string[] {
  const unknown: string[] = [];
  if (!spec.known) unknown.push(`the family ${architecture}: its layers are read by the common rule`);
  if (spec.vocabularySize === undefined) unknown.push("the size of the vocabulary");
  const silent = spec.layers.filter((layer) => layer.kind === "none").length;
  if (silent > 0 && !spec.known) unknown.push(`what ${silent} layers without attention keep`);
  if (spec.layers.some((layer) => layer.recurrent === undefined && layer.kind === "recurrent")) {
    unknown.push("the size of the recurrent state");
  }
  return unknown;
}

/**
 * Plain data of a model from the header of its GGUF file.
 * Throws `invalid-data` where the file has no architecture, no layers, or settings that are no counts.
 */
export function specFromGguf(file: GgufFile): Spec {
  const architecture = file.metadata["general.architecture"];
  if (typeof architecture !== "string" || architecture === "") {
    throw new LoadlineError(
      "invalid-data",
      `${file.name}: general.architecture is missing, so the settings cannot be read`,
      {
        details: { file: file.name },
      },
    );
  }
  const settings = settingsOf(file.metadata, architecture);
  const layerCount = readCount(settings, "block_count");
  const embeddingWidth = readCount(settings, "embedding_length");
  if (layerCount === undefined || embeddingWidth === undefined || layerCount > maxLayers) {
    throw new LoadlineError(
      "invalid-data",
      `${file.name}: got ${layerCount ?? "no"} layers (block_count) and ${embeddingWidth ?? "no"} embedding width, allowed: 1 to ${maxLayers} layers and a width; is it a language model?`,
      { details: { file: file.name } },
    );
  }
  const tensors = file.tensors.map(({ name, shape, type, bytes }) => ({ name, shape, type, bytes }));
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const layers = ggufLayers(architecture, settings, byName, layerCount, embeddingWidth);
  const vocabularySize =
    byName.get("token_embd.weight")?.shape[1] ??
    readCount(settings, "vocab_size") ??
    readCount(settings, "tokenizer.ggml.tokens.length");
  const known = Object.hasOwn(families, architecture);
  const name = settings["general.name"];
  return {
    name: typeof name === "string" && name !== "" ? name : file.name,
    format: "gguf",
    architecture,
    known,
    layers,
    embeddingWidth,
    vocabularySize,
    contextLength: readCount(settings, "context_length"),
    cacheless: ownValue(families, architecture)?.cacheless === true ? true : undefined,
    tiedEmbeddings: tensors.length === 0 ? undefined : !byName.has("output.weight"),
    parameters: tensors.length === 0 ? undefined : tensors.reduce((sum, tensor) => sum + elements(tensor), 0),
    weightBytes: tensors.length === 0 ? undefined : tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    weightType: commonType(tensors),
    tensors,
    settings,
    unknown: unknownParts(architecture, { layers, known, vocabularySize }),
  };
}
