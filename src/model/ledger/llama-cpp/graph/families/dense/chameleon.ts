import { applyAttention } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import { keepOutput, vocabularyProduct } from "../../blocks/head.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { layersOf, weight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, clamp, operation } from "../../ggml/operations.ts";
import { result } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Number of tokens that represent images: their logits are overwritten. */
const imageTokens = 8196 - 4;

/**
 * Builds the graph of Chameleon (llama.cpp v0.5.0, `chameleon.cpp`): a layer norm on each head, norms after the parts
 * if the file sets `swin_norm`, and a copy of the logits with those of images overwritten.
 */
export function buildChameleonGraph(build: Build): void {
  const start = startStream(build);
  const { inputs } = start;
  const behind = build.description.settings["swin_norm"] === true;
  let { stream } = start;
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
    const normalize = (value: GraphTensor, name: string): GraphTensor => applyLayerNorm(layer, value, name);
    const source = behind ? stream : normalize(stream, "attn_norm");
    const mixed = rows(applyAttention(layer, source, inputs, { headNorm: "layer" }));
    const kept = rows(stream);
    const attended = behind ? normalize(mixed, "attn_norm") : mixed;
    const middle = add(attended, kept);
    // With norms after the parts, the engine's dense part reads only the result of attention
    const inner = applyDense(layer, behind ? attended : normalize(middle, "ffn_norm"));
    stream = add(behind ? normalize(inner, "ffn_norm") : inner, middle);
  }
  const last = applyNorm(stream, "rms", weight(build, "output_norm.weight"));
  last.output = true;
  const logits = vocabularyProduct(build, last);
  const images = clamp(result("none", "f32", [imageTokens], []));
  const written = operation("f32", logits.shape, logits, images);
  keepOutput(build, written);
}
