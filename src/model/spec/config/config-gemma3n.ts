import { count, type Config } from "./config-values.ts";

/** What Gemma 3n has besides a usual transformer: parameters of each layer, of the model, and of its embeddings by layer. */
export interface Gemma3nParts {
  readonly perLayer: number;
  readonly whole: number;
  readonly layerEmbedding: number;
}

/**
 * Parameters of AltUp (several copies of the hidden state), of the low-rank detour (Laurel) and of the embeddings that each
 * layer has of its own; with the settings' defaults. Read from the modelling code of transformers 4.57.
 */
export function gemma3nParts(config: Config, layers: number, width: number): Gemma3nParts {
  const own = count(config, "hidden_size_per_layer_input") ?? 256;
  const rows = count(config, "vocab_size_per_layer_input") ?? 262_144;
  const copies = count(config, "altup_num_inputs") ?? 4;
  const rank = count(config, "laurel_rank") ?? 64;
  const altup = width + copies * copies + copies * copies * copies + width * copies + width;
  const laurel = 2 * width * rank + width;
  const gate = 2 * width * own + width;
  return {
    perLayer: altup + laurel + gate,
    whole: layers * own * width + own + 2 * (copies - 1) * width * width,
    layerEmbedding: rows * layers * own,
  };
}
