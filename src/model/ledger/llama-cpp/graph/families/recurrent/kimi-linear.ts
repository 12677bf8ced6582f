import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { latentAttention } from "../../blocks/attention/latent-attention.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import { deltaSizes, deltaAttention } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { expandInto, type Build, layersOf } from "../../ggml/build.ts";
import { add, getRows } from "../../ggml/operations.ts";

/** The graph of Kimi Linear: delta attention, and latent attention without positions where the layer has heads. */
export function kimiLinearGraph(build: Build): void {
  const sizes = deltaSizes(build, "softplus");
  let stream = embeddingInput(build);
  const keysOnly = build.description.layers.some((layer) => layer.attention?.latent !== undefined);
  const attention = attentionInputs(build, keysOnly);
  const states = stateInputs(build);
  const places = outputPlaces(build);
  for (const layer of layersOf(build)) {
    const normed = layerNorm(layer, stream, "attn_norm");
    expandInto(build, normed);
    const recurrent = layer.recurrent !== undefined;
    let mixed = recurrent
      ? deltaAttention(layer, normed, states, sizes)
      : latentAttention(layer, normed, { attention });
    if (layer.isLast) {
      mixed = getRows(mixed, places);
      stream = getRows(stream, places);
    }
    const middle = add(mixed, stream);
    const routing = { gating: "sigmoid", normalized: true } as const;
    const inner = feedForwardPart(layer, layerNorm(layer, middle, "ffn_norm"), { routing });
    stream = add(inner, middle);
  }
  headPart(build, stream, {}, places);
}
