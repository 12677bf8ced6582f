import type { ParameterGroups, ModelDescription } from "../../description/model-description.ts";

/** Weights by how a step reads them: parameters and bytes as stored. */
export interface WeightGroup {
  readonly parameters: number;
  readonly bytes: number;
}

/**
 * `embedding` is looked up row by row, `dense` and `output` are read in full, `experts` as far as tokens choose them.
 * `nonText` (vision, audio) is held but not read for text, `prediction` (layers that predict further tokens) only with
 * speculation.
 */
export interface WeightGroups {
  readonly embedding: WeightGroup;
  readonly dense: WeightGroup;
  readonly experts: WeightGroup;
  readonly output: WeightGroup;
  readonly nonText: WeightGroup;
  readonly prediction: WeightGroup;
}

type GroupName = keyof WeightGroups;

const embeddingNames =
  /(?:^|\.)(?:token_embd|embed_tokens|wte|word_embeddings|embed_in|embeddings)\.weight$/u;
const outputNames = /^(?:output|lm_head|embed_out|model\.lm_head)\.weight$/u;
/** Granite packs its experts into two tensors with names of their own. */
const expertNames = /_exps\.|\.experts\.|\.experts?_|block_sparse_moe\.(?:input|output)_linear\./u;
const nonTextNames =
  /(?:^|\.)(?:visual|vision_(?:tower|model|encoder|embed_tokens)|audio_(?:tower|model|encoder)|multi_modal_projector|mm_projector|img_projector|embed_(?:vision|audio)|talker|token2wav|code2wav)\./u;
const layerNames = /(?:^|\.)(?:layers|blk|h)\.(?<index>\d+)\./u;
/** Per-layer embeddings (Gemma 3n, 4) are looked up like the token's embedding. */
const layerEmbeddings = /per_layer_token_embd\.weight$|embed_tokens_per_layer\.weight$/u;

function predicts(name: string, mainLayers: number): boolean {
  if (name.startsWith("mtp.") || name.includes(".mtp.")) return true;
  const index = layerNames.exec(name)?.groups?.["index"];
  return index !== undefined && Number(index) >= mainLayers;
}

function groupOf(name: string, mainLayers: number): GroupName {
  if (nonTextNames.test(name)) return "nonText";
  if (predicts(name, mainLayers)) return "prediction";
  if (outputNames.test(name)) return "output";
  if (embeddingNames.test(name) || layerEmbeddings.test(name)) return "embedding";
  if (expertNames.test(name) && !name.includes("shared_expert")) return "experts";
  return "dense";
}

const nothing: WeightGroup = { parameters: 0, bytes: 0 };

function fromTensors(description: ModelDescription): WeightGroups {
  const sums: Record<GroupName, { parameters: number; bytes: number }> = {
    embedding: { ...nothing },
    dense: { ...nothing },
    experts: { ...nothing },
    output: { ...nothing },
    nonText: { ...nothing },
    prediction: { ...nothing },
  };
  // A file of tensors alone has no layers: all of them count as the model's
  const main = description.layers.filter((layer) => layer.prediction !== true).length;
  const mainLayers = main === 0 ? Number.POSITIVE_INFINITY : main;
  for (const tensor of description.tensors) {
    const group = sums[groupOf(tensor.name, mainLayers)];
    group.parameters += tensor.shape.reduce((product, size) => product * size, 1);
    group.bytes += tensor.bytes;
  }
  return description.groups === undefined ? sums : withParameters(sums, description.groups);
}

/** Packed elements and scales are not parameters: the settings' number is right where it is known. */
function withParameters(sums: WeightGroups, counted: ParameterGroups): WeightGroups {
  const of = (group: WeightGroup, parameters: number): WeightGroup =>
    group.bytes === 0 ? group : { ...group, parameters };
  return {
    ...sums,
    embedding: of(sums.embedding, counted.embedding),
    dense: of(sums.dense, counted.dense),
    experts: of(sums.experts, counted.experts),
    output: of(sums.output, counted.output === 0 ? sums.output.parameters : counted.output),
  };
}

/**
 * Splits the weights by how a step reads them. Where the output layer is the embedding, `output` repeats it, because it is
 * read in full there; the groups must not be added up. Undefined where neither tensors nor computed parameters are known.
 */
export function weightGroups(description: ModelDescription): WeightGroups | undefined {
  const before = summed.get(description);
  if (before !== undefined) return before;
  const groups = sumGroups(description);
  if (groups !== undefined) summed.set(description, groups);
  return groups;
}

/** Results by model: a planner needs the same model thousands of times, and a large one has a thousand tensors. */
const summed = new WeakMap<ModelDescription, WeightGroups>();

function sumGroups(description: ModelDescription): WeightGroups | undefined {
  let groups: WeightGroups;
  if (description.tensors.length > 0) groups = fromTensors(description);
  else if (
    description.groups !== undefined &&
    description.parameters !== undefined &&
    description.weightBytes !== undefined
  ) {
    const each = description.weightBytes / description.parameters;
    const sizeOf = (parameters: number): WeightGroup => ({
      parameters,
      bytes: Math.round(parameters * each),
    });
    groups = {
      embedding: sizeOf(description.groups.embedding),
      dense: sizeOf(description.groups.dense),
      experts: sizeOf(description.groups.experts),
      output: sizeOf(description.groups.output),
      nonText: sizeOf(description.groups.vision ?? 0),
      prediction: nothing,
    };
  } else return undefined;
  const tied = groups.output.bytes === 0;
  return tied ? { ...groups, output: groups.embedding } : groups;
}

/** Returns the share of a layer's experts that a batch of tokens is expected to read: 1 - (1 - used / count) ^ tokens. */
export function readExperts(description: ModelDescription, tokens: number): number {
  const layer = description.layers.find(({ experts }) => experts !== undefined)?.experts;
  if (layer === undefined || layer.count === 0) return 1;
  return 1 - (1 - layer.used / layer.count) ** tokens;
}

/** Returns the share of the routed experts' parameters that one token multiplies with. */
export function countUsedExperts(description: ModelDescription): number {
  const layer = description.layers.find(({ experts }) => experts !== undefined)?.experts;
  return layer === undefined || layer.count === 0 ? 1 : layer.used / layer.count;
}
