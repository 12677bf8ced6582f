import type { Traits } from "../../../../description/families/traits.ts";
import { expandInto, layerWeight } from "../ggml/build.ts";
import type { LayerBuild } from "../ggml/build.ts";
import { add, getRows, scale } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import type { LayerParts } from "./layer-parts.ts";
import { applyLayerNorm, normWeight } from "./stream/layer-norm.ts";

/** Adds the result of a part to the stream, scaled and in the order of the family. Both: (width, tokens). */
function addResidual(
  value: GraphTensor,
  stream: GraphTensor,
  traits: Traits,
  part: "mixer" | "feed-forward",
): GraphTensor {
  const scaled = traits.scalesResiduals === true ? scale(value) : value;
  const first = traits.residualFirst === "both" || traits.residualFirst === part;
  return first ? add(stream, scaled) : add(scaled, stream);
}

/** Applies a layer whose two parts read the same norm. */
function applyParallelLayer(
  layer: LayerBuild,
  stream: GraphTensor,
  { inputs, traits, mixer, feedForward }: LayerParts,
  rows: (value: GraphTensor) => GraphTensor,
): GraphTensor {
  const normed = applyLayerNorm(layer, stream, "attn_norm", { ...traits, always: true });
  const second = layerWeight(layer, "attn_norm_2.weight");
  const source = second === undefined ? normed : applyLayerNorm(layer, stream, "attn_norm_2", traits);
  const mixed = rows(mixer(layer, source, inputs, traits));
  const kept = rows(stream);
  const inner = feedForward(layer, rows(normed), traits);
  if (traits.layout === "parallel-falcon") return add(add(inner, mixed), kept);
  if (traits.layout === "parallel-phi") return add(add(mixed, inner), kept);
  if (traits.layout === "parallel-stablelm") return add(inner, add(mixed, kept));
  return add(add(inner, kept), mixed);
}

/**
 * Runs one layer of a decoder: (width, tokens) to (width, tokens). With `takesRows` (the last layer) only the output
 * rows continue, (width, outputs), unless the family takes them later.
 */
export function applyTransformerLayer(
  layer: LayerBuild,
  stream: GraphTensor,
  parts: LayerParts,
  takesRows: boolean,
): GraphTensor {
  const { inputs, traits, mixer, feedForward } = parts;
  const takes = takesRows && traits.lateRows === undefined;
  const rows = (value: GraphTensor): GraphTensor => (takes ? getRows(value, inputs.outputIndices) : value);
  if (traits.layout !== undefined) return applyParallelLayer(layer, stream, parts, rows);
  const always = traits.norm === "layer";
  const normed = applyLayerNorm(layer, stream, "attn_norm", { ...traits, always });
  if (traits.expandsNorm === true) expandInto(layer, normed);
  let mixed = mixer(layer, normed, inputs, traits);
  if (traits.rowsAfterNorm !== true) mixed = rows(mixed);
  if (traits.singleBlocks === true) return add(mixed, rows(stream));
  let kept = traits.rowsAfterNorm === true ? stream : rows(stream);
  // Without an ffn_norm, the norm named after attention precedes the feed-forward part
  const names = normNames(layer);
  mixed = applyLayerNorm(layer, mixed, names.afterMixer, traits);
  if (traits.rowsAfterNorm === true) {
    mixed = rows(mixed);
    kept = rows(kept);
  }
  const middle = addResidual(mixed, kept, traits, "mixer");
  const source = applyLayerNorm(layer, middle, names.beforeInner, { ...traits, always });
  const inner = feedForward(layer, source, traits);
  return addResidual(applyLayerNorm(layer, inner, names.afterInner, traits), middle, traits, "feed-forward");
}

/** Names of the norms of a layer, which depend on the tensors it has. */
function normNames(layer: LayerBuild): {
  readonly afterMixer: string;
  readonly beforeInner: string;
  readonly afterInner: string;
} {
  const has = (name: string): boolean => normWeight(layer, name) !== undefined;
  const afterInner = has("layer_output_norm") ? "layer_output_norm" : "post_ffw_norm";
  if (has("ffn_norm") || has("post_ffw_norm")) {
    const afterMixer = has("attn_output_norm") ? "attn_output_norm" : "post_attention_norm";
    return { afterMixer, beforeInner: "ffn_norm", afterInner };
  }
  const beforeInner = has("attn_output_norm") ? "attn_output_norm" : "post_attention_norm";
  return { afterMixer: "none", beforeInner, afterInner };
}
