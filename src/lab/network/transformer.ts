import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import type { Layer, Network } from "./layer.ts";
import {
  dense,
  dropout,
  embedding,
  layerNormalization,
  multiHeadAttention,
  network,
  residual,
} from "./layers.ts";

export interface TransformerOptions {
  /** Number of different tokens. */
  readonly vocabulary: number;
  /** Tokens that the model sees. Default 128. */
  readonly context?: number;
  /** Default 128. */
  readonly width?: number;
  /** Blocks of attention and feed-forward layers. Default 4. */
  readonly layers?: number;
  /** Divides the width. Default 4. */
  readonly heads?: number;
  /** Dropout rate during training. Default 0. */
  readonly dropout?: number;
}

/**
 * Builds a causal language model: embeddings with positions; blocks x + attention(norm(x)) and x + mlp(norm(x)), the mlp four times
 * as wide and with gelu; a last norm; and the probabilities of the next token at each position. Errors: `invalid-option`.
 */
export function transformer(options: TransformerOptions): Network {
  requireKnownFields("options", options, ["vocabulary", "context", "width", "layers", "heads", "dropout"]);
  const { vocabulary, context = 128, width = 128, layers = 4, heads = 4, dropout: rate = 0 } = options;
  requireInteger("layers", layers, 0, 1000);
  // Embeddings start with a variance of about 0.002, so an epsilon of 0.001, the default of Keras, would dominate it.
  const norm = layerNormalization({ epsilon: 1e-5 });
  const drop = rate > 0 ? [dropout(rate)] : [];
  const block: readonly Layer[] = [
    residual([norm, multiHeadAttention(heads, { causal: true }), ...drop]),
    residual([norm, dense(4 * width, { activation: "gelu" }), dense(width), ...drop]),
  ];
  return network({ shape: [context], type: "int32" }, [
    embedding(vocabulary, width, { positions: true }),
    ...Array.from({ length: layers }, () => block).flat(),
    norm,
    dense(vocabulary, { activation: "softmax" }),
  ]);
}
