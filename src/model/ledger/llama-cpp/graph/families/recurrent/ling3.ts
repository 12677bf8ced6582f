import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { latentAttention } from "../../blocks/attention/latent-attention.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import { deltaSizes, deltaAttention } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces, positionInput } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { type Build, layersOf } from "../../ggml/build.ts";
import { add } from "../../ggml/operations.ts";

/** The graph of Ling 3 (llama.cpp v0.5.0, `bailingmoe3.cpp`): delta attention, and latent attention with a gate for each head. */
export function ling3Graph(build: Build): void {
  const sizes = deltaSizes(build, "sigmoid");
  let stream = embeddingInput(build);
  const states = stateInputs(build);
  const attention = attentionInputs(build, true);
  const positions = positionInput(build);
  const places = outputPlaces(build);
  const routing = { gating: "sigmoid", normalized: "as-set" } as const;
  for (const layer of layersOf(build)) {
    const source = layerNorm(layer, stream, "attn_norm");
    const mixed =
      layer.recurrent === undefined
        ? latentAttention(layer, source, { attention, positions, copiesGated: true })
        : deltaAttention(layer, source, states, sizes);
    const middle = add(mixed, stream);
    const inner = feedForwardPart(layer, layerNorm(layer, middle, "ffn_norm"), { routing });
    stream = add(inner, middle);
  }
  headPart(build, stream, { lateRows: "normed" }, places);
}
