import type { LayerDescription, ParameterGroups } from "../../model-description.ts";
import type { ConfigFamily, Rule } from "../../families/config-family.ts";
import { countEncoderEnds } from "./encoder-ends.ts";
import { countGemma3nParts, countGemma4Parts, hasNoKeys, hasKeysAsValues } from "../layers/gemma.ts";
import { countMixerParameters } from "./mixers.ts";
import { readCount, readFlag } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

/** What counting the parameters of a model needs. */
export interface CountedModel {
  readonly config: Config;
  readonly family: ConfigFamily;
  readonly layers: readonly LayerDescription[];
  readonly width: number;
  readonly vocabulary: number;
  readonly tied: boolean;
}

/** Counts a matrix and its bias. */
const countLinear = (inputs: number, outputs: number, bias: boolean): number =>
  inputs * outputs + (bias ? outputs : 0);

/** Returns whether a rule holds: a setting of its name must be true. */
function isSet(config: Config, rule: Rule | undefined): boolean {
  return typeof rule === "string" ? readFlag(config, rule) === true : rule === true;
}

type Attention = NonNullable<LayerDescription["attention"]>;

/** Counts latent attention: queries, and keys with values, each through a narrow row with a norm over it. */
function countLatentAttention(
  { config, family, width }: CountedModel,
  { heads, keyWidth, valueWidth, indexer }: Attention,
  { rank, ropeWidth, queryRank }: NonNullable<Attention["latent"]>,
): number {
  const bias = isSet(config, family.queryBias);
  const query =
    queryRank === undefined
      ? width * heads * keyWidth
      : countLinear(width, queryRank, bias) + queryRank + queryRank * heads * keyWidth;
  const keyValue =
    countLinear(width, rank + ropeWidth, bias) + rank + rank * heads * (keyWidth - ropeWidth + valueWidth);
  // The indexer: its queries from the queries' row, one key with a norm and its bias, one weight per head.
  const chosen =
    indexer === undefined
      ? 0
      : (queryRank ?? width) * indexer.heads * indexer.width +
        width * indexer.width +
        2 * indexer.width +
        width * indexer.heads;
  return query + keyValue + chosen + countLinear(heads * valueWidth, width, isSet(config, family.outputBias));
}

function countHeadNorms(
  { config, family }: CountedModel,
  { heads, keyValueHeads, keyWidth }: Attention,
  own: boolean,
): number {
  const { headNorms: kind, headNormsSetting: setting } = family;
  if (kind === undefined || (setting !== undefined && readFlag(config, setting) !== true)) return 0;
  const bias = kind === "each" && isSet(config, family.normBias) ? 2 : 1;
  return (kind === "each" ? (own ? 2 : 1) * keyWidth : (heads + keyValueHeads) * keyWidth) * bias;
}

function countAttention(model: CountedModel, layer: LayerDescription): number {
  const { attention } = layer;
  if (attention === undefined) return 0;
  const { config, family, width } = model;
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent !== undefined) return countLatentAttention(model, attention, latent);
  const { queryBias, keyBias = queryBias, valueBias = queryBias } = family;
  const own = !hasNoKeys(config, layer);
  const keys = own ? countLinear(width, keyValueHeads * keyWidth, isSet(config, keyBias)) : 0;
  const values =
    own && !hasKeysAsValues(config, attention)
      ? countLinear(width, keyValueHeads * valueWidth, isSet(config, valueBias))
      : 0;
  const projections =
    countLinear(width, heads * keyWidth, isSet(config, queryBias)) +
    keys +
    values +
    countLinear(
      family.squareOutput === true ? width : heads * valueWidth,
      width,
      isSet(config, family.outputBias),
    );
  const gate =
    family.queryGate === true
      ? countLinear(width, heads * valueWidth, family.gateBias === true && isSet(config, queryBias))
      : 0;
  const inner = family.innerNorms === true ? heads * valueWidth : 0;
  const single = (family.perHead ?? 0) * heads + (family.perHeadWidth ?? 0) * keyWidth;
  return projections + gate + inner + countHeadNorms(model, attention, own) + single;
}

function countFeedForward(model: CountedModel, inner: number): number {
  const { family, width } = model;
  const bias = isSet(model.config, family.feedForwardBias);
  const inward = family.plainFeedForward === true ? 1 : 2;
  const norm = family.innerNorms === true ? inner : 0;
  return inward * countLinear(width, inner, bias) + countLinear(inner, width, bias) + norm;
}

/** Reads the narrower width that Nemotron 3's experts may work on, with a matrix to it and one back. */
function readLatentWidth({ config, family }: CountedModel): number | undefined {
  return family.gguf === "nemotron_h" ? readCount(config, "moe_latent_size") : undefined;
}

/** Counts only a layer's routed experts, of which a token passes a part. */
function countExperts(model: CountedModel, layer: LayerDescription): number {
  const { experts } = layer;
  if (experts === undefined) return 0;
  const bias = model.family.expertBias === true;
  const inward = model.family.plainExperts === true ? 1 : 2;
  const outer = readLatentWidth(model) ?? model.width;
  const each = inward * countLinear(outer, experts.width, bias) + countLinear(experts.width, outer, bias);
  return experts.count * each;
}

