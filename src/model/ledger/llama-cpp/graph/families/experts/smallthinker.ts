import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention } from "../../blocks/attention-part.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward, defaultRouting } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { layersOf, layerWeight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add, matrixProduct } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

const traits: Traits = { routing: defaultRouting, rope: "windowed-if-any" };

/**
 * Builds the graph of SmallThinker (llama.cpp v0.5.0, `smallthinker.cpp`): the router reads the input of the layer
 * instead of the result of attention.
 */
export function buildSmallThinkerGraph(build: Build): void {
  const { stream: start, inputs } = startStream(build);
  let stream = start;
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
    const router = layerWeight(layer, "ffn_gate_inp.weight");
    const products = router === undefined ? undefined : matrixProduct(router, stream);
    const mixed = rows(applyAttention(layer, applyLayerNorm(layer, stream, "attn_norm"), inputs, traits));
    const middle = add(mixed, rows(stream));
    const logits = products === undefined ? undefined : rows(products);
    const inner = applyFeedForward(layer, applyLayerNorm(layer, middle, "ffn_norm"), traits, logits);
    stream = add(inner, middle);
  }
  addHead(build, stream, {}, inputs.outputIndices);
}
