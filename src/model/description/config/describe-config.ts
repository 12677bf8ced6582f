import { LoadlineError } from "../../../shared/errors.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type {
  LayerDescription,
  ParameterGroups,
  ModelDescription,
  TensorDescription,
} from "../model-description.ts";
import { maxLayers } from "../max-layers.ts";
import { classDefaults } from "./values/class-defaults.ts";
import { findConfigFamily } from "../families/find-family.ts";
import type { ConfigFamily } from "../families/config-family.ts";
import { configLayers } from "./layers/layers.ts";
import { configParameters } from "./parameters/parameters.ts";
import { quantizationOf, quantizedBytes, type Quantization } from "./parameters/quantization.ts";
import { keptSettings } from "./values/kept-settings.ts";
import { twoStacks } from "./parameters/two-stacks.ts";
import { visionParameters } from "./parameters/vision.ts";
import { count, settledConfig, textConfig, truth, words, type Config } from "./values/config-values.ts";
import { ownValue } from "../../../shared/own-value.ts";

/** Bytes of a value by config.json's `torch_dtype` or `dtype`. */
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

function storedType(config: Config): string | undefined {
  const type = config["torch_dtype"] ?? config["dtype"];
  return typeof type === "string" ? type.replace(/^torch\./u, "") : undefined;
}

