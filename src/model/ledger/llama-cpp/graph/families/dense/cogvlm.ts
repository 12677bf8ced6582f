import { applyAttention } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { applyTransformerLayer } from "../../blocks/transformer-layer.ts";
import { layersOf } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";

/** Builds the graph of CogVLM (llama.cpp v0.5.0, `cogvlm.cpp`), which computes the logits of all tokens. */
export function buildCogVlmGraph(build: Build): void {
  const { stream: start, inputs } = startStream(build);
  const parts = { inputs, traits: {}, mixer: applyAttention, feedForward: applyFeedForward };
  let stream = start;
  for (const layer of layersOf(build)) stream = applyTransformerLayer(layer, stream, parts, false);
  addHead(build, stream, {}, inputs.outputIndices);
}
