import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention } from "../../blocks/attention-part.ts";
import { buildDecoderGraph, startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import type { StreamInputs } from "../../blocks/layer-parts.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { layersOf } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { add } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

const traits: Traits = { norm: "layer" };

/**
 * Applies a layer whose two parts read the same stream, each through its norm: (width, tokens) to (width, tokens or outputs).
 */
function applyParallelLayer(layer: LayerBuild, stream: GraphTensor, inputs: StreamInputs): GraphTensor {
  const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
  const mixed = rows(
    applyAttention(
      layer,
      applyLayerNorm(layer, stream, "attn_norm", { ...traits, always: true }),
      inputs,
      traits,
    ),
  );
  const kept = rows(stream);
  const inner = applyFeedForward(
    layer,
    applyLayerNorm(layer, kept, "ffn_norm", { ...traits, always: true }),
    traits,
  );
  return add(add(inner, kept), mixed);
}

/**
 * Builds the graph of GPT-NeoX (llama.cpp v0.5.0, `gptneox.cpp`): parallel parts, or sequential ones if the file says
 * so.
 */
export function buildGptNeoxGraph(build: Build): void {
  if (build.description.settings["use_parallel_residual"] === false) {
    buildDecoderGraph(build, traits);
    return;
  }
  const { stream: start, inputs } = startStream(build, traits);
  let stream = start;
  for (const layer of layersOf(build)) stream = applyParallelLayer(layer, stream, inputs);
  addHead(build, stream, traits, inputs.outputIndices);
}
