import { attentionPart } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { feedForward } from "../../blocks/feed-forward/feed-forward.ts";
import { vocabularyProduct, keepOutput } from "../../blocks/head.ts";
import { lastRows } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { norm } from "../../blocks/stream/norm.ts";
import { weight, type Build, layersOf } from "../../ggml/build.ts";
import { add, clamp, operation } from "../../ggml/operations.ts";
import { result, type GraphTensor } from "../../ggml/tensor.ts";

/** Numbers of the tokens that stand for pictures: their logits are written over. */
const pictureTokens = 8196 - 4;

/**
 * The graph of Chameleon (llama.cpp v0.5.0, `chameleon.cpp`): norms of queries and keys for each head, norms behind the parts
 * where the file says `swin_norm`, and a copy of the logits without those of pictures.
 */
export function chameleonGraph(build: Build): void {
  const start = startStream(build);
  const { inputs } = start;
  const behind = build.description.settings["swin_norm"] === true;
  let { stream } = start;
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => lastRows(layer, value, inputs.places);
    const normed = (value: GraphTensor, name: string): GraphTensor => layerNorm(layer, value, name);
    const source = behind ? stream : normed(stream, "attn_norm");
    const mixed = rows(attentionPart(layer, source, inputs, { headNorm: "layer" }));
    const kept = rows(stream);
    const attended = behind ? normed(mixed, "attn_norm") : mixed;
    const middle = add(attended, kept);
    // with the norms behind the engine's dense part reads attention alone
    const inner = feedForward(layer, behind ? attended : normed(middle, "ffn_norm"));
    stream = add(behind ? normed(inner, "ffn_norm") : inner, middle);
  }
  const last = norm(stream, "rms", weight(build, "output_norm.weight"));
  last.output = true;
  const logits = vocabularyProduct(build, last);
  const pictures = clamp(result("none", "f32", [pictureTokens], []));
  const written = operation("f32", logits.shape, logits, pictures);
  keepOutput(build, written);
}
