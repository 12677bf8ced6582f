import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention, rotatesHeads } from "../../blocks/attention-part.ts";
import { applyDecoderLayers, startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import type { Mixer } from "../../blocks/layer-parts.ts";
import { temperatureInput } from "../../blocks/stream/inputs.ts";
import type { Build } from "../../ggml/build.ts";
import { rmsNorm } from "../../ggml/operations.ts";

const traits: Traits = {
  routing: { gating: "sigmoid", normalized: false, weightsFirst: true, choosesBy: "logits" },
  rope: { skips: 4 },
};

/**
 * Builds the graph of Llama 4 (llama.cpp v0.5.0, `llama4.cpp`). Layers with RoPE then normalize queries and keys; the
 * others multiply queries by a temperature of their position.
 */
export function buildLlama4Graph(build: Build): void {
  const { stream, inputs } = startStream(build, traits);
  const mixer: Mixer = (layer, source, read) =>
    applyAttention(layer, source, read, {
      ...traits,
      adapt: (heads) =>
        rotatesHeads(layer, traits)
          ? { ...heads, query: rmsNorm(heads.query), key: rmsNorm(heads.key) }
          : heads,
    });
  const read = { ...inputs, temperature: temperatureInput(build) };
  const parts = { inputs: read, traits, mixer, feedForward: applyFeedForward };
  addHead(build, applyDecoderLayers(build, stream, parts), traits, inputs.outputIndices);
}
