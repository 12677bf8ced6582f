import type { Traits } from "../../../../../description/families/traits.ts";
import { attentionPart } from "../../blocks/attention-part.ts";
import { decoderGraph } from "../../blocks/decoder-graph.ts";
import { defaultRouting, feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { expertFeedForward } from "../../blocks/feed-forward/experts.ts";
import { feedForward } from "../../blocks/feed-forward/feed-forward.ts";
import type { FeedForward } from "../../blocks/layer-parts.ts";
import { layerWeight, type Build } from "../../ggml/build.ts";
import { scale, add } from "../../ggml/operations.ts";

const traits: Traits = { routing: defaultRouting, logits: "scale-and-cap" };

/** Experts, added to a dense part and scaled where the layer has one. */
const expertsAndDense: FeedForward = (layer, source) => {
  if (layer.experts === undefined || layerWeight(layer, "ffn_up.weight") === undefined)
    return feedForwardPart(layer, source, traits);
  const routed = expertFeedForward(layer, source, defaultRouting);
  return scale(add(feedForward(layer, source), routed));
};

/** The graph of Grok (llama.cpp v0.5.0, `grok.cpp`): scores capped twice, experts beside a dense part. */
export function grokGraph(build: Build): void {
  decoderGraph(build, traits, {
    mixer: (layer, source, inputs) => attentionPart(layer, source, inputs, { ...traits, scoreCaps: 2 }),
    feedForward: expertsAndDense,
  });
}
