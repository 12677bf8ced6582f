import { attentionOutput, cachedAttention } from "../../blocks/attention/attention.ts";
import { projections, ropeFactors } from "../../blocks/attention/projections.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { feedForward } from "../../blocks/feed-forward/feed-forward.ts";
import { keepOutput, logitsOf } from "../../blocks/head.ts";
import type { StreamInputs } from "../../blocks/layer-parts.ts";
import { lastRows } from "../../blocks/stream/inputs.ts";
import { norm } from "../../blocks/stream/norm.ts";
import { layerWeight, type Build, type LayerBuild, layersOf } from "../../ggml/build.ts";
import { add, multiply, rmsNorm, rope } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

function attention(layer: LayerBuild, source: GraphTensor, inputs: StreamInputs): GraphTensor {
  const heads = projections(layer, source);
  if (heads === undefined) return source;
  const factors = ropeFactors(layer);
  const turned = rope(heads.query, inputs.positions, factors);
  const turnedKey = rope(heads.key, inputs.positions, factors);
  const query = norm(turned, "rms", layerWeight(layer, "attn_q_norm.weight"));
  const key = rmsNorm(turnedKey);
  const merged = cachedAttention(layer, inputs.attention, { query, key, value: heads.value });
  return attentionOutput(layer, merged);
}

/**
 * The graph of Talkie (llama.cpp v0.5.0, `talkie.cpp`): norms without weights, and the normalized embedding, weighted, added to
 * the stream behind every layer.
 */
export function talkieGraph(build: Build): void {
  const start = startStream(build, { normsEmbeddings: true });
  const { inputs, stream: embedded } = start;
  let stream = embedded;
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => lastRows(layer, value, inputs.places);
    const mixed = rows(attention(layer, rmsNorm(stream), inputs));
    const kept = rows(stream);
    const skipped = rows(embedded);
    const middle = add(mixed, kept);
    const after = add(feedForward(layer, rmsNorm(middle)), middle);
    const factors = layerWeight(layer, "layer_output_scale.weight");
    stream = factors === undefined ? after : add(after, multiply(skipped, factors));
  }
  const last = rmsNorm(stream);
  last.output = true;
  keepOutput(build, logitsOf(build, last, { logits: "scale" }));
}
