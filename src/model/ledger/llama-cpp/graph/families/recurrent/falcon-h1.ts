import { applyAttention } from "../../blocks/attention-part.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { applyMamba2 } from "../../blocks/recurrent/mamba.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { layersOf, layerWeight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, getRows } from "../../ggml/operations.ts";

/**
 * Builds the graph of Falcon-H1 (llama.cpp v0.5.0, `falcon-h1.cpp`): each layer adds attention and Mamba 2 of the same
 * input.
 */
export function buildFalconH1Graph(build: Build): void {
  let stream = embedTokens(build);
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  const states = stateInputs(build);
  const outputIndices = outputIndexInput(build);
  const inputs = { positions, attention, outputIndices, states };
  for (const layer of layersOf(build)) {
    const attended = applyAttention(layer, applyLayerNorm(layer, stream, "attn_norm"), inputs, {});
    const recurrent = applyMamba2(layer, applyLayerNorm(layer, stream, "attn_norm"), states);
    let middle = add(add(attended, recurrent), stream);
    if (layer.isLast) middle = getRows(middle, outputIndices);
    // Files of this family name the weight without an ending
    const scaling = layerWeight(layer, "ffn_norm") ?? layerWeight(layer, "ffn_norm.weight");
    const inner = applyFeedForward(layer, applyNorm(middle, "rms", scaling), {});
    stream = add(inner, middle);
  }
  addHead(build, stream, {}, outputIndices);
}
