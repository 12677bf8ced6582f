import type { Traits } from "../../../../description/families/traits.ts";
import type { LayerBuild } from "../ggml/build.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import type { AttentionInputs } from "./attention/cache-inputs.ts";
import type { StateInputs } from "./recurrent/states.ts";

/** Inputs that all layers read. */
export interface StreamInputs {
  /** Position of each token. */
  readonly positions: GraphTensor;
  readonly attention: AttentionInputs;
  /** Which recurrent state each sequence continues. */
  readonly states: StateInputs;
  /** Indices of the tokens whose logits are needed. */
  readonly outputIndices: GraphTensor;
  /** Factor of each token's queries, by its position. */
  readonly temperature?: GraphTensor | undefined;
}

/**
 * Mixes tokens: attention or a recurrent block. source: normalized stream (width, tokens); result: what is added to
 * the stream, (width, tokens).
 */
export type Mixer = (
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
) => GraphTensor;

/** Processes each token by itself: dense feed-forward or experts. source and result: (width, tokens). */
export type FeedForward = (layer: LayerBuild, source: GraphTensor, traits: Traits) => GraphTensor;

/** The parts of a layer, and what they read. */
export interface LayerParts {
  readonly inputs: StreamInputs;
  readonly traits: Traits;
  readonly mixer: Mixer;
  readonly feedForward: FeedForward;
}
