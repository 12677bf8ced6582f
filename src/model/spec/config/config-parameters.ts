import type { LayerSpec, ParameterGroups } from "../spec.ts";
import type { ConfigFamily } from "./config-families.ts";
import { gemma3nParts } from "./config-gemma3n.ts";
import { mixerParameters } from "./config-mixers.ts";
import { count, truth, type Config } from "./config-values.ts";

/** What the count needs to know of a model besides its layers. */
export interface CountedModel {
  readonly config: Config;
  readonly family: ConfigFamily;
  readonly layers: readonly LayerSpec[];
  readonly width: number;
  readonly vocabulary: number;
  readonly tied: boolean;
}

const linear = (inputs: number, outputs: number, bias: boolean): number =>
  inputs * outputs + (bias ? outputs : 0);

/** Falcon says `bias` for all its matrices. */
function falconBias(config: Config): boolean {
  return config["model_type"] === "falcon" && truth(config, "bias") === true;
}

function has(config: Config, rule: boolean | "asked" | undefined): boolean {
  return rule === "asked" ? truth(config, "attention_bias") === true : rule === true || falconBias(config);
}

function attentionParameters(model: CountedModel, layer: LayerSpec): number {
  const { attention } = layer;
  if (attention === undefined) return 0;
  const { config, family, width } = model;
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent !== undefined) {
    const query =
      latent.queryRank === undefined
        ? width * heads * keyWidth
        : width * latent.queryRank + latent.queryRank + latent.queryRank * heads * keyWidth;
    const nope = keyWidth - latent.ropeWidth;
    const keyValue =
      width * (latent.rank + latent.ropeWidth) + latent.rank + latent.rank * heads * (nope + valueWidth);
    return query + keyValue + heads * valueWidth * width;
  }
  const bias = has(config, family.queryBias);
  const projections =
    linear(width, heads * keyWidth * (family.queryGate === true ? 2 : 1), bias) +
    linear(width, keyValueHeads * keyWidth, bias) +
    linear(width, keyValueHeads * valueWidth, bias) +
    linear(heads * valueWidth, width, has(config, family.outputBias));
  const useNorms = truth(config, "use_qk_norm") ?? true;
  const norms =
    family.headNorms === "each"
      ? keyWidth * 2
      : family.headNorms === "all"
        ? (heads + keyValueHeads) * keyWidth
        : 0;
  const asked =
    config["model_type"] === "glm4_moe" && truth(config, "use_qk_norm") === true ? 2 * keyWidth : 0;
  return projections + (useNorms ? norms : 0) + asked + (family.perHead ?? 0) * heads;
}

function feedForward(model: CountedModel, inner: number): number {
  const { family, width } = model;
  const bias =
    family.feedForwardBias === true || truth(model.config, "mlp_bias") === true || falconBias(model.config);
  const inward = family.plainFeedForward === true ? 1 : 2;
  return inward * linear(width, inner, bias) + linear(inner, width, bias);
}

/** Parameters of a layer's experts alone: what a token passes through in part. */
function expertParameters(model: CountedModel, layer: LayerSpec): number {
  const { experts } = layer;
  if (experts === undefined) return 0;
  const bias = model.family.expertBias === true;
  const inward = model.family.plainExperts === true ? 1 : 2;
  const each = inward * linear(model.width, experts.width, bias) + linear(experts.width, model.width, bias);
  return experts.count * each;
}

/** Falcon has a second norm where the two halves of a layer do not share one. */
function normsOf({ config, family }: CountedModel): number {
  if (config["model_type"] !== "falcon") return family.norms ?? 2;
  if (truth(config, "new_decoder_architecture") === true)
    return count(config, "num_ln_in_parallel_attn") ?? 2;
  return truth(config, "parallel_attn") === false ? 2 : 1;
}

function denseParameters(model: CountedModel, layer: LayerSpec): number {
  const { family, width } = model;
  const norms = normsOf(model) * width * (family.normBias === true ? 2 : 1);
  const { experts } = layer;
  const router = experts === undefined ? 0 : linear(width, experts.count, family.routerBias === true);
  const shared =
    experts?.sharedWidth === undefined
      ? 0
      : (family.plainExperts === true ? 2 : 3) * width * experts.sharedWidth +
        (family.sharedGate === true ? width : 0);
  const inner = layer.feedForwardWidth === undefined ? 0 : feedForward(model, layer.feedForwardWidth);
  const mixer = mixerParameters(model.config, layer, width) ?? 0;
  return attentionParameters(model, layer) + mixer + norms + router + shared + inner;
}

/** True for a layer that has something in it, all of it known. */
function isCountable(model: CountedModel, layer: LayerSpec): boolean {
  if (layer.kind === "none" && layer.feedForwardWidth === undefined && layer.experts === undefined)
    return false;
  return mixerParameters(model.config, layer, model.width) !== undefined;
}

/** What some families have besides layers of the usual parts. */
function extras(model: CountedModel, layers: number): { readonly embedding: number; readonly dense: number } {
  const { config, family, width } = model;
  if (family.gguf === "gemma3n") {
    const { perLayer, whole, layerEmbedding } = gemma3nParts(config, layers, width);
    return { embedding: layerEmbedding, dense: perLayer * layers + whole };
  }
  if (family.pooled === true)
    return {
      embedding: (count(config, "type_vocab_size") ?? 0) * width,
      dense: linear(width, width, true),
    };
  return { embedding: 0, dense: 0 };
}

/**
 * Parameters of a model by what they are for, from its settings alone; layers that predict further tokens are not counted
 * (config.json's totals leave them out too). Undefined for families whose tensors are not known here.
 */
export function configParameters(model: CountedModel): ParameterGroups | undefined {
  const { config, family, layers, width, vocabulary, tied } = model;
  if (family.countable === false) return undefined;
  const main = layers.filter((layer) => layer.prediction !== true);
  if (!main.every((layer) => isCountable(model, layer))) return undefined;
  const embedded = count(config, "word_embed_proj_dim");
  if (embedded !== undefined && embedded !== width) return undefined;
  const positions =
    family.positionRows === undefined
      ? 0
      : ((count(config, "n_positions", "max_position_embeddings") ?? 0) + family.positionRows) * width;
  const more = extras(model, main.length);
  const norm =
    (family.norms === 0 || family.pooled === true ? 0 : width) * (family.normBias === true ? 2 : 1);
  return {
    embedding: vocabulary * width + positions + (family.embeddingNorms ?? 0) * width + more.embedding,
    dense: main.reduce((sum, layer) => sum + denseParameters(model, layer), 0) + norm + more.dense,
    experts: main.reduce((sum, layer) => sum + expertParameters(model, layer), 0),
    output: tied ? 0 : linear(width, vocabulary, family.outputLayerBias === true),
  };
}
