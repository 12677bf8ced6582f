import { setting, weight, type Build, layersOf } from "../ggml/build.ts";
import { add, getRows, rmsNorm, scale } from "../ggml/operations.ts";
import { inputTensor, type GraphTensor } from "../ggml/tensor.ts";
import { attentionInputs } from "./attention/cache-inputs.ts";
import { headPart } from "./head.ts";
import type { StreamInputs, Mixer } from "./mixer.ts";
import type { StateInputs } from "./recurrent/states.ts";
import { embeddingInput, outputPlaces, positionInput } from "./stream/inputs.ts";
import { norm } from "./stream/norm.ts";
import type { Traits } from "./traits.ts";
import { transformerLayer } from "./transformer-layer.ts";

/** The stream as it enters the layers, and the inputs that these read. */
export function startStream(
  build: Build,
  traits: Traits,
  states: StateInputs,
  keysOnly: boolean,
): { readonly stream: GraphTensor; readonly inputs: StreamInputs } {
  let stream = embeddingInput(build);
  if (traits.scalesEmbeddings === true) stream = scale(stream);
  if (traits.normsEmbeddings === true) stream = rmsNorm(stream);
  const first = weight(build, "token_embd_norm.weight");
  if (first !== undefined && traits.lastNorm !== "token_embd_norm") {
    stream = norm(stream, traits.norm ?? "rms", first, weight(build, "token_embd_norm.bias"));
  }
  const positions = positionInput(build);
  const attention = attentionInputs(build, keysOnly);
  const table = traits.addsPositions === true ? weight(build, "position_embd.weight") : undefined;
  if (table !== undefined) stream = add(stream, getRows(table, positions));
  const temperature =
    traits.temperature === true || (setting(build, "attention.temperature_scale") ?? 0) !== 0
      ? inputTensor("f32", 1, 1, build.run.tokens)
      : undefined;
  return { stream, inputs: { positions, attention, states, places: outputPlaces(build), temperature } };
}

/** The graph of a decoder: layers of a mixer and a feed-forward part, told by the family's traits. */
export function decoderGraph(
  build: Build,
  traits: Traits,
  mixer: Mixer,
  states: StateInputs,
  keysOnly = false,
): void {
  const start = startStream(build, traits, states, keysOnly);
  let { stream } = start;
  const passes = build.description.layers[0]?.passes ?? 1;
  const between = passes > 1 && build.description.settings["skip_loop_final_norm"] !== true;
  for (let pass = 1; pass <= passes; pass++) {
    for (const layer of layersOf(build)) {
      const atEnd = pass === passes && layer.isLast;
      stream = transformerLayer(layer, stream, start.inputs, traits, mixer, atEnd);
    }
    if (between && pass < passes) stream = norm(stream, "rms", weight(build, "output_norm.weight"));
  }
  headPart(build, stream, traits, start.inputs.places);
}
