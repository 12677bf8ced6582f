import { LoadlineError } from "../../../shared/errors.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type {
  LayerDescription,
  ParameterGroups,
  ModelDescription,
  TensorDescription,
} from "../model-description.ts";
import { maxLayers } from "../max-layers.ts";
import { findClassDefaults } from "./values/class-defaults.ts";
import { findConfigFamily } from "../families/find-family.ts";
import type { ConfigFamily } from "../families/config-family.ts";
import { describeLayers } from "./layers/layers.ts";
import { countParameters } from "./parameters/parameters.ts";
import { readQuantization, countQuantizedBytes } from "./parameters/quantization.ts";
import type { Quantization } from "./parameters/quantization.ts";
import { keepSettings } from "./values/kept-settings.ts";
import { describeTwoStacks } from "./parameters/two-stacks.ts";
import { countVisionParameters } from "./parameters/vision.ts";
import { readCount, settleConfig, readTextPart, readFlag, readWords } from "./values/config-values.ts";
import type { Config } from "./values/config-values.ts";
import { ownValue } from "../../../shared/own-value.ts";

/** Bytes of one value, by config.json's `torch_dtype` or `dtype`. */
const typeBytes: Readonly<Record<string, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  int8: 1,
};

const typeNames: Readonly<Record<string, string>> = { float32: "f32", float16: "f16", bfloat16: "bf16" };

function readType(config: Config): string | undefined {
  const type = config["torch_dtype"] ?? config["dtype"];
  return typeof type === "string" ? type.replace(/^torch\./u, "") : undefined;
}

interface KnownFacts extends Pick<
  ModelDescription,
  "layers" | "parameters" | "vocabularySize" | "weightBytes" | "tensors"
> {
  readonly modelType: string;
  readonly family: ConfigFamily | undefined;
  readonly quantization: Quantization | undefined;
  /** Parts other than the text whose parameters are not counted. */
  readonly uncounted: readonly string[];
  /** True if a decoder attends to an encoder's output. */
  readonly isCrossed: boolean;
}

/** Lists in words what config.json and the tensors leave open. */
function listUnknown(facts: KnownFacts): readonly string[] {
  const { modelType, family, quantization } = facts;
  const unknown: string[] = [];
  if (facts.isCrossed) unknown.push("what the decoder keeps of the encoder's output (cross-attention)");
  const isCounted = facts.tensors.length === 0 && facts.parameters !== undefined;
  if (isCounted)
    unknown.push(
      ...facts.uncounted.map((part) => `the parameters of ${part}: those of the text part are counted`),
    );
  if (isCounted && facts.weightBytes !== undefined && quantization !== undefined)
    unknown.push(
      `the exact bytes of the weights: computed from quantization_config (${quantization.method})`,
    );
  if (family === undefined) unknown.push(`the family ${modelType}: its layers are read by the common rule`);
  if (facts.vocabularySize === undefined) unknown.push("the size of the vocabulary");
  if (facts.parameters === undefined) unknown.push("the number of parameters (give the safetensors files)");
  else if (facts.weightBytes === undefined) unknown.push("the bytes of the weights");
  if (
    facts.layers.some(
      (layer) => layer.kind !== "none" && layer.kind !== "recurrent" && layer.attention === undefined,
    )
  )
    unknown.push("the heads of the attention");
  if (
    facts.layers.some(
      (layer) => layer.kind !== "attention" && layer.kind !== "none" && layer.recurrent === undefined,
    )
  )
    unknown.push("the size of the recurrent state");
  return unknown;
}

function countTensor(tensor: TensorDescription): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

