import { ownValue } from "../../../../../shared/own-value.ts";
import { setting, layerWeight, type LayerBuild } from "../ggml/build.ts";
import { multiply, rmsNorm, unary, contiguous, scale } from "../ggml/operations.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { cachedAttention, gatedAttention, attentionOutput } from "./attention/attention.ts";
import { projections, treated } from "./attention/projections.ts";
import type { StreamInputs } from "./mixer.ts";
import { type Traits, rotatesByDepth } from "./traits.ts";

function rotates(layer: LayerBuild, traits: Traits): boolean {
  const depth = ownValue(rotatesByDepth, layer.description.architecture);
  if (traits.rope === "never" || (depth !== undefined && depth !== layer.layers)) return false;
  const pattern = layer.description.settings["attention.rope_pattern"];
  if (Array.isArray(pattern)) return Number(pattern[layer.index] ?? 1) !== 0;
  const windowed = layer.attention?.window !== undefined;
  const leading =
    traits.rotatesLeading === true && layer.index < (setting(layer, "leading_dense_block_count") ?? 0);
  if (traits.rope === "windowed-only") return windowed || leading;
  if (traits.rope === "windowed-if-any") {
    return windowed || layer.description.layers.every((other) => other.attention?.window === undefined);
  }
  if (traits.rope === "when-set") return layer.description.settings["rope.scaling.finetuned"] !== false;
  return traits.rope === undefined || (layer.index + 1) % traits.rope.skips !== 0;
}

/** Attention of one layer from its normalized input, up to the output product. */
export function attentionPart(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
): GraphTensor {
  const heads = projections(layer, source, traits.flatNorms === "products");
  if (heads === undefined) return source;
  const queryGate = heads.gate;
  const turns = rotates(layer, traits);
  const ready = treated(layer, heads, inputs.positions, {
    norm: traits.headNorm ?? traits.norm ?? "rms",
    rope: turns,
    scaledQueries: traits.scalesQueries === true,
    flatNorms: traits.flatNorms,
    normsAfterRope: traits.normsAfterRope === true,
  });
  let { query, key } = ready;
  if (inputs.temperature !== undefined && !turns) query = multiply(query, inputs.temperature);
  if (traits.normalizesHeads === true && turns) {
    query = rmsNorm(query);
    key = rmsNorm(key);
  }
  const sinks = layerWeight(layer, "attn_sinks.weight");
  const merged = cachedAttention(
    layer,
    inputs.attention,
    { query, key, value: ready.value },
    { sinks, ...(traits.softCap === undefined ? {} : { softCap: traits.softCap }) },
  );
  const weighted =
    queryGate === undefined
      ? gatedAttention(layer, merged, source)
      : multiply(merged, unary(contiguous(queryGate, merged.shape[0], layer.run.tokens)));
  const value = attentionOutput(layer, weighted);
  const factor = setting(layer, "attention.value_scale") ?? 1;
  return traits.scalesValues === true && factor !== 0 && factor !== 1 ? scale(value) : value;
}
