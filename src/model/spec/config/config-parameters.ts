import type { LayerSpec, ParameterGroups } from "../spec.ts";
import type { ConfigFamily } from "./config-families.ts";
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

function has(config: Config, rule: boolean | "asked" | undefined): boolean {
  return rule === "asked" ? truth(config, "attention_bias") === true : rule === true;
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
    linear(width, heads * keyWidth, bias) +
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
  const bias = family.feedForwardBias === true || truth(model.config, "mlp_bias") === true;
  const inward = family.plainFeedForward === true ? 1 : 2;
  return inward * linear(width, inner, bias) + linear(inner, width, bias);
}

/** Parameters of a layer's experts alone: what a token passes through in part. */
function expertParameters(model: CountedModel, layer: LayerSpec): number {
  const { experts } = layer;
  if (experts === undefined) return 0;
  const bias = model.family.expertBias === true;
  return (
    experts.count * (2 * linear(model.width, experts.width, bias) + linear(experts.width, model.width, bias))
  );
}

function recurrentParameters(model: CountedModel, layer: LayerSpec): number {
  const { recurrent } = layer;
  if (recurrent?.innerWidth === undefined) return 0;
  const { config, width } = model;
  const inner = recurrent.innerWidth;
  const states = count(config, "state_size", "mamba_d_state") ?? 16;
  const kernel = count(config, "conv_kernel", "mamba_d_conv") ?? 4;
  if (config["model_type"] === "mamba2") {
    const groups = count(config, "n_groups") ?? 8;
    const heads = count(config, "num_heads") ?? Math.floor(inner / 64);
    const channels = inner + 2 * groups * states;
    return (
      width * (2 * inner + 2 * groups * states + heads) +
      channels * (kernel + 1) +
      3 * heads +
      inner +
      inner * width
    );
  }
  const given = config["time_step_rank"];
  const rank = typeof given === "number" ? given : Math.ceil(width / 16);
  return (
    width * 2 * inner +
    inner * (kernel + 1) +
    inner * (rank + 2 * states) +
    rank * inner +
    inner +
    inner * states +
    inner +
    inner * width
  );
}

function denseParameters(model: CountedModel, layer: LayerSpec): number {
  const { family, width } = model;
  const norms = (family.norms ?? 2) * width * (family.normBias === true ? 2 : 1);
  const { experts } = layer;
  const router = experts === undefined ? 0 : linear(width, experts.count, family.routerBias === true);
  const shared =
    experts?.sharedWidth === undefined
      ? 0
      : 3 * width * experts.sharedWidth + (family.sharedGate === true ? width : 0);
  const inner = layer.feedForwardWidth === undefined ? 0 : feedForward(model, layer.feedForwardWidth);
  return (
    attentionParameters(model, layer) + recurrentParameters(model, layer) + norms + router + shared + inner
  );
}

/**
 * Parameters of a model by what they are for, from its settings alone; layers that predict further tokens are not counted
 * (config.json's totals leave them out too). Undefined for families whose tensors are not known here.
 */
export function configParameters(model: CountedModel): ParameterGroups | undefined {
  const { config, family, layers, width, vocabulary, tied } = model;
  if (family.countable === false) return undefined;
  const main = layers.filter((layer) => layer.prediction !== true);
  if (main.some((layer) => layer.kind === "none" || layer.kind === "both")) return undefined;
  const embedded = count(config, "word_embed_proj_dim");
  if (embedded !== undefined && embedded !== width) return undefined;
  const positions =
    family.positionRows === undefined
      ? 0
      : ((count(config, "n_positions", "max_position_embeddings") ?? 0) + family.positionRows) * width;
  const norm = (family.norms === 0 ? 0 : width) * (family.normBias === true ? 2 : 1);
  return {
    embedding: vocabulary * width + positions + (family.embeddingNorms ?? 0) * width,
    dense: main.reduce((sum, layer) => sum + denseParameters(model, layer), 0) + norm,
    experts: main.reduce((sum, layer) => sum + expertParameters(model, layer), 0),
    output: tied ? 0 : linear(width, vocabulary, family.outputLayerBias === true),
  };
}
