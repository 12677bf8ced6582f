import type { NormKind } from "../../../../description/families/traits.ts";
import type { Traits } from "../../../../description/families/traits.ts";
import { layerWeight } from "../ggml/build.ts";
import type { LayerBuild } from "../ggml/build.ts";
import { contiguous, multiply, unary } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { attendToCache, gateAttention, projectOutput } from "./attention/attention.ts";
import { prepareHeads, projectHeads } from "./attention/projections.ts";
import type { Projections } from "./attention/projections.ts";
import type { StreamInputs } from "./layer-parts.ts";

/** A family's traits, and what only its attention does. */
export interface AttentionTraits extends Traits {
  /** Whether this layer applies RoPE. Default: by the family's `rope` trait. */
  readonly rotates?: boolean;
  /** Norm of queries and keys. Default: the family's norm. */
  readonly headNorm?: NormKind;
  /** How many times the scores are capped (scale, tanh, scale) without flash attention. Default: not at all. */
  readonly scoreCaps?: 1 | 2;
  /** Changes the heads after norm and rotation. */
  readonly adapt?: (heads: Projections) => Projections;
}

/** Returns true if the layer applies RoPE to queries and keys. */
export function rotatesHeads(layer: LayerBuild, { rope }: Traits): boolean {
  if (rope === "never") return false;
  const pattern = layer.description.settings["attention.rope_pattern"];
  if (Array.isArray(pattern)) return Number(pattern[layer.index] ?? 1) !== 0;
  const windowed = layer.attention?.window !== undefined;
  if (rope === "windowed-only") return windowed;
  if (rope === "windowed-if-any") {
    return windowed || layer.description.layers.every((other) => other.attention?.window === undefined);
  }
  if (rope === "when-set") return layer.description.settings["rope.scaling.finetuned"] !== false;
  return rope === undefined || (layer.index + 1) % rope.skips !== 0;
}

/** Applies the attention of one layer, including the output projection: normalized stream (width, tokens) to (width, tokens). */
export function applyAttention(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: AttentionTraits,
): GraphTensor {
  const heads = projectHeads(layer, source, traits.flatNorms === "products");
  if (heads === undefined) return source;
  const rotates = traits.rotates ?? rotatesHeads(layer, traits);
  let ready = prepareHeads(layer, heads, inputs.positions, {
    norm: traits.headNorm ?? traits.norm ?? "rms",
    rope: rotates,
    scaledQueries: traits.scalesQueries === true,
    flatNorms: traits.flatNorms,
  });
  if (inputs.temperature !== undefined && !rotates) {
    ready = { ...ready, query: multiply(ready.query, inputs.temperature) };
  }
  if (traits.adapt !== undefined) ready = traits.adapt(ready);
  const sinks = layerWeight(layer, "attn_sinks.weight");
  const merged = attendToCache(layer, inputs.attention, ready, { sinks, scoreCaps: traits.scoreCaps });
  const weighted =
    heads.gate === undefined
      ? gateAttention(layer, merged, source)
      : multiply(merged, unary(contiguous(heads.gate, merged.shape[0], layer.run.tokens)));
  return projectOutput(layer, weighted);
}
