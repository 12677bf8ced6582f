import { attentionPart } from "../../blocks/attention-part.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces, positionInput } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { norm } from "../../blocks/stream/norm.ts";
import { layerWeight, type Build } from "../../ggml/build.ts";
import { add, getRows, matrixProduct } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** The graph of DeciLM (llama.cpp v0.5.0, `deci.cpp`): layers without attention, with a product instead, or without anything. */
export function deciGraph(build: Build): void {
  let stream = embeddingInput(build);
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  const places = outputPlaces(build);
  const inputs = { positions, attention, places, states: stateInputs(build) };
  for (let layer = 0; layer < build.layers; layer++) {
    const last = layer === build.layers - 1;
    const rows = (value: GraphTensor): GraphTensor => (last ? getRows(value, places) : value);
    const scaling = layerWeight(build, layer, "attn_norm.weight");
    const normed = scaling === undefined ? stream : norm(stream, "rms", scaling);
    const attends = build.description.layers[layer]?.attention !== undefined;
    const matrix = layerWeight(build, layer, "attn_output.weight");
    let mixed = normed;
    if (attends) mixed = attentionPart(build, layer, normed, inputs, {});
    else if (matrix !== undefined) mixed = matrixProduct(matrix, normed);
    mixed = rows(mixed);
    if (layerWeight(build, layer, "ffn_up.weight") === undefined) continue;
    const middle = attends || matrix !== undefined ? add(mixed, rows(stream)) : mixed;
    stream = add(feedForwardPart(build, layer, layerNorm(build, layer, middle, "ffn_norm", {}), {}), middle);
  }
  headPart(build, stream, {}, places);
}
