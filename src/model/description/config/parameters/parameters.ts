import type { LayerDescription, ParameterGroups } from "../../model-description.ts";
import type { ConfigFamily, Rule } from "../../families/config-family.ts";
import { countEncoderEnds } from "./encoder-ends.ts";
import { gemma3nParts, gemma4Parts, hasNoKeys, keysAreValues } from "../layers/gemma.ts";
import { countMixerParameters } from "./mixers.ts";
import { readCount, readFlag, type Config } from "../values/config-values.ts";

/** What the count needs to know of a model besides its layers. */
export interface CountedModel {
  readonly config: Config;
  readonly family: ConfigFamily;
  readonly layers: readonly LayerDescription[];
  readonly width: number;
  readonly vocabulary: number;
  readonly tied: boolean;
}

const linear = (inputs: number, outputs: number, bias: boolean): number =>
  inputs * outputs + (bias ? outputs : 0);

function has(config: Config, rule: Rule | undefined): boolean {
  return typeof rule === "string" ? readFlag(config, rule) === true : rule === true;
}

type Attention = NonNullable<LayerDescription["attention"]>;

/** Latent attention: queries and keys with values by way of a narrow row each, with a norm over it. */
function latentParameters(
  { config, family, width }: CountedModel,
  { heads, keyWidth, valueWidth, indexer }: Attention,
  { rank, ropeWidth, queryRank }: NonNullable<Attention["latent"]>,
): number {
  const bias = has(config, family.queryBias);
  const query =
    queryRank === undefined
      ? width * heads * keyWidth
      : linear(width, queryRank, bias) + queryRank + queryRank * heads * keyWidth;
  const keyValue =
    linear(width, rank + ropeWidth, bias) + rank + rank * heads * (keyWidth - ropeWidth + valueWidth);
  // the indexer: its queries from the queries' row, one key with a norm and its bias, one weight a head
  const chosen =
    indexer === undefined
      ? 0
      : (queryRank ?? width) * indexer.heads * indexer.width +
        width * indexer.width +
        2 * indexer.width +
        width * indexer.heads;
  return query + keyValue + chosen + linear(heads * valueWidth, width, has(config, family.outputBias));
}

function headNorms(
  { config, family }: CountedModel,
  { heads, keyValueHeads, keyWidth }: Attention,
  own: boolean,
): number {
  const { headNorms: kind, headNormsAsked: asked } = family;
  if (kind === undefined || (asked !== undefined && readFlag(config, asked) !== true)) return 0;
  const bias = kind === "each" && has(config, family.normBias) ? 2 : 1;
  return (kind === "each" ? (own ? 2 : 1) * keyWidth : (heads + keyValueHeads) * keyWidth) * bias;
}

function attentionParameters(model: CountedModel, layer: LayerDescription): number {
  const { attention } = layer;
  if (attention === undefined) return 0;
  const { config, family, width } = model;
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent !== undefined) return latentParameters(model, attention, latent);
  const { queryBias, keyBias = queryBias, valueBias = queryBias } = family;
  const own = !hasNoKeys(config, layer);
  const keys = own ? linear(width, keyValueHeads * keyWidth, has(config, keyBias)) : 0;
  const values =
    own && !keysAreValues(config, attention)
      ? linear(width, keyValueHeads * valueWidth, has(config, valueBias))
      : 0;
  const projections =
    linear(width, heads * keyWidth, has(config, queryBias)) +
    keys +
    values +
    linear(family.squareOutput === true ? width : heads * valueWidth, width, has(config, family.outputBias));
  const gate =
    family.queryGate === true
      ? linear(width, heads * valueWidth, family.gateBias === true && has(config, queryBias))
      : 0;
  const inner = family.innerNorms === true ? heads * valueWidth : 0;
  const single = (family.perHead ?? 0) * heads + (family.perHeadWidth ?? 0) * keyWidth;
  return projections + gate + inner + headNorms(model, attention, own) + single;
}

function feedForward(model: CountedModel, inner: number): number {
  const { family, width } = model;
  const bias = has(model.config, family.feedForwardBias);
  const inward = family.plainFeedForward === true ? 1 : 2;
  const norm = family.innerNorms === true ? inner : 0;
  return inward * linear(width, inner, bias) + linear(inner, width, bias) + norm;
}

/** Nemotron 3's experts may work on a narrower state than the model's, with a matrix there and one back. */
function latentWidth({ config, family }: CountedModel): number | undefined {
  return family.gguf === "nemotron_h" ? readCount(config, "moe_latent_size") : undefined;
}

