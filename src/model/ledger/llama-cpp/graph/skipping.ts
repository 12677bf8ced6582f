import { attentionInputs } from "./attention.ts";
import { layerWeight, type Build } from "./build.ts";
import { embeddingInput, outputPlaces, positionInput } from "./inputs.ts";
import { norm } from "./norm.ts";
import { add, getRows, matrixProduct } from "./operations.ts";
import { stateInputs } from "./states.ts";
import type { GraphTensor } from "./tensor.ts";
import { headPart } from "./head.ts";
import { attentionPart, feedForwardPart, layerNorm } from "./transformer.ts";

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
