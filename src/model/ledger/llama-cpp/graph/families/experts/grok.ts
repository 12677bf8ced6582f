import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention } from "../../blocks/attention-part.ts";
import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import { applyFeedForward, defaultRouting } from "../../blocks/feed-forward-part.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import type { FeedForward } from "../../blocks/layer-parts.ts";
import { layerWeight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, scale } from "../../ggml/operations.ts";

const traits: Traits = { routing: defaultRouting, logits: "scale-and-cap" };

/** Experts, or if the layer also has a dense part, the scaled sum of both: (width, tokens) to (width, tokens). */
const applyExpertsAndDense: FeedForward = (layer, source) => {
  if (layer.experts === undefined || layerWeight(layer, "ffn_up.weight") === undefined)
    return applyFeedForward(layer, source, traits);
  const routed = applyExperts(layer, source, defaultRouting);
  return scale(add(applyDense(layer, source), routed));
};

/**
 * Builds the graph of Grok (llama.cpp v0.5.0, `grok.cpp`): scores capped twice, and a dense part next to the experts.
 */
export function buildGrokGraph(build: Build): void {
  buildDecoderGraph(build, traits, {
    mixer: (layer, source, inputs) => applyAttention(layer, source, inputs, { ...traits, scoreCaps: 2 }),
    feedForward: applyExpertsAndDense,
  });
}
