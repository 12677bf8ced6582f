import { attentionOutput, cachedAttention, type AttentionInputs } from "./attention.ts";
import { expandInto, layerWeight, setting, type Build } from "./build.ts";
import { expertFeedForward, type Routing } from "./experts.ts";
import { feedForward, sharedNames } from "./feed-forward.ts";
import { norm } from "./norm.ts";
import {
  add,
  contiguous,
  divide,
  getRows,
  matrixProduct,
  multiply,
  reshape,
  rmsNorm,
  scale,
  unary,
} from "./operations.ts";
import { projections, treated } from "./projections.ts";
import type { StateInputs } from "./states.ts";
import type { GraphTensor } from "./tensor.ts";
import { rotatesByDepth, type Traits } from "./traits.ts";
import { ownValue } from "../../../../shared/own-value.ts";

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
  build: Build,
  layer: number,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
) => GraphTensor;

/** PLaMo 2 names some of its norms without an ending. */
function normWeight(build: Build, layer: number, name: string): GraphTensor | undefined {
  return layerWeight(build, layer, `${name}.weight`) ?? layerWeight(build, layer, name);
}

/** A norm of a layer by its name; without the tensors the value as it is, or normalized without a weight. */
export function layerNorm(
  build: Build,
  layer: number,
  value: GraphTensor,
  name: string,
  traits: Traits,
  always = false,
): GraphTensor {
  const scaling = normWeight(build, layer, name);
  if (scaling === undefined && !always) return value;
  return norm(value, traits.norm ?? "rms", scaling, layerWeight(build, layer, `${name}.bias`));
}

function rotates(build: Build, layer: number, traits: Traits): boolean {
  const depth = ownValue(rotatesByDepth, build.description.architecture);
  if (traits.rope === "never" || (depth !== undefined && depth !== build.layers)) return false;
  const pattern = build.description.settings["attention.rope_pattern"];
  if (Array.isArray(pattern)) return Number(pattern[layer] ?? 1) !== 0;
  const windowed = build.description.layers[layer]?.attention?.window !== undefined;
  const leading =
    traits.rotatesLeading === true && layer < (setting(build, "leading_dense_block_count") ?? 0);
  if (traits.rope === "windowed-only") return windowed || leading;
  if (traits.rope === "windowed-if-any") {
    return windowed || build.description.layers.every((other) => other.attention?.window === undefined);
  }
  if (traits.rope === "when-set") return build.description.settings["rope.scaling.finetuned"] !== false;
  return traits.rope === undefined || (layer + 1) % traits.rope.skips !== 0;
}

/** What attention gives, weighted by a gate: one factor for each value or for each head. */
export function gatedAttention(
  build: Build,
  layer: number,
  merged: GraphTensor,
  source: GraphTensor,
): GraphTensor {
  const matrix = layerWeight(build, layer, "attn_gate.weight");
  if (matrix === undefined) return merged;
  const gate = unary(matrixProduct(matrix, source));
  const heads = build.description.layers[layer]?.attention?.heads ?? 1;
  if (gate.shape[0] !== heads || heads === merged.shape[0]) return multiply(merged, gate);
  const [width, tokens] = merged.shape;
  const byHead = reshape(merged, width / heads, heads, tokens);
  const weighted = multiply(byHead, reshape(gate, 1, heads, tokens));
  // Ling 3 copies what it has
  return build.description.architecture === "bailingmoe3"
    ? contiguous(weighted, width, tokens)
    : reshape(weighted, width, tokens);
}

