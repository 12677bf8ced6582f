import type { AttentionDescription, LayerDescription } from "../../model-description.ts";
import { readCount, readFlag, type Config } from "../values/config-values.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";

/** What Gemma 3n and 4 have besides a usual transformer: parameters of each layer, of the model, and of its embeddings by layer. */
export interface GemmaParts {
  readonly perLayer: number;
  readonly whole: number;
  readonly layerEmbedding: number;
}

/** Embeddings that each layer has of its own, and the way from the model's width to theirs and back. */
function layerEmbeddings(config: Config, layers: number, width: number): GemmaParts {
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
 * Parameters of AltUp (several copies of the hidden state), of the low-rank detour (Laurel) and of the embeddings that each
 * layer has of its own; with the settings' defaults. Read from the modelling code of transformers 5.23.
 */
export function gemma3nParts(config: Config, layers: number, width: number): GemmaParts {
  const copies = readCount(config, "altup_num_inputs") ?? 4;
  const rank = readCount(config, "laurel_rank") ?? 64;
  const altup = width + copies * copies + copies * copies * copies + width * copies + width;
  const laurel = 2 * width * rank + width;
  const { perLayer, whole, layerEmbedding } = layerEmbeddings(config, layers, width);
  return {
    perLayer: altup + laurel + perLayer,
    whole: whole + 2 * (copies - 1) * width * width,
    layerEmbedding,
  };
}

/** Gemma 4: a factor for each layer; with experts three norms more, and two scales of the router. */
export function gemma4Parts(config: Config, layers: number, width: number): GemmaParts {
  const { perLayer, whole, layerEmbedding } = layerEmbeddings(config, layers, width);
  const experts =
    readFlag(config, "enable_moe_block") === true ? (readCount(config, "num_experts") ?? 0) : undefined;
  return {
    perLayer: perLayer + 1 + (experts === undefined ? 0 : 4 * width + experts),
    whole,
    layerEmbedding,
  };
}

/** Gemma 4's layers without a window have heads of their own width, and fewer of keys where these are the values too. */
export function gemma4Attention(
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

/** True where the values are the keys: there is no matrix for them. */
export function keysAreValues(config: Config, { window }: AttentionDescription): boolean {
  return readFlag(config, "attention_k_eq_v") === true && window === undefined;
}

/**
 * True for a layer without matrices for keys and values of its own, since it reads another's. Files of transformers 4 hold
 * them for Gemma 3n all the same, unused.
 */
export function hasNoKeys(config: Config, layer: LayerDescription): boolean {
  if (layer.attention?.sharesCacheOf === undefined) return false;
  return config["model_type"] !== "gemma3n_text" || /^[5-9]\./u.test(String(config["transformers_version"]));
}
