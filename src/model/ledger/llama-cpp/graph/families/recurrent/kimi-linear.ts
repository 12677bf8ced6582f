import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyLatentAttention } from "../../blocks/attention/latent-attention.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { applyDeltaAttention, deltaSizes } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embedTokens, outputIndexInput } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { expandInto, layersOf } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, getRows } from "../../ggml/operations.ts";

/**
 * Builds the graph of Kimi Linear (llama.cpp v0.5.0, `kimi-linear.cpp`): delta attention, or latent attention without
 * RoPE in layers with heads.
 */
export function buildKimiLinearGraph(build: Build): void {
  const sizes = deltaSizes(build, "softplus");
  let stream = embedTokens(build);
  const keysOnly = build.description.layers.some((layer) => layer.attention?.latent !== undefined);
  const attention = attentionInputs(build, keysOnly);
  const states = stateInputs(build);
  const outputIndices = outputIndexInput(build);
  for (const layer of layersOf(build)) {
    const normed = applyLayerNorm(layer, stream, "attn_norm");
    expandInto(build, normed);
    const recurrent = layer.recurrent !== undefined;
    let mixed = recurrent
      ? applyDeltaAttention(layer, normed, states, sizes)
      : applyLatentAttention(layer, normed, { attention });
    if (layer.isLast) {
      mixed = getRows(mixed, outputIndices);
      stream = getRows(stream, outputIndices);
    }
    const middle = add(mixed, stream);
    const routing = { gating: "sigmoid", normalized: true } as const;
    const inner = applyFeedForward(layer, applyLayerNorm(layer, middle, "ffn_norm"), { routing });
    stream = add(inner, middle);
  }
  addHead(build, stream, {}, outputIndices);
}
