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
  /** Tokens the model sees. Default 128. */
  readonly context?: number;
  /** Default 128. */
  readonly width?: number;
  /** Blocks of attention and a small network. Default 4. */
  readonly layers?: number;
  /** Divides the width. Default 4. */
  readonly heads?: number;
  /** Share of numbers dropped while training. Default 0. */
  readonly dropout?: number;
}

/**
 * A causal language model: embeddings with positions, blocks x + attention(norm(x)), x + mlp(norm(x)) with an inner width of four
 * times the width and gelu, a last norm, and the probabilities of the next token at each place. Errors: `invalid-option`.
 */
export function transformer(options: TransformerOptions): Network {
  requireKnownFields("options", options, ["vocabulary", "context", "width", "layers", "heads", "dropout"]);
  const { vocabulary, context = 128, width = 128, layers = 4, heads = 4, dropout: rate = 0 } = options;
  requireInteger("layers", layers, 0, 1000);
  // Embeddings start with a variance of about 0.002, which the usual 0.001 of Keras would drown.
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
