import { attentionPart } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import { transformerLayer } from "../../blocks/transformer-layer.ts";
import { type Build, layersOf } from "../../ggml/build.ts";

/** The graph of CogVLM (llama.cpp v0.5.0, `cogvlm.cpp`): logits of all tokens, wanted or not. */
export function cogVlmGraph(build: Build): void {
  const { stream: start, inputs } = startStream(build);
  const parts = { inputs, traits: {}, mixer: attentionPart, feedForward: feedForwardPart };
  let stream = start;
  for (const layer of layersOf(build)) stream = transformerLayer(layer, stream, parts, false);
  headPart(build, stream, {}, inputs.places);
}
