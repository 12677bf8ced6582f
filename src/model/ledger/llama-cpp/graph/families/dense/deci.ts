import { attentionPart } from "../../blocks/attention-part.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces, positionInput, lastRows } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { norm } from "../../blocks/stream/norm.ts";
import { layerWeight, type Build, layersOf } from "../../ggml/build.ts";
import { add, matrixProduct } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** The graph of DeciLM (llama.cpp v0.5.0, `deci.cpp`): layers without attention, with a product instead, or without anything. */
export function deciGraph(build: Build): void {
  let stream = embeddingInput(build);
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  const places = outputPlaces(build);
  const inputs = { positions, attention, places, states: stateInputs(build) };
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => lastRows(layer, value, places);
    const scaling = layerWeight(layer, "attn_norm.weight");
    const normed = scaling === undefined ? stream : norm(stream, "rms", scaling);
    const attends = layer.attention !== undefined;
    const matrix = layerWeight(layer, "attn_output.weight");
    let mixed = normed;
    if (attends) mixed = attentionPart(layer, normed, inputs, {});
    else if (matrix !== undefined) mixed = matrixProduct(matrix, normed);
    mixed = rows(mixed);
    if (layerWeight(layer, "ffn_up.weight") === undefined) continue;
    const middle = attends || matrix !== undefined ? add(mixed, rows(stream)) : mixed;
    stream = add(feedForwardPart(layer, layerNorm(layer, middle, "ffn_norm"), {}), middle);
  }
  headPart(build, stream, {}, places);
}
