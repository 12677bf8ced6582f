import type { Traits } from "../../../../description/families/traits.ts";
import { layersOf, setting, weight } from "../ggml/build.ts";
import type { Build } from "../ggml/build.ts";
import { add, getRows, rmsNorm, scale } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { applyAttention } from "./attention-part.ts";
import { attentionInputs } from "./attention/cache-inputs.ts";
import { applyFeedForward } from "./feed-forward-part.ts";
import { addHead } from "./head.ts";
import type { LayerParts, StreamInputs } from "./layer-parts.ts";
import { stateInputs } from "./recurrent/states.ts";
import { embedTokens, outputIndexInput, positionInput, temperatureInput } from "./stream/inputs.ts";
import { applyNorm } from "./stream/norm.ts";
import { applyTransformerLayer } from "./transformer-layer.ts";

/** Embeds the tokens and makes the inputs of the layers. stream: (width, tokens). */
export function startStream(
  build: Build,
  traits: Traits = {},
): { readonly stream: GraphTensor; readonly inputs: StreamInputs } {
  let stream = embedTokens(build);
  if (traits.scalesEmbeddings === true) stream = scale(stream);
  if (traits.normsEmbeddings === true) stream = rmsNorm(stream);
  const first = weight(build, "token_embd_norm.weight");
  if (first !== undefined && traits.lastNorm !== "token_embd_norm") {
    stream = applyNorm(stream, traits.norm ?? "rms", first, weight(build, "token_embd_norm.bias"));
  }
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  const table = traits.addsPositions === true ? weight(build, "position_embd.weight") : undefined;
  if (table !== undefined) stream = add(stream, getRows(table, positions));
  const hasTemperature = (setting(build, "attention.temperature_scale") ?? 0) !== 0;
  const temperature = hasTemperature ? temperatureInput(build) : undefined;
  const outputIndices = outputIndexInput(build);
  return { stream, inputs: { positions, attention, states: stateInputs(build), outputIndices, temperature } };
}

/** Runs the layers, as many times as the model repeats them: (width, tokens) to (width, outputs). */
export function applyDecoderLayers(build: Build, start: GraphTensor, parts: LayerParts): GraphTensor {
  let stream = start;
  const passes = build.description.layers[0]?.passes ?? 1;
  const between = passes > 1 && build.description.settings["skip_loop_final_norm"] !== true;
  for (let pass = 1; pass <= passes; pass++) {
    for (const layer of layersOf(build)) {
      stream = applyTransformerLayer(layer, stream, parts, pass === passes && layer.isLast);
    }
    if (between && pass < passes) stream = applyNorm(stream, "rms", weight(build, "output_norm.weight"));
  }
  return stream;
}

/** Builds the graph of a decoder: layers of a mixer and a feed-forward part, by the family's traits. */
export function buildDecoderGraph(
  build: Build,
  traits: Traits,
  { mixer = applyAttention, feedForward = applyFeedForward }: Partial<LayerParts> = {},
): void {
  const { stream, inputs } = startStream(build, traits);
  const last = applyDecoderLayers(build, stream, { inputs, traits, mixer, feedForward });
  addHead(build, last, traits, inputs.outputIndices);
}
