import { layerWeight, type LayerBuild } from "../ggml/build.ts";
import { matrixProduct, divide, unary, multiply, add, scale } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { type Routing, expertFeedForward } from "./feed-forward/experts.ts";
import { feedForward, sharedNames } from "./feed-forward/feed-forward.ts";
import type { Traits } from "./traits.ts";

function sharedExperts(layer: LayerBuild, source: GraphTensor, traits: Traits): GraphTensor | undefined {
  if (layerWeight(layer, "ffn_up_shexp.weight") === undefined) return undefined;
  const gateMatrix = layerWeight(layer, "ffn_gate_inp_shexp.weight");
  let gate: GraphTensor | undefined;
  if (gateMatrix !== undefined) {
    const products = matrixProduct(gateMatrix, source);
    gate = traits.sharedGate === "silu-ratio" ? divide(unary(products), products) : unary(products);
  }
  const shared = feedForward(layer, source, traits.activation, sharedNames);
  return gate === undefined ? shared : multiply(shared, gate);
}

/** Two sets of experts one after the other, chosen by the same products (GroveMoE). */
function chunkedExperts(layer: LayerBuild, source: GraphTensor, routing: Routing): GraphTensor {
  const router = layerWeight(layer, "ffn_gate_inp.weight");
  const logits = router === undefined ? undefined : matrixProduct(router, source);
  const routed = expertFeedForward(layer, source, { ...routing, logits });
  const second = expertFeedForward(layer, routed, { ...routing, logits, set: "chexps" });
  return add(routed, scale(second));
}

/** The feed-forward part of one layer: dense, or routed experts with the shared ones. */
export function feedForwardPart(
  layer: LayerBuild,
  source: GraphTensor,
  traits: Traits,
  logits?: GraphTensor,
): GraphTensor {
  if (layer.experts === undefined) {
    return feedForward(layer, source, traits.activation);
  }
  const routing = traits.routing ?? { gating: "softmax", normalized: true };
  const chunked = layerWeight(layer, "ffn_up_chexps.weight");
  if (chunked !== undefined) return chunkedExperts(layer, source, routing);
  const routed = expertFeedForward(layer, source, { ...routing, logits });
  if (layer.description.architecture === "grok" && layerWeight(layer, "ffn_up.weight") !== undefined) {
    return scale(add(feedForward(layer, source, traits.activation), routed));
  }
  const shared = sharedExperts(layer, source, traits);
  if (shared === undefined) return routed;
  const sum = add(routed, shared);
  return traits.scalesShared === true ? scale(sum) : sum;
}
