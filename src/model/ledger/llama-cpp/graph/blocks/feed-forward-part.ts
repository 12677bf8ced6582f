import type { Traits } from "../../../../description/families/traits.ts";
import { layerWeight } from "../ggml/build.ts";
import type { LayerBuild } from "../ggml/build.ts";
import { add, matrixProduct, multiply, unary } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { applyExperts } from "./feed-forward/experts.ts";
import type { Routing } from "./feed-forward/experts.ts";
import { applyDense, sharedNames } from "./feed-forward/feed-forward.ts";

/** Routing of families that give none. */
export const defaultRouting: Routing = { gating: "softmax", normalized: true };

/**
 * Runs the experts that every token passes, weighted by their gate if the layer has one. Undefined if there are none.
 * source and result: (width, tokens).
 */
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
 * Feed-forward part of one layer: dense, or routed and shared experts. source and result: (width, tokens). `logits`:
 * router logits (experts, tokens), if they were computed elsewhere.
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