function unknownParts(
  modelType: string,
  family: ConfigFamily | undefined,
  facts: Pick<ModelDescription, "layers" | "parameters" | "vocabularySize" | "weightBytes" | "tensors">,
  quantization: Quantization | undefined,
  { besides, crossed }: { readonly besides: readonly string[]; readonly crossed: boolean },
): readonly string[] {
  const unknown: string[] = [];
  if (crossed) unknown.push("what the decoder keeps of the encoder's output (cross-attention)");
  const isCounted = facts.tensors.length === 0 && facts.parameters !== undefined;
  if (isCounted)
    unknown.push(...besides.map((part) => `the parameters of ${part}: those of the text part are counted`));
  if (isCounted && facts.weightBytes !== undefined && quantization !== undefined)
    unknown.push(
      `the bytes of the weights to the last: computed from quantization_config (${quantization.method})`,
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

function elements(tensor: TensorDescription): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

function commonType(tensors: readonly TensorDescription[]): string | undefined {
  const bytes = new Map<string, number>();
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** Settings of parts that are no text: their weights are in the files, and not computed here. */
const otherParts =
  /^(?:vision|visual|audio|image|video|speech|sound|talker|code2wav)(?:_tower|_encoder|_model)?(?:_config)?$/u;

/**
 * Whether the output layer is the embedding. In a file with a text part inside, the whole has the output layer and says it;
 * transformers 4 asked the text part where the whole was silent.
 */
function tiedOf(
  whole: Config,
  text: Config,
  settled: Config,
  family: ConfigFamily | undefined,
): boolean | undefined {
  const part =
    truth(settled, "tie_word_embeddings") ?? (family === undefined ? undefined : family.tied === true);
  if (text === whole) return part;
  const version = String(whole["transformers_version"] ?? "4");
  const own = classDefaults(String(whole["model_type"]))?.values;
  return (
    truth(whole, "tie_word_embeddings") ??
    (/^[0-4]\./u.test(version) || version === "4" ? truth(text, "tie_word_embeddings") : undefined) ??
    (own === undefined ? undefined : truth(own, "tie_word_embeddings")) ??
    part
  );
}

/** What a file with a text part inside has besides it, by the names that the file or its class gives. */
function partsBesides(whole: Config, text: Config): readonly string[] {
  const own = typeof whole["model_type"] === "string" ? classDefaults(whole["model_type"])?.parts : undefined;
  const named = new Set([
    ...Object.entries(whole).flatMap(([key, value]) =>
      otherParts.test(key) && isJsonObject(value) && Object.keys(value).length > 0 ? [key] : [],
    ),
    ...Object.keys(own ?? {}).filter((key) => otherParts.test(key)),
  ]);
  if (named.size > 0) return [...named];
  return text === whole || text["model_type"] === whole["model_type"] ? [] : ["what is besides the text"];
}

/** Elements of all tensors, the scales of quantized ones left out; undefined where elements are no parameters. */
function countElements(
  tensors: readonly TensorDescription[],
  quantization: Quantization | undefined,
): number | undefined {
  if (tensors.length === 0 || quantization?.packed === true) return undefined;
  return tensors.reduce(
    (sum, tensor) =>
      quantization !== undefined && /_scale(?:_inv)?$/u.test(tensor.name) ? sum : sum + elements(tensor),
    0,
  );
}

function bytesOf(
  tensors: readonly TensorDescription[],
  parameters: number | undefined,
  groups: ModelDescription["groups"],
  each: number | undefined,
  quantization: Quantization | undefined,
): number | undefined {
  if (tensors.length > 0) return tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (parameters === undefined || each === undefined) return undefined;
  if (quantization === undefined) return parameters * each;
  return groups === undefined ? undefined : quantizedBytes(quantization, groups, each);
}

function requireShape(name: string, config: Config): { layerCount: number; width: number } {
  const layerCount =
    count(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers") ??
    words(config, "layers_block_type")?.length;
  const width = count(config, "hidden_size", "n_embd", "d_model", "dim");
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

/** The layers of a model and its parameters, whether it is one stack of layers or two. */
function bodyOf(
  name: string,
  config: Config,
  family: ConfigFamily | undefined,
  known: { readonly vocabularySize: number | undefined; readonly tied: boolean },
): Body {
  const stacks = family?.twoStacks === true ? twoStacks(config) : undefined;
  if (stacks !== undefined) return stacks;
  const { layerCount, width } = requireShape(name, config);
  const layers = configLayers(config, family, layerCount, width);
  const { vocabularySize: vocabulary, tied } = known;
  const groups =
    family === undefined || vocabulary === undefined
      ? undefined
      : configParameters({ config, family, layers, width, vocabulary, tied });
  return { layers, width, groups, cacheless: family?.cacheless === true };
}

/** Keys that state how many tokens a model was trained for; the first one present counts. */
const contextLengthKeys = [
  "max_position_embeddings",
  "n_positions",
  "seq_length",
  "max_seq_len",
  "context_length",
  "max_target_positions",
] as const;

/**
 * Plain data of a model from its config.json, and from its tensors where they are known; without them the parameters are
 * computed from the settings. Throws `invalid-data` for a config.json of no language model.
 */
export function describeConfig(
  name: string,
  whole: Config,
  tensors: readonly TensorDescription[] = [],
): ModelDescription {
  const nested = textConfig(whole);
  const modelType = typeof nested["model_type"] === "string" ? nested["model_type"] : "unknown";
  const family = findConfigFamily(modelType);
  const config = settledConfig(nested, family?.defaults);
  const vocabularySize = count(config, "vocab_size", "padded_vocab_size");
  const tied = family?.neverTied === true ? false : tiedOf(whole, nested, config, family);
  const body = bodyOf(name, config, family, { vocabularySize, tied: tied === true });
  const { layers, width } = body;
  const besides = partsBesides(whole, nested);
  const beside =
    besides.length === 1 && besides[0] === "vision_config" ? visionParameters(whole, width) : undefined;
  const groups = body.groups === undefined || beside === undefined ? body.groups : { ...body.groups, beside };
  const computed =
    groups === undefined
      ? undefined
      : groups.embedding + groups.dense + groups.experts + groups.output + (beside ?? 0);
  const quantization = quantizationOf(whole) ?? quantizationOf(config);
  const parameters = countElements(tensors, quantization) ?? computed;
  const type = storedType(config) ?? storedType(whole);
  // a type's name comes from the file: it may be one that every object has
  const each = type !== undefined ? ownValue(typeBytes, type) : undefined;
  const weightBytes = bytesOf(tensors, parameters, groups, each, quantization);
  const weightType = type !== undefined && Object.hasOwn(typeNames, type) ? typeNames[type] : type;
  return {
    name,
    format: tensors.length > 0 ? "safetensors" : "config",
    architecture: family?.gguf ?? modelType,
    known: family !== undefined,
    layers,
    embeddingWidth: width,
    vocabularySize,
    contextLength: count(config, ...contextLengthKeys),
    cacheless: body.cacheless ? true : undefined,
    tiedEmbeddings: tied,
    parameters,
    weightBytes,
    weightType: commonType(tensors) ?? quantization?.method ?? weightType,
    tensors,
    groups,
    settings: keptSettings(config),
    unknown: unknownParts(
      modelType,
      family,
      { layers, parameters, vocabularySize, weightBytes, tensors },
      quantization,
      {
        besides: beside === undefined ? besides : [],
        crossed: family?.twoStacks === true && !body.cacheless,
      },
    ),
  };
}
