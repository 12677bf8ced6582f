import type { AttentionDescription, LayerDescription } from "../../model-description.ts";
import { readCount, readFlag } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";

/** What Gemma 3n and 4 have in addition to a usual transformer: parameters of each layer, of the model, and of its per-layer embeddings. */
export interface GemmaParts {
  readonly perLayer: number;
  readonly whole: number;
  readonly layerEmbedding: number;
}

/** Counts the embeddings of each layer, and the projections from the model's width to theirs and back. */
function countLayerEmbeddings(config: Config, layers: number, width: number): GemmaParts {
  const own = readCount(config, "hidden_size_per_layer_input") ?? 256;
  const rows = readCount(config, "vocab_size_per_layer_input") ?? 262_144;
  if (own === 0) return { perLayer: 0, whole: 0, layerEmbedding: 0 };
  return {
    perLayer: 2 * width * own + width,
    whole: layers * own * width + own,
    layerEmbedding: rows * layers * own,
  };
}

/**
 * Counts the parameters of AltUp (several copies of the hidden state), of Laurel (a low-rank residual) and of the per-layer
 * embeddings, with the settings' defaults. Read from the modelling code of transformers 5.23.
 */
export function countGemma3nParts(config: Config, layers: number, width: number): GemmaParts {
  const copies = readCount(config, "altup_num_inputs") ?? 4;
  const rank = readCount(config, "laurel_rank") ?? 64;
  const altup = width + copies * copies + copies * copies * copies + width * copies + width;
  const laurel = 2 * width * rank + width;
  const { perLayer, whole, layerEmbedding } = countLayerEmbeddings(config, layers, width);
  return {
    perLayer: altup + laurel + perLayer,
    whole: whole + 2 * (copies - 1) * width * width,
    layerEmbedding,
  };
}

/** Counts what Gemma 4 adds: a factor for each layer; with experts also three norms and two scales of the router. */
export function countGemma4Parts(config: Config, layers: number, width: number): GemmaParts {
  const { perLayer, whole, layerEmbedding } = countLayerEmbeddings(config, layers, width);
  const experts =
    readFlag(config, "enable_moe_block") === true ? (readCount(config, "num_experts") ?? 0) : undefined;
  return {
    perLayer: perLayer + 1 + (experts === undefined ? 0 : 4 * width + experts),
    whole,
    layerEmbedding,
  };
}

/** Adjusts Gemma 4's layers without a window: their heads have another width, and fewer key heads if the keys are also the values. */
export function adjustGemma4Attention(
  config: Config,
  attention: AttentionDescription,
  index: number,
): AttentionDescription {
  const listed = isJsonObject(config["per_layer_config"])
    ? config["per_layer_config"][String(index)]
    : undefined;
  if (isJsonObject(listed)) {
    const width = readCount(listed, "head_dim") ?? attention.keyWidth;
    const keyValueHeads = readCount(listed, "num_key_value_heads") ?? attention.keyValueHeads;
    return { ...attention, keyValueHeads, keyWidth: width, valueWidth: width };
  }
  if (attention.window !== undefined) return attention;
  const width = readCount(config, "global_head_dim") ?? attention.keyWidth;
  const fewer =
    readFlag(config, "attention_k_eq_v") === true
      ? readCount(config, "num_global_key_value_heads")
      : undefined;
  return {
    ...attention,
    keyValueHeads: fewer ?? attention.keyValueHeads,
    keyWidth: width,
    valueWidth: width,
  };
}

/** Returns whether the keys are also the values, which then have no matrix. */
export function hasKeysAsValues(config: Config, { window }: AttentionDescription): boolean {
  return readFlag(config, "attention_k_eq_v") === true && window === undefined;
}

/**
 * Returns whether a layer has no matrices for keys and values because it reads another layer's. Files of transformers 4
 * still hold them for Gemma 3n, unused.
 */
export function hasNoKeys(config: Config, layer: LayerDescription): boolean {
  if (layer.attention?.sharesCacheOf === undefined) return false;
  return config["model_type"] !== "gemma3n_text" || /^[5-9]\./u.test(String(config["transformers_version"]));
}