function findCommonType(tensors: readonly TensorDescription[]): string | undefined {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** Settings of parts other than the text: their weights are in the files and are not computed here. */
const otherPartNames =
  /^(?:vision|visual|audio|image|video|speech|sound|talker|code2wav)(?:_tower|_encoder|_model)?(?:_config)?$/u;

/**
 * Returns whether the output layer is the embedding. In a file with a nested text part, the outer settings state it, since the
 * outer model has the output layer; transformers 4 read the text part if the outer settings did not state it.
 */
function isTied(
  whole: Config,
  text: Config,
  settled: Config,
  family: ConfigFamily | undefined,
): boolean | undefined {
  const part =
    readFlag(settled, "tie_word_embeddings") ?? (family === undefined ? undefined : family.tied === true);
  if (text === whole) return part;
  const version = String(whole["transformers_version"] ?? "4");
  const own = findClassDefaults(String(whole["model_type"]))?.values;
  return (
    readFlag(whole, "tie_word_embeddings") ??
    (/^[0-4]\./u.test(version) || version === "4" ? readFlag(text, "tie_word_embeddings") : undefined) ??
    (own === undefined ? undefined : readFlag(own, "tie_word_embeddings")) ??
    part
  );
}

/** Lists what a file with a text part inside has in addition to it, by the names that the file or its class gives. */
function listOtherParts(whole: Config, text: Config): readonly string[] {
  const own =
    typeof whole["model_type"] === "string" ? findClassDefaults(whole["model_type"])?.parts : undefined;
  const named = new Set([
    ...Object.entries(whole).flatMap(([key, value]) =>
      otherPartNames.test(key) && isJsonObject(value) && Object.keys(value).length > 0 ? [key] : [],
    ),
    ...Object.keys(own ?? {}).filter((key) => otherPartNames.test(key)),
  ]);
  if (named.size > 0) return [...named];
  return text === whole || text["model_type"] === whole["model_type"] ? [] : ["other parts than the text"];
}

/** Counts the elements of all tensors without the scales of quantized ones; undefined if packed elements are not parameters. */
function countElements(
  tensors: readonly TensorDescription[],
  quantization: Quantization | undefined,
): number | undefined {
  if (tensors.length === 0 || quantization?.packed === true) return undefined;
  return tensors.reduce(
    (sum, tensor) =>
      quantization !== undefined && /_scale(?:_inv)?$/u.test(tensor.name) ? sum : sum + countTensor(tensor),
    0,
  );
}

/** Adds up the tensors' bytes; without tensors computes them from the parameters and the bytes of one value. */
function sumBytes({
  tensors,
  parameters,
  groups,
  valueBytes,
  quantization,
}: Pick<ModelDescription, "tensors" | "parameters" | "groups"> & {
  readonly valueBytes: number | undefined;
  readonly quantization: Quantization | undefined;
}): number | undefined {
  if (tensors.length > 0) return tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (parameters === undefined || valueBytes === undefined) return undefined;
  if (quantization === undefined) return parameters * valueBytes;
  return groups === undefined ? undefined : countQuantizedBytes(quantization, groups, valueBytes);
}

/** Reads the number of layers and their width. Errors: `invalid-data` without them. */
function readShape(name: string, config: Config): { layerCount: number; width: number } {
  const layerCount =
    readCount(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers") ??
    readWords(config, "layers_block_type")?.length;
  const width = readCount(config, "hidden_size", "n_embd", "d_model", "dim");
  if (
    layerCount === undefined ||
    width === undefined ||
    layerCount < 1 ||
    layerCount > maxLayers ||
    width < 1
  ) {
    throw new LoadlineError(
      "invalid-data",
      `${name}: got ${layerCount ?? "no"} layers (num_hidden_layers) and ${width ?? "no"} width (hidden_size), allowed: 1 to ${maxLayers} layers and a width; is it a language model?`,
      { details: { file: name } },
    );
  }
  return { layerCount, width };
}

interface Body {
  readonly layers: readonly LayerDescription[];
  readonly width: number;
  readonly groups: ParameterGroups | undefined;
  readonly cacheless: boolean;
}

/** Describes the layers of a model and counts its parameters, for one stack of layers or two. */
function describeBody(
  name: string,
  config: Config,
  family: ConfigFamily | undefined,
  known: { readonly vocabularySize: number | undefined; readonly tied: boolean },
): Body {
  const stacks = family?.twoStacks === true ? describeTwoStacks(config) : undefined;
  if (stacks !== undefined) return stacks;
  const { layerCount, width } = readShape(name, config);
  const layers = describeLayers(config, family, layerCount, width);
  const { vocabularySize: vocabulary, tied } = known;
  const groups =
    family === undefined || vocabulary === undefined
      ? undefined
      : countParameters({ config, family, layers, width, vocabulary, tied });
  return { layers, width, groups, cacheless: family?.cacheless === true };
}

interface CountedGroups {
  readonly groups: ParameterGroups | undefined;
  /** Sum of all groups. */
  readonly computed: number | undefined;
  /** Parts other than the text whose parameters are not counted. */
  readonly uncounted: readonly string[];
}

/** Adds the parameters of a vision tower to those of the text, if it is the only other part and its class is known. */
function countGroups(whole: Config, text: Config, { groups, width }: Body): CountedGroups {
  const parts = listOtherParts(whole, text);
  const vision =
    parts.length === 1 && parts[0] === "vision_config" ? countVisionParameters(whole, width) : undefined;
  const uncounted = vision === undefined ? parts : [];
  if (groups === undefined) return { groups, computed: undefined, uncounted };
  const computed = groups.embedding + groups.dense + groups.experts + groups.output + (vision ?? 0);
  return {
    groups: vision === undefined ? groups : { ...groups, vision },
    computed,
    uncounted,
  };
}

/** Keys that state how many tokens a model was trained for; the first one in the file counts. */
const contextLengthKeys = [
  "max_position_embeddings",
  "n_positions",
  "seq_length",
  "max_seq_len",
  "context_length",
  "max_target_positions",
] as const;

/**
 * Describes a model from its config.json, and from its tensors if they are known; without them the parameters are computed
 * from the settings. Errors: `invalid-data` for a config.json that does not describe a language model.
 */
export function describeConfig(
  name: string,
  whole: Config,
  tensors: readonly TensorDescription[] = [],
): ModelDescription {
  const nested = readTextPart(whole);
  const modelType = typeof nested["model_type"] === "string" ? nested["model_type"] : "unknown";
  const family = findConfigFamily(modelType);
  const config = settleConfig(nested, family?.defaults);
  const vocabularySize = readCount(config, "vocab_size", "padded_vocab_size");
  const tied = family?.neverTied === true ? false : isTied(whole, nested, config, family);
  const body = describeBody(name, config, family, { vocabularySize, tied: tied === true });
  const { layers, width } = body;
  const { groups, computed, uncounted } = countGroups(whole, nested, body);
  const quantization = readQuantization(whole) ?? readQuantization(config);
  const parameters = countElements(tensors, quantization) ?? computed;
  const type = readType(config) ?? readType(whole);
  // A type's name comes from the file: it may be one that every object has.
  const valueBytes = type !== undefined ? ownValue(typeBytes, type) : undefined;
  const weightBytes = sumBytes({ tensors, parameters, groups, valueBytes, quantization });
  const weightType = type !== undefined && Object.hasOwn(typeNames, type) ? typeNames[type] : type;
  return {
    name,
    format: tensors.length > 0 ? "safetensors" : "config",
    architecture: family?.gguf ?? modelType,
    known: family !== undefined,
    layers,
    embeddingWidth: width,
    vocabularySize,
    contextLength: readCount(config, ...contextLengthKeys),
    cacheless: body.cacheless ? true : undefined,
    tiedEmbeddings: tied,
    parameters,
    weightBytes,
    weightType: findCommonType(tensors) ?? quantization?.method ?? weightType,
    tensors,
    groups,
    settings: keepSettings(config),
    unknown: listUnknown({
      modelType,
      family,
      layers,
      parameters,
      vocabularySize,
      weightBytes,
      tensors,
      quantization,
      uncounted,
      isCrossed: family?.twoStacks === true && !body.cacheless,
    }),
  };
}
