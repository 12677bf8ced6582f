import type { Traits } from "../../../../../description/families/traits.ts";
import { attentionPart } from "../../blocks/attention-part.ts";
import { decoderGraph, startStream } from "../../blocks/decoder-graph.ts";
import { feedForwardPart } from "../../blocks/feed-forward-part.ts";
import { headPart } from "../../blocks/head.ts";
import type { StreamInputs } from "../../blocks/layer-parts.ts";
import { lastRows } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { type LayerBuild, type Build, layersOf } from "../../ggml/build.ts";
import { add } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

const traits: Traits = { norm: "layer" };

/** A layer whose two parts read a norm each of the same stream. */
function parallelLayer(layer: LayerBuild, stream: GraphTensor, inputs: StreamInputs): GraphTensor {
  const rows = (value: GraphTensor): GraphTensor => lastRows(layer, value, inputs.places);
  const mixed = rows(
    attentionPart(layer, layerNorm(layer, stream, "attn_norm", { ...traits, always: true }), inputs, traits),
  );
  const kept = rows(stream);
  const inner = feedForwardPart(
    layer,
    layerNorm(layer, kept, "ffn_norm", { ...traits, always: true }),
    traits,
  );
  return add(add(inner, kept), mixed);
}

/** The graph of GPT-NeoX (llama.cpp v0.5.0, `gptneox.cpp`): parallel parts, one after the other where the file says so. */
export function gptNeoxGraph(build: Build): void {
  if (build.description.settings["use_parallel_residual"] === false) {
    decoderGraph(build, traits);
    return;
  }
  const { stream: start, inputs } = startStream(build, traits);
  let stream = start;
  for (const layer of layersOf(build)) stream = parallelLayer(layer, stream, inputs);
  headPart(build, stream, traits, inputs.places);
}
