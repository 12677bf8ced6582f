import type { Traits } from "../../../../../description/families/traits.ts";
import { decoderGraph } from "../../blocks/decoder-graph.ts";
import { defaultRouting, feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { expertFeedForward } from "../../blocks/feed-forward/experts.ts";
import type { FeedForward } from "../../blocks/layer-parts.ts";
import { layerWeight, type Build } from "../../ggml/build.ts";
import { matrixProduct, add, scale } from "../../ggml/operations.ts";

const traits: Traits = { routing: { ...defaultRouting, choosesBy: "sigmoid" } };

/** Two sets of experts one after the other, chosen by the same products. */
const chunkedExperts: FeedForward = (layer, source) => {
  if (layer.experts === undefined || layerWeight(layer, "ffn_up_chexps.weight") === undefined)
    return feedForwardPart(layer, source, traits);
  const routing = traits.routing ?? defaultRouting;
  const router = layerWeight(layer, "ffn_gate_inp.weight");
  const logits = router === undefined ? undefined : matrixProduct(router, source);
  const routed = expertFeedForward(layer, source, { ...routing, logits });
  const second = expertFeedForward(layer, routed, { ...routing, logits, set: "chexps" });
  return add(routed, scale(second));
};

/** The graph of GroveMoE (llama.cpp v0.5.0, `grovemoe.cpp`). */
export function groveMoeGraph(build: Build): void {
  decoderGraph(build, traits, { feedForward: chunkedExperts });
}
