import type { Traits } from "../../../../description/families/traits.ts";
import type { LayerBuild } from "../ggml/build.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import type { AttentionInputs } from "./attention/cache-inputs.ts";
import type { StateInputs } from "./recurrent/states.ts";

/** Inputs that all layers read. */
export interface StreamInputs {
  readonly positions: GraphTensor;
  readonly attention: AttentionInputs;
  readonly states: StateInputs;
  /** Places of the tokens whose logits are wanted. */
  readonly places: GraphTensor;
  /** Factor of each token's queries, by its position. */
  readonly temperature?: GraphTensor | undefined;
}

/** Mixes tokens: attention or a recurrent block, from the normalized stream (width, tokens) to what is added to it. */
export type Mixer = (
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
) => GraphTensor;

/** Works on each token by itself: a dense feed-forward part or experts, (width, tokens) to (width, tokens). */
export type FeedForward = (layer: LayerBuild, source: GraphTensor, traits: Traits) => GraphTensor;

/** The parts of a layer and what they read. */
export interface LayerParts {
  readonly inputs: StreamInputs;
  readonly traits: Traits;
  readonly mixer: Mixer;
  readonly feedForward: FeedForward;
}
