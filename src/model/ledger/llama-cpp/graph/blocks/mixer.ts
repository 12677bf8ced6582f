import type { LayerBuild } from "../ggml/build.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import type { AttentionInputs } from "./attention/cache-inputs.ts";
import type { StateInputs } from "./recurrent/states.ts";
import type { Traits } from "./traits.ts";

/** Inputs that all layers read. */
export interface StreamInputs {
  readonly positions: GraphTensor;
  readonly attention: AttentionInputs;
  readonly states: StateInputs;
  readonly places: GraphTensor;
  readonly temperature?: GraphTensor | undefined;
}

/** What a layer does before its feed-forward part: attention or a recurrent block, from the normalized stream. */
export type Mixer = (
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
) => GraphTensor;
