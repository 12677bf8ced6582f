import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import type { Routing } from "../../blocks/feed-forward/experts.ts";
import { applyDense, sharedNames } from "../../blocks/feed-forward/feed-forward.ts";
import type { FeedForward } from "../../blocks/layer-parts.ts";
import { layerWeight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, divide, matrixProduct, multiply, unary } from "../../ggml/operations.ts";

const routing: Routing = { gating: "softmax", normalized: false };

/**
 * Routed experts, plus the shared ones weighted by SiLU(gate) / gate, which is the sigmoid of their gate: (width,
 * tokens) to (width, tokens).
 */
const applyGatedExperts: FeedForward = (layer, source) => {
  const gate = layerWeight(layer, "ffn_gate_inp_shexp.weight");
  if (layer.experts === undefined || gate === undefined) return applyFeedForward(layer, source, { routing });
  const routed = applyExperts(layer, source, routing);
  const products = matrixProduct(gate, source);
  const shared = applyDense(layer, source, "plain", sharedNames);
  return add(routed, multiply(shared, divide(unary(products), products)));
};

/** Builds the graph of Qwen2-MoE (llama.cpp v0.5.0, `qwen2moe.cpp`): shared experts with a gate of their own. */
export function buildQwen2MoeGraph(build: Build): void {
  buildDecoderGraph(build, { routing }, { feedForward: applyGatedExperts });
}
