import type { Traits } from "../../../../description/families/traits.ts";
import { layerWeight, type LayerBuild } from "../ggml/build.ts";
import { add, matrixProduct, multiply, unary } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { applyExperts, type Routing } from "./feed-forward/experts.ts";
import { applyDense, sharedNames } from "./feed-forward/feed-forward.ts";

/** Routing of families that say nothing else. */
export const defaultRouting: Routing = { gating: "softmax", normalized: true };

/** The experts every token passes through, weighted by their gate where the layer has one; undefined where there are none. */
export function applySharedExperts(
  layer: LayerBuild,
  source: GraphTensor,
  traits: Traits,
): GraphTensor | undefined {
  if (layerWeight(layer, "ffn_up_shexp.weight") === undefined) return undefined;
  const matrix = layerWeight(layer, "ffn_gate_inp_shexp.weight");
  const gate = matrix === undefined ? undefined : unary(matrixProduct(matrix, source));
  const shared = applyDense(layer, source, traits.activation, sharedNames);
  return gate === undefined ? shared : multiply(shared, gate);
}

/**
 * The feed-forward part of one layer: dense, or routed experts with the shared ones. `logits`: the router's products
 * (experts, tokens), where they were made elsewhere.
 */
export function applyFeedForward(
  layer: LayerBuild,
  source: GraphTensor,
  traits: Traits,
  logits?: GraphTensor,
): GraphTensor {
  if (layer.experts === undefined) return applyDense(layer, source, traits.activation);
  const routed = applyExperts(layer, source, { ...(traits.routing ?? defaultRouting), logits });
  const shared = applySharedExperts(layer, source, traits);
  return shared === undefined ? routed : add(routed, shared);
}
