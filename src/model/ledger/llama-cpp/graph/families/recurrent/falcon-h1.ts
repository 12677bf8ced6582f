import { attentionPart } from "../../blocks/attention-part.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import { mamba2Block } from "../../blocks/recurrent/mamba.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces, positionInput } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { norm } from "../../blocks/stream/norm.ts";
import { layerWeight, type Build, layersOf } from "../../ggml/build.ts";
import { add, getRows } from "../../ggml/operations.ts";

/** The graph of Falcon-H1 (llama.cpp v0.5.0, `falcon-h1.cpp`): attention and Mamba 2 of the same input, added. */
export function falconH1Graph(build: Build): void {
  let stream = embeddingInput(build);
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  const states = stateInputs(build);
  const places = outputPlaces(build);
  const inputs = { positions, attention, places, states };
  for (const layer of layersOf(build)) {
    const attended = attentionPart(layer, layerNorm(layer, stream, "attn_norm"), inputs, {});
    const recurrent = mamba2Block(layer, layerNorm(layer, stream, "attn_norm"), states);
    let middle = add(add(attended, recurrent), stream);
    if (layer.isLast) middle = getRows(middle, places);
    // this family's file names the weight without an ending
    const scaling = layerWeight(layer, "ffn_norm") ?? layerWeight(layer, "ffn_norm.weight");
    const inner = feedForwardPart(layer, norm(middle, "rms", scaling), {});
    stream = add(inner, middle);
  }
  headPart(build, stream, {}, places);
}