/** Attention of one layer from its normalized input, up to the output product. */
export function attentionPart(
  build: Build,
  layer: number,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
): GraphTensor {
  const heads = projections(build, layer, source, traits.flatNorms === "products");
  if (heads === undefined) return source;
  const queryGate = heads.gate;
  const turns = rotates(build, layer, traits);
  const ready = treated(build, layer, heads, inputs.positions, {
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
  const sinks = layerWeight(build, layer, "attn_sinks.weight");
  const merged = cachedAttention(
    build,
    layer,
    inputs.attention,
    { query, key, value: ready.value },
    { sinks, ...(traits.softCap === undefined ? {} : { softCap: traits.softCap }) },
  );
  const weighted =
    queryGate === undefined
      ? gatedAttention(build, layer, merged, source)
      : multiply(merged, unary(contiguous(queryGate, merged.shape[0], build.run.tokens)));
  const value = attentionOutput(build, layer, weighted);
  const factor = setting(build, "attention.value_scale") ?? 1;
  return traits.scalesValues === true && factor !== 0 && factor !== 1 ? scale(value) : value;
}

function sharedExperts(
  build: Build,
  layer: number,
  source: GraphTensor,
  traits: Traits,
): GraphTensor | undefined {
  if (layerWeight(build, layer, "ffn_up_shexp.weight") === undefined) return undefined;
  const gateMatrix = layerWeight(build, layer, "ffn_gate_inp_shexp.weight");
  let gate: GraphTensor | undefined;
  if (gateMatrix !== undefined) {
    const products = matrixProduct(gateMatrix, source);
    gate = traits.sharedGate === "silu-ratio" ? divide(unary(products), products) : unary(products);
  }
  const shared = feedForward(build, layer, source, traits.activation, sharedNames);
  return gate === undefined ? shared : multiply(shared, gate);
}

/** Two sets of experts one after the other, chosen by the same products (GroveMoE). */
function chunkedExperts(build: Build, layer: number, source: GraphTensor, routing: Routing): GraphTensor {
  const router = layerWeight(build, layer, "ffn_gate_inp.weight");
  const logits = router === undefined ? undefined : matrixProduct(router, source);
  const routed = expertFeedForward(build, layer, source, { ...routing, logits });
  const second = expertFeedForward(build, layer, routed, { ...routing, logits, set: "chexps" });
  return add(routed, scale(second));
}

/** The feed-forward part of one layer: dense, or routed experts with the shared ones. */
export function feedForwardPart(
  build: Build,
  layer: number,
  source: GraphTensor,
  traits: Traits,
  logits?: GraphTensor,
): GraphTensor {
  if (build.description.layers[layer]?.experts === undefined) {
    return feedForward(build, layer, source, traits.activation);
  }
  const routing = traits.routing ?? { gating: "softmax", normalized: true };
  const chunked = layerWeight(build, layer, "ffn_up_chexps.weight");
  if (chunked !== undefined) return chunkedExperts(build, layer, source, routing);
  const routed = expertFeedForward(build, layer, source, { ...routing, logits });
  if (build.description.architecture === "grok" && layerWeight(build, layer, "ffn_up.weight") !== undefined) {
    return scale(add(feedForward(build, layer, source, traits.activation), routed));
  }
  const shared = sharedExperts(build, layer, source, traits);
  if (shared === undefined) return routed;
  const sum = add(routed, shared);
  return traits.scalesShared === true ? scale(sum) : sum;
}

function residual(
  value: GraphTensor,
  stream: GraphTensor,
  traits: Traits,
  part: "mixer" | "feed-forward",
): GraphTensor {
  const scaled = traits.scalesResiduals === true ? scale(value) : value;
  const first = traits.residualFirst === "both" || traits.residualFirst === part;
  return first ? add(stream, scaled) : add(scaled, stream);
}

function parallelLayer(
  build: Build,
  layer: number,
  stream: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
  mixer: Mixer,
  rows: (value: GraphTensor) => GraphTensor,
): GraphTensor {
  const normed = layerNorm(build, layer, stream, "attn_norm", traits, true);
  const second = layerWeight(build, layer, "attn_norm_2.weight");
  const source = second === undefined ? normed : layerNorm(build, layer, stream, "attn_norm_2", traits);
  const mixed = rows(mixer(build, layer, source, inputs, traits));
  const kept = rows(stream);
  const inner = feedForwardPart(build, layer, rows(normed), traits);
  if (traits.layout === "parallel-falcon") return add(add(inner, mixed), kept);
  if (traits.layout === "parallel-phi") return add(add(mixed, inner), kept);
  if (traits.layout === "parallel-stablelm") return add(inner, add(mixed, kept));
  return add(add(inner, kept), mixed);
}

/** One layer of a decoder; at the end only the rows that are wanted go on. */
export function transformerLayer(
  build: Build,
  layer: number,
  stream: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
  mixer: Mixer,
  atEnd: boolean,
): GraphTensor {
  const last = atEnd && traits.lateRows === undefined && traits.allRows !== true;
  const rows = (value: GraphTensor): GraphTensor => (last ? getRows(value, inputs.places) : value);
  if (traits.layout?.startsWith("parallel") === true && traits.layout !== "parallel-norms") {
    return parallelLayer(build, layer, stream, inputs, traits, mixer, rows);
  }
  const always = traits.norm === "layer";
  const logits =
    traits.routerReadsInput === true ? layerWeight(build, layer, "ffn_gate_inp.weight") : undefined;
  const early = logits === undefined ? undefined : matrixProduct(logits, stream);
  const normed = layerNorm(build, layer, stream, "attn_norm", traits, always);
  if (traits.expandsNorm === true) expandInto(build, normed);
  let mixed = mixer(build, layer, normed, inputs, traits);
  if (traits.rowsAfterNorm !== true) mixed = rows(mixed);
  if (traits.singleBlocks === true) return add(mixed, rows(stream));
  let kept = traits.rowsAfterNorm === true ? stream : rows(stream);
  if (traits.layout === "parallel-norms" && build.description.settings["use_parallel_residual"] !== false) {
    const inner = feedForwardPart(
      build,
      layer,
      layerNorm(build, layer, kept, "ffn_norm", traits, always),
      traits,
    );
    return add(add(inner, kept), mixed);
  }
  // without a norm of its own the feed-forward part has the one that others have behind attention
  const names = normNames(build, layer);
  mixed = layerNorm(build, layer, mixed, names.afterMixer, traits);
  if (traits.rowsAfterNorm === true) {
    mixed = rows(mixed);
    kept = rows(kept);
  }
  const middle = residual(mixed, kept, traits, "mixer");
  const routed = early === undefined ? undefined : rows(early);
  const source = layerNorm(build, layer, middle, names.beforeInner, traits, always);
  const inner = feedForwardPart(build, layer, source, traits, routed);
  return residual(layerNorm(build, layer, inner, names.afterInner, traits), middle, traits, "feed-forward");
}

function normNames(
  build: Build,
  layer: number,
): { readonly afterMixer: string; readonly beforeInner: string; readonly afterInner: string } {
  const has = (name: string): boolean => normWeight(build, layer, name) !== undefined;
  const afterInner = has("layer_output_norm") ? "layer_output_norm" : "post_ffw_norm";
  if (has("ffn_norm") || has("post_ffw_norm")) {
    const afterMixer = has("attn_output_norm") ? "attn_output_norm" : "post_attention_norm";
    return { afterMixer, beforeInner: "ffn_norm", afterInner };
  }
  const beforeInner = has("attn_output_norm") ? "attn_output_norm" : "post_attention_norm";
  return { afterMixer: "none", beforeInner, afterInner };
}
