import { attentionPart } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { expertFeedForward } from "../../blocks/feed-forward/experts.ts";
import { feedForward } from "../../blocks/feed-forward/feed-forward.ts";
import { headPart } from "../../blocks/head.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import type { Build } from "../../ggml/build.ts";
import { add, getRows } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** The graph of Arctic (llama.cpp v0.5.0, `arctic.cpp`): a dense part behind attention, and experts that read the layer's input. */
export function arcticGraph(build: Build): void {
  const start = startStream(build, {}, stateInputs(build), false);
  let { stream } = start;
  const { inputs } = start;
  for (let layer = 0; layer < build.layers; layer++) {
    const last = layer === build.layers - 1;
    const rows = (value: GraphTensor): GraphTensor => (last ? getRows(value, inputs.places) : value);
    const mixed = rows(
      attentionPart(build, layer, layerNorm(build, layer, stream, "attn_norm", {}), inputs, {}),
    );
    const kept = rows(stream);
    const middle = add(mixed, kept);
    const dense = feedForward(build, layer, layerNorm(build, layer, middle, "ffn_norm", {}));
    const summed = add(dense, middle);
    const routed = expertFeedForward(build, layer, layerNorm(build, layer, kept, "ffn_norm_exps", {}), {
      gating: "softmax",
      normalized: true,
    });
    stream = add(routed, summed);
  }
  headPart(build, stream, {}, inputs.places);
}
