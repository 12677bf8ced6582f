import { applyAttention } from "../../blocks/attention-part.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embedTokens, outputIndexInput, positionInput, takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { layersOf, layerWeight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, matrixProduct } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Builds the graph of DeciLM (llama.cpp v0.5.0, `deci.cpp`): some layers have a linear projection instead of
 * attention, others have neither.
 */
export function buildDeciGraph(build: Build): void {
  let stream = embedTokens(build);
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  const outputIndices = outputIndexInput(build);
  const inputs = { positions, attention, outputIndices, states: stateInputs(build) };
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, outputIndices);
    const scaling = layerWeight(layer, "attn_norm.weight");
    const normed = scaling === undefined ? stream : applyNorm(stream, "rms", scaling);
    const attends = layer.attention !== undefined;
    const matrix = layerWeight(layer, "attn_output.weight");
    let mixed = normed;
    if (attends) mixed = applyAttention(layer, normed, inputs, {});
    else if (matrix !== undefined) mixed = matrixProduct(matrix, normed);
    mixed = rows(mixed);
    if (layerWeight(layer, "ffn_up.weight") === undefined) continue;
    const middle = attends || matrix !== undefined ? add(mixed, rows(stream)) : mixed;
    stream = add(applyFeedForward(layer, applyLayerNorm(layer, middle, "ffn_norm"), {}), middle);
  }
  addHead(build, stream, {}, outputIndices);
}
