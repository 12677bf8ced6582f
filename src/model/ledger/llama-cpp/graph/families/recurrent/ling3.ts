import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyLatentAttention } from "../../blocks/attention/latent-attention.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { applyDeltaAttention, deltaSizes } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { layersOf } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add } from "../../ggml/operations.ts";

/**
 * Builds the graph of Ling 3 (llama.cpp v0.5.0, `bailingmoe3.cpp`): delta attention, or latent attention with a gate
 * per head.
 */
export function buildLing3Graph(build: Build): void {
  const sizes = deltaSizes(build, "sigmoid");
  let stream = embedTokens(build);
  const states = stateInputs(build);
  const attention = attentionInputs(build, true);
  const positions = positionInput(build);
  const outputIndices = outputIndexInput(build);
  const routing = { gating: "sigmoid", normalized: "as-set" } as const;
  for (const layer of layersOf(build)) {
    const source = applyLayerNorm(layer, stream, "attn_norm");
    const mixed =
      layer.recurrent === undefined
        ? applyLatentAttention(layer, source, { attention, positions, copiesGated: true })
        : applyDeltaAttention(layer, source, states, sizes);
    const middle = add(mixed, stream);
    const inner = applyFeedForward(layer, applyLayerNorm(layer, middle, "ffn_norm"), { routing });
    stream = add(inner, middle);
  }
  addHead(build, stream, { lateRows: "normed" }, outputIndices);
}
