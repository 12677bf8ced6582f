import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention, rotatesHeads } from "../../blocks/attention-part.ts";
import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import type { FeedForward, Mixer } from "../../blocks/layer-parts.ts";
import { layerWeight, setting } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { scale } from "../../ggml/operations.ts";

/** Traits of the file, which has one of two norms: the epsilon of the RMS norm is 0 if it is a layer norm. */
function traitsOf(build: Build): Traits {
  const epsilon = setting(build, "attention.layer_norm_rms_epsilon") ?? 0;
  return {
    norm: epsilon === 0 ? "layer" : "rms",
    routing: { gating: "sigmoid", normalized: "as-set" },
    layout: "parallel",
    lateRows: "normed",
    logits: "scale",
    rope: "windowed-only",
  };
}

/** Routed and shared experts, their sum scaled: (width, tokens) to (width, tokens). */
const applyScaledExperts: FeedForward = (layer, source, traits) => {
  const sum = applyFeedForward(layer, source, traits);
  const shares = layer.experts !== undefined && layerWeight(layer, "ffn_up_shexp.weight") !== undefined;
  return shares ? scale(sum) : sum;
};

/**
 * Builds the graph of Command A MoE (llama.cpp v0.5.0, `cohere2moe.cpp`): the leading dense layers use RoPE, with or
 * without a window.
 */
export function buildCohere2MoeGraph(build: Build): void {
  const leading = setting(build, "leading_dense_block_count") ?? 0;
  const mixer: Mixer = (layer, source, inputs, traits) =>
    applyAttention(layer, source, inputs, {
      ...traits,
      rotates: layer.index < leading || rotatesHeads(layer, traits),
    });
  buildDecoderGraph(build, traitsOf(build), { mixer, feedForward: applyScaledExperts });
}
