import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyGemmaAttention } from "../../blocks/attention/gemma-attention.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import { addHead } from "../../blocks/head.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyNamedNorm } from "../../blocks/stream/layer-norm.ts";
import { perLayerInputs, sliceOfLayer } from "../../blocks/stream/per-layer-inputs.ts";
import { layersOf, layerWeight, layerWeightOr } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { add, matrixProduct, multiply, rmsNorm, scale, unary } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Applies a dense part and experts next to each other, each with its norms: (width, tokens) to (width, tokens). */
function applyMixedExperts(layer: LayerBuild, middle: GraphTensor): GraphTensor {
  const dense = applyNamedNorm(
    layer,
    applyDense(layer, applyNamedNorm(layer, middle, "ffn_norm")),
    "post_ffw_norm_1",
  );
  const source = applyNamedNorm(layer, middle, "pre_ffw_norm_2");
  const router = layerWeightOr(layer, "ffn_gate_inp.weight", layer.width, 1);
  const scaling = layerWeightOr(layer, "ffn_gate_inp.scale", layer.width);
  const logits = matrixProduct(router, multiply(scale(rmsNorm(middle)), scaling));
  const routed = applyExperts(layer, source, { gating: "softmax", normalized: true, logits });
  return add(dense, applyNamedNorm(layer, routed, "post_ffw_norm_2"));
}

/**
 * Builds the graph of Gemma 4 (llama.cpp v0.5.0, `gemma4.cpp`): attention as in Gemma 3n, and an input for each layer.
 */
export function buildGemma4Graph(build: Build): void {
  let stream = scale(embedTokens(build));
  const positions = positionInput(build);
  const inputs = attentionInputs(build);
  const outputIndices = outputIndexInput(build);
  const perLayer = perLayerInputs(build, stream);
  for (const layer of layersOf(build)) {
    const normed = applyNamedNorm(layer, stream, "attn_norm");
    const attended = applyGemmaAttention(layer, normed, positions, inputs);
    const middle = add(applyNamedNorm(layer, attended, "post_attention_norm"), stream);
    const inner =
      layerWeight(layer, "ffn_gate_inp.weight") === undefined
        ? applyDense(layer, applyNamedNorm(layer, middle, "ffn_norm"))
        : applyMixedExperts(layer, middle);
    stream = add(applyNamedNorm(layer, inner, "post_ffw_norm"), middle);
    if (perLayer !== undefined) {
      const gate = unary(
        matrixProduct(layerWeightOr(layer, "inp_gate.weight", build.width, perLayer.shape[0]), stream),
      );
      const projection = layerWeightOr(layer, "proj.weight", perLayer.shape[0], build.width);
      const own = matrixProduct(projection, multiply(gate, sliceOfLayer(perLayer)));
      stream = add(stream, applyNamedNorm(layer, own, "post_norm"));
    }
    const factor = layerWeight(layer, "layer_output_scale.weight");
    if (factor !== undefined) stream = multiply(stream, factor);
  }
  addHead(build, stream, { lateRows: "normed" }, outputIndices);
}
