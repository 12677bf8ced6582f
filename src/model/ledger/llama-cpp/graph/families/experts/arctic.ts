import { applyAttention } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import { addHead } from "../../blocks/head.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { layersOf } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Builds the graph of Arctic (llama.cpp v0.5.0, `arctic.cpp`): a dense part after attention, and experts that read the
 * input of the layer.
 */
export function buildArcticGraph(build: Build): void {
  const start = startStream(build);
  let { stream } = start;
  const { inputs } = start;
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
    const mixed = rows(applyAttention(layer, applyLayerNorm(layer, stream, "attn_norm"), inputs, {}));
    const kept = rows(stream);
    const middle = add(mixed, kept);
    const dense = applyDense(layer, applyLayerNorm(layer, middle, "ffn_norm"));
    const summed = add(dense, middle);
    const routed = applyExperts(layer, applyLayerNorm(layer, kept, "ffn_norm_exps"), {
      gating: "softmax",
      normalized: true,
    });
    stream = add(routed, summed);
  }
  addHead(build, stream, {}, inputs.outputIndices);
}
