import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyLatentAttention } from "../../blocks/attention/latent-attention.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { deltaSizes, applyDeltaAttention } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { expandInto, type Build, layersOf } from "../../ggml/build.ts";
import { add, getRows } from "../../ggml/operations.ts";

/** The graph of Kimi Linear: delta attention, and latent attention without positions where the layer has heads. */
export function buildKimiLinearGraph(build: Build): void {
  const sizes = deltaSizes(build, "softplus");
  let stream = embeddingInput(build);
  const keysOnly = build.description.layers.some((layer) => layer.attention?.latent !== undefined);
  const attention = attentionInputs(build, keysOnly);
  const states = stateInputs(build);
  const places = outputPlaces(build);
  for (const layer of layersOf(build)) {
    const normed = applyLayerNorm(layer, stream, "attn_norm");
    expandInto(build, normed);
    const recurrent = layer.recurrent !== undefined;
    let mixed = recurrent
      ? applyDeltaAttention(layer, normed, states, sizes)
      : applyLatentAttention(layer, normed, { attention });
    if (layer.isLast) {
      mixed = getRows(mixed, places);
      stream = getRows(stream, places);
    }
    const middle = add(mixed, stream);
    const routing = { gating: "sigmoid", normalized: true } as const;
    const inner = applyFeedForward(layer, applyLayerNorm(layer, middle, "ffn_norm"), { routing });
    stream = add(inner, middle);
  }
  addHead(build, stream, {}, places);
}
