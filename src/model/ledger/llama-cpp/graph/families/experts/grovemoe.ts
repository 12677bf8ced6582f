import type { Traits } from "../../../../../description/families/traits.ts";
import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import { applyFeedForward, defaultRouting } from "../../blocks/feed-forward-part.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import type { FeedForward } from "../../blocks/layer-parts.ts";
import { layerWeight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, matrixProduct, scale } from "../../ggml/operations.ts";

const traits: Traits = { routing: { ...defaultRouting, choosesBy: "sigmoid" } };

/** Two sets of experts one after the other, chosen by the same logits: (width, tokens) to (width, tokens). */
const applyChunkedExperts: FeedForward = (layer, source) => {
  if (layer.experts === undefined || layerWeight(layer, "ffn_up_chexps.weight") === undefined)
    return applyFeedForward(layer, source, traits);
  const routing = traits.routing ?? defaultRouting;
  const router = layerWeight(layer, "ffn_gate_inp.weight");
  const logits = router === undefined ? undefined : matrixProduct(router, source);
  const routed = applyExperts(layer, source, { ...routing, logits });
  const second = applyExperts(layer, routed, { ...routing, logits, set: "chexps" });
  return add(routed, scale(second));
};

/**
 * Builds the graph of GroveMoE (llama.cpp v0.5.0, `grovemoe.cpp`): a second, smaller set of experts after the first.
 */
export function buildGroveMoeGraph(build: Build): void {
  buildDecoderGraph(build, traits, { feedForward: applyChunkedExperts });
}
