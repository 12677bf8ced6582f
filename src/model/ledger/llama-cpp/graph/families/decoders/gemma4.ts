import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { gemmaAttention } from "../../blocks/attention/gemma-attention.ts";
import { expertFeedForward } from "../../blocks/feed-forward/experts.ts";
import { feedForward } from "../../blocks/feed-forward/feed-forward.ts";
import { headPart } from "../../blocks/head.ts";
import { embeddingInput, outputPlaces, positionInput } from "../../blocks/stream/inputs.ts";
import { named } from "../../blocks/stream/layer-norm.ts";
import { perLayerInputs, slice } from "../../blocks/stream/per-layer-inputs.ts";
import { layerWeight, layerWeightOr, type Build } from "../../ggml/build.ts";
import { add, matrixProduct, multiply, rmsNorm, scale, unary } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

function mixedExperts(build: Build, layer: number, middle: GraphTensor): GraphTensor {
  const dense = named(
    build,
    layer,
    feedForward(build, layer, named(build, layer, middle, "ffn_norm")),
    "post_ffw_norm_1",
  );
  const source = named(build, layer, middle, "pre_ffw_norm_2");
  const router = layerWeightOr(build, layer, "ffn_gate_inp.weight", build.width, 1);
  const scaling = layerWeightOr(build, layer, "ffn_gate_inp.scale", build.width);
  const logits = matrixProduct(router, multiply(scale(rmsNorm(middle)), scaling));
  const routed = expertFeedForward(build, layer, source, { gating: "softmax", normalized: true, logits });
  return add(dense, named(build, layer, routed, "post_ffw_norm_2"));
}

/** The graph of Gemma 4 (llama.cpp v0.5.0, `gemma4.cpp`). */
export function gemma4Graph(build: Build): void {
  let stream = scale(embeddingInput(build));
  const positions = positionInput(build);
  const inputs = attentionInputs(build);
  const places = outputPlaces(build);
  const perLayer = perLayerInputs(build, stream);
  for (let layer = 0; layer < build.layers; layer++) {
    const normed = named(build, layer, stream, "attn_norm");
    const attended = gemmaAttention(build, layer, normed, positions, inputs);
    const middle = add(named(build, layer, attended, "post_attention_norm"), stream);
    const inner =
      layerWeight(build, layer, "ffn_gate_inp.weight") === undefined
        ? feedForward(build, layer, named(build, layer, middle, "ffn_norm"))
        : mixedExperts(build, layer, middle);
    stream = add(named(build, layer, inner, "post_ffw_norm"), middle);
    if (perLayer !== undefined) {
      const gate = unary(
        matrixProduct(layerWeightOr(build, layer, "inp_gate.weight", build.width, perLayer.shape[0]), stream),
      );
      const projection = layerWeightOr(build, layer, "proj.weight", perLayer.shape[0], build.width);
      const own = matrixProduct(projection, multiply(gate, slice(perLayer)));
      stream = add(stream, named(build, layer, own, "post_norm"));
    }
    const factor = layerWeight(build, layer, "layer_output_scale.weight");
    if (factor !== undefined) stream = multiply(stream, factor);
  }
  headPart(build, stream, { lateRows: "normed" }, places);
}