/** Parameters of a layer's experts alone: what a token passes through in part. */
function expertParameters(model: CountedModel, layer: LayerDescription): number {
  const { experts } = layer;
  if (experts === undefined) return 0;
  const bias = model.family.expertBias === true;
  const inward = model.family.plainExperts === true ? 1 : 2;
  const outer = latentWidth(model) ?? model.width;
  const each = inward * linear(outer, experts.width, bias) + linear(experts.width, outer, bias);
  return experts.count * each;
}

/** Falcon has a second norm where the two halves of a layer do not share one, StableLM where one is not beside the other. */
function normsOf({ config, family }: CountedModel): number {
  if (config["model_type"] === "stablelm" && readFlag(config, "use_parallel_residual") === true) return 1;
  if (config["model_type"] !== "falcon") return family.norms ?? 2;
  if (readFlag(config, "new_decoder_architecture") === true)
    return readCount(config, "num_ln_in_parallel_attn") ?? 2;
  return readFlag(config, "parallel_attn") === false ? 2 : 1;
}

function denseParameters(model: CountedModel, layer: LayerDescription): number {
  const { family, width } = model;
  const norms =
    normsOf(model) * width * (has(model.config, family.normBias) ? 2 : 1) + (family.perLayer ?? 0);
  const { experts } = layer;
  const router =
    experts === undefined ? 0 : linear(width, experts.count, has(model.config, family.routerBias));
  const shared =
    experts?.sharedWidth === undefined
      ? 0
      : feedForward(model, experts.sharedWidth) + (family.sharedGate === true ? width : 0);
  const inner = layer.feedForwardWidth === undefined ? 0 : feedForward(model, layer.feedForwardWidth);
  const mixer = countMixerParameters(model.config, model.family.mixer, layer, width) ?? 0;
  const latent = experts === undefined ? undefined : latentWidth(model);
  const bias = has(model.config, family.feedForwardBias);
  const narrowed = latent === undefined ? 0 : linear(width, latent, bias) + linear(latent, width, bias);
  return attentionParameters(model, layer) + mixer + norms + router + narrowed + shared + inner;
}

/** True where the layer's second part is known; Nemotron-H's layers have one part each. */
function hasFeedForward({ family }: CountedModel, layer: LayerDescription): boolean {
  if (layer.experts !== undefined || layer.feedForwardWidth !== undefined) return true;
  return family.gguf === "nemotron_h" && layer.kind !== "none";
}

/** True for a layer that has something in it, all of it known. */
function isCountable(model: CountedModel, layer: LayerDescription): boolean {
  if (layer.kind === "none" && layer.feedForwardWidth === undefined && layer.experts === undefined)
    return false;
  // a part that is there and not known is no zero
  const attends = layer.kind === "attention" || layer.kind === "both";
  if (attends && layer.attention === undefined) return false;
  if (model.family.kinds !== "recurrent" && !hasFeedForward(model, layer)) return false;
  return countMixerParameters(model.config, model.family.mixer, layer, model.width) !== undefined;
}

/** What some families have besides layers of the usual parts. */
function extras(model: CountedModel, layers: number): { readonly embedding: number; readonly dense: number } {
  const { config, family, width } = model;
  if (family.gguf === "gemma3n") {
    const { perLayer, whole, layerEmbedding } = gemma3nParts(config, layers, width);
    return { embedding: layerEmbedding, dense: perLayer * layers + whole };
  }
  if (family.gguf === "gemma4") {
    const { perLayer, whole, layerEmbedding } = gemma4Parts(config, layers, width);
    return { embedding: layerEmbedding, dense: perLayer * layers + whole };
  }
  return { embedding: 0, dense: 0 };
}

/**
 * Parameters of a model by what they are for, from its settings alone; layers that predict further tokens are not counted
 * (config.json's totals leave them out too). Undefined for families whose tensors are not known here.
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
  const more = extras(model, main.length);
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
  const norm = (family.lastNorms ?? 1) * width * (has(config, family.normBias) ? 2 : 1);
  return {
    embedding:
      ends?.embedding ??
      vocabulary * width + positions + (family.embeddingNorms ?? 0) * width + more.embedding,
    dense:
      own.reduce((sum, layer) => sum + denseParameters(model, layer), 0) +
      norm +
      more.dense +
      (ends?.dense ?? 0) -
      (family.firstNormLess === true ? width * (has(config, family.normBias) ? 2 : 1) : 0),
    experts: main.reduce((sum, layer) => sum + expertParameters(model, layer), 0),
    output:
      ends?.output ??
      (tied ? 0 : width * vocabulary) + (has(config, family.outputLayerBias) ? vocabulary : 0),
  };
}
