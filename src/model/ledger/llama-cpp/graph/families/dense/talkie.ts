import { attendToCache, projectOutput } from "../../blocks/attention/attention.ts";
import { projectHeads, ropeFactors } from "../../blocks/attention/projections.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import { keepOutput, logitsOf } from "../../blocks/head.ts";
import type { StreamInputs } from "../../blocks/layer-parts.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { layersOf, layerWeight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { add, multiply, rmsNorm, rope } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Applies attention with norms after RoPE: (width, tokens) to (width, tokens). */
function applyTalkieAttention(layer: LayerBuild, source: GraphTensor, inputs: StreamInputs): GraphTensor {
  const heads = projectHeads(layer, source);
  if (heads === undefined) return source;
  const factors = ropeFactors(layer);
  const turned = rope(heads.query, inputs.positions, factors);
  const rotatedKey = rope(heads.key, inputs.positions, factors);
  const query = applyNorm(turned, "rms", layerWeight(layer, "attn_q_norm.weight"));
  const key = rmsNorm(rotatedKey);
  const merged = attendToCache(layer, inputs.attention, { query, key, value: heads.value });
  return projectOutput(layer, merged);
}

/**
 * Builds the graph of Talkie (llama.cpp v0.5.0, `talkie.cpp`): norms without weights, and after every layer the
 * normalized embedding, weighted, is added to the stream.
 */
export function buildTalkieGraph(build: Build): void {
  const start = startStream(build, { normsEmbeddings: true });
  const { inputs, stream: embedded } = start;
  let stream = embedded;
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
    const mixed = rows(applyTalkieAttention(layer, rmsNorm(stream), inputs));
    const kept = rows(stream);
    const skipped = rows(embedded);
    const middle = add(mixed, kept);
    const after = add(applyDense(layer, rmsNorm(middle)), middle);
    const factors = layerWeight(layer, "layer_output_scale.weight");
    stream = factors === undefined ? after : add(after, multiply(skipped, factors));
  }
  const last = rmsNorm(stream);
  last.output = true;
  keepOutput(build, logitsOf(build, last, { logits: "scale" }));
}
