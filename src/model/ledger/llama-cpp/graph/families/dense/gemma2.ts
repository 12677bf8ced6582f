import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention } from "../../blocks/attention-part.ts";
import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import type { Build } from "../../ggml/build.ts";

const traits: Traits = { scalesEmbeddings: true, scalesQueries: true, logits: "cap" };

/**
 * Builds the graph of Gemma 2 (llama.cpp v0.5.0, `gemma2.cpp`), which caps the scores. Flash attention caps them
 * inside its fused operation.
 */
export function buildGemma2Graph(build: Build): void {
  buildDecoderGraph(build, traits, {
    mixer: (layer, source, inputs) => applyAttention(layer, source, inputs, { ...traits, scoreCaps: 1 }),
  });
}