/** Counts a layer's norms: Falcon and StableLM have a second one unless the two halves of a layer share one. */
function countNorms({ config, family }: CountedModel): number {
  if (config["model_type"] === "stablelm" && readFlag(config, "use_parallel_residual") === true) return 1;
  if (config["model_type"] !== "falcon") return family.norms ?? 2;
  if (readFlag(config, "new_decoder_architecture") === true)
    return readCount(config, "num_ln_in_parallel_attn") ?? 2;
  return readFlag(config, "parallel_attn") === false ? 2 : 1;
}

function countDense(model: CountedModel, layer: LayerDescription): number {
  const { family, width } = model;
  const norms =
    countNorms(model) * width * (isSet(model.config, family.normBias) ? 2 : 1) + (family.perLayer ?? 0);
  const { experts } = layer;
  const router =
    experts === undefined ? 0 : countLinear(width, experts.count, isSet(model.config, family.routerBias));
  const shared =
    experts?.sharedWidth === undefined
      ? 0
      : countFeedForward(model, experts.sharedWidth) + (family.sharedGate === true ? width : 0);
  const inner = layer.feedForwardWidth === undefined ? 0 : countFeedForward(model, layer.feedForwardWidth);
  const mixer = countMixerParameters(model.config, model.family.mixer, layer, width) ?? 0;
  const latent = experts === undefined ? undefined : readLatentWidth(model);
  const bias = isSet(model.config, family.feedForwardBias);
  const narrowed =
    latent === undefined ? 0 : countLinear(width, latent, bias) + countLinear(latent, width, bias);
  return countAttention(model, layer) + mixer + norms + router + narrowed + shared + inner;
}

/** Returns whether the layer's second part is known; Nemotron-H's layers have one part each. */
function hasFeedForward({ family }: CountedModel, layer: LayerDescription): boolean {
  if (layer.experts !== undefined || layer.feedForwardWidth !== undefined) return true;
  return family.gguf === "nemotron_h" && layer.kind !== "none";
}

/** Returns whether a layer isSet parts and all of them are known. */
function isCountable(model: CountedModel, layer: LayerDescription): boolean {
  if (layer.kind === "none" && layer.feedForwardWidth === undefined && layer.experts === undefined)
    return false;
  // A part that exists but is unknown must not count as zero.
  const attends = layer.kind === "attention" || layer.kind === "both";
  if (attends && layer.attention === undefined) return false;
  if (model.family.kinds !== "recurrent" && !hasFeedForward(model, layer)) return false;
  return countMixerParameters(model.config, model.family.mixer, layer, model.width) !== undefined;
}

/** Counts what Gemma 3n and 4 have in addition to layers of the usual parts. */
function countExtras(
  model: CountedModel,
  layers: number,
): { readonly embedding: number; readonly dense: number } {
  const { config, family, width } = model;
  if (family.gguf === "gemma3n") {
    const { perLayer, whole, layerEmbedding } = countGemma3nParts(config, layers, width);
    return { embedding: layerEmbedding, dense: perLayer * layers + whole };
  }
  if (family.gguf === "gemma4") {
    const { perLayer, whole, layerEmbedding } = countGemma4Parts(config, layers, width);
    return { embedding: layerEmbedding, dense: perLayer * layers + whole };
  }
  return { embedding: 0, dense: 0 };
}

/**
 * Counts a model's parameters by what they are for, from its settings alone. Layers that predict further tokens are not
 * counted (config.json's totals leave them out too). Undefined for families whose tensors are not known here.
 */
export function countParameters(model: CountedModel): ParameterGroups | undefined {
  const { config, family, layers, width, vocabulary, tied } = model;
  if (family.countable === false) return undefined;
  const main = layers.filter((layer) => layer.prediction !== true);
  if (!main.every((layer) => isCountable(model, layer))) return undefined;
  const embedded = readCount(config, "word_embed_proj_dim");
  if (embedded !== undefined && embedded !== width) return undefined;
  const positions =
    family.positionRows === undefined
      ? 0
      : ((readCount(config, "n_positions", "max_position_embeddings") ?? 0) + family.positionRows) * width;
  const more = countExtras(model, main.length);
  const ends =
    family.encoder === undefined
      ? undefined
      : countEncoderEnds(config, family.encoder, { layers: main.length, width, vocabulary, tied });
  if (family.encoder !== undefined && ends === undefined) return undefined;
  const groupsOfLayers = readCount(config, "num_hidden_groups") ?? 1;
  const own =
    family.sharedLayers === true
      ? main.slice(0, groupsOfLayers * (readCount(config, "inner_group_num") ?? 1))
      : main;
  const norm = (family.lastNorms ?? 1) * width * (isSet(config, family.normBias) ? 2 : 1);
  return {
    embedding:
      ends?.embedding ??
      vocabulary * width + positions + (family.embeddingNorms ?? 0) * width + more.embedding,
    dense:
      own.reduce((sum, layer) => sum + countDense(model, layer), 0) +
      norm +
      more.dense +
      (ends?.dense ?? 0) -
      (family.firstLayerLacksNorm === true ? width * (isSet(config, family.normBias) ? 2 : 1) : 0),
    experts: main.reduce((sum, layer) => sum + countExperts(model, layer), 0),
    output:
      ends?.output ??
      (tied ? 0 : width * vocabulary) + (isSet(config, family.outputLayerBias) ? vocabulary : 0),
  };
}
