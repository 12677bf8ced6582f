import type { RoutingRule } from "../../../../../description/families/traits.ts";
import { expandInto, layerWeight, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  addById,
  cast,
  clamp,
  contiguous,
  divide,
  expertProduct,
  fill,
  getRows,
  glu,
  matrixProduct,
  multiply,
  repeat,
  reshape,
  scale,
  setRows,
  softMax,
  square,
  squareRoot,
  sumRows,
  topK,
  unary,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { activateSitu, applyLimitedGlu } from "./feed-forward.ts";

/** How a family routes its tokens, and what was computed elsewhere. */
export interface Routing extends RoutingRule {
  /** Router logits (experts, tokens), if they were computed elsewhere. */
  readonly logits?: GraphTensor | undefined;
  /** Indices of the chosen experts, if they were chosen elsewhere (DeepSeek V4: by the token id). */
  readonly chosen?: GraphTensor | undefined;
  /** Ending of the expert tensors' names: "exps", or "chexps" for GroveMoE's second set. */
  readonly set?: "chexps";
  /** True if the family's graph ignores the scales that a file may store next to the expert matrices. */
  readonly unscaled?: boolean;
}

/** The chosen experts of each token (used, tokens), and their weights (1, used, tokens). */
interface Chosen {
  readonly ids: GraphTensor;
  readonly weights: GraphTensor;
}

/** Masks all but the best groups of experts (DeepSeek V3). probabilities: (experts, tokens). */
function keepBestGroups(build: Build, probabilities: GraphTensor, experts: number): GraphTensor {
  const groups = setting(build, "expert_group_count") ?? 0;
  const used = setting(build, "expert_group_used_count") ?? 0;
  if (groups <= 1) return probabilities;
  const tokens = probabilities.shape[1];
  const size = experts / groups;
  const grouped = reshape(probabilities, size, groups, tokens);
  const best = topK(grouped, 2);
  const scores = getRows(reshape(grouped, 1, size, groups, tokens), best);
  const [, s1, s2, s3] = scores.shape;
  const sums = sumRows(reshape(scores, s1, s2, s3));
  const chosen = topK(reshape(sums, sums.shape[1], sums.shape[2]), used);
  const kept = getRows(grouped, chosen);
  return reshape(setRows(fill(grouped), kept, chosen), experts, tokens);
}

/** Chooses the experts of each token (llama.cpp v0.5.0, `build_moe_ffn`). source: (width, tokens). */
function route(layer: LayerBuild, source: GraphTensor, routing: Routing): Chosen {
  const { count: experts = 1, used = 1 } = layer.experts ?? {};
  const tokens = source.shape[1];
  const router = layerWeight(layer, "ffn_gate_inp.weight");
  let logits = routing.logits ?? (router === undefined ? source : matrixProduct(router, source));
  const bias = layerWeight(layer, "ffn_gate_inp.bias");
  if (bias !== undefined) logits = add(logits, bias);
  let probabilities = logits;
  if (routing.gating === "softmax") probabilities = softMax(logits);
  else if (routing.gating === "sigmoid") probabilities = unary(logits);
  else if (routing.gating === "square-root-softplus") probabilities = squareRoot(unary(logits));
  const correction = layerWeight(layer, "exp_probs_b.bias");
  let selection = correction === undefined ? probabilities : add(probabilities, correction);
  if (routing.choosesBy === "logits") selection = logits;
  if (routing.choosesBy === "sigmoid") selection = unary(logits);
  selection = keepBestGroups(layer, selection, experts);
  let ids = routing.chosen ?? topK(selection, used);
  // One expert of the second set serves several of the first: indices are divided as floats
  if (routing.set === "chexps") ids = cast(scale(cast(ids, "f32")), "i32");
  let weights = getRows(reshape(probabilities, 1, experts, tokens), ids);
  if (routing.gating === "late") {
    weights = reshape(softMax(reshape(weights, used, tokens)), 1, used, tokens);
  }
  const normalized =
    routing.normalized === "as-set"
      ? layer.description.settings["expert_weights_norm"] === true
      : routing.normalized;
  if (normalized) {
    const rows = reshape(weights, used, tokens);
    weights = reshape(divide(rows, clamp(sumRows(rows))), 1, used, tokens);
  }
  const factor = setting(layer, "expert_weights_scale") ?? 0;
  if (factor !== 0 && factor !== 1) weights = scale(weights);
  expandInto(layer, weights);
  return { ids, weights };
}

/** Multiplies with the chosen experts' matrices. source: (k, 1 or used, tokens); result: (m, used, tokens). */
function multiplyChosen(
  layer: LayerBuild,
  source: GraphTensor,
  name: string,
  { ids, unscaled }: { readonly ids: GraphTensor; readonly unscaled?: boolean | undefined },
): GraphTensor | undefined {
  const matrices = layerWeight(layer, `${name}.weight`);
  if (matrices === undefined) return undefined;
  let value = expertProduct(matrices, source, ids);
  const factors = layerWeight(layer, `${name}.scale`);
  if (factors !== undefined && unscaled !== true) {
    const experts = matrices.shape[2];
    const spread = repeat(reshape(factors, 1, experts, 1), 1, experts, source.shape[2]);
    value = multiply(value, getRows(spread, ids));
  }
  const bias = layerWeight(layer, `${name}.bias`);
  return bias === undefined ? value : addById(value, bias, ids);
}

/**
 * Up projection, gate and activation of the chosen experts: (width, 1 or used, tokens) to (expert width, used,
 * tokens).
 */
function activateExperts(
  layer: LayerBuild,
  source: GraphTensor,
  ids: GraphTensor,
  routing: Routing,
): GraphTensor {
  const set = routing.set ?? "exps";
  const chosen = { ids, unscaled: routing.unscaled };
  const merged = multiplyChosen(layer, source, `ffn_gate_up_${set}`, chosen);
  if (merged !== undefined) {
    const half = merged.shape[0] / 2;
    const sizes = [half, merged.shape[1], merged.shape[2]];
    const strides = [merged.strides[1], merged.strides[2]];
    return glu(view(merged, sizes, strides), view(merged, sizes, strides));
  }
  const up = multiplyChosen(layer, source, `ffn_up_${set}`, chosen) ?? source;
  const gate = multiplyChosen(layer, source, `ffn_gate_${set}`, chosen);
  if (gate !== undefined && routing.activation === "situ") return activateSitu(layer, gate, up);
  if (gate !== undefined) {
    return routing.activation === "gated"
      ? glu(gate, up)
      : applyLimitedGlu(layer, gate, up, "swiglu_clamp_exp");
  }
  return routing.activation === "square" ? square(unary(up)) : unary(up);
}

/**
 * Routes tokens to experts, runs these and sums their results: (width, tokens) to (width, tokens) (llama.cpp v0.5.0,
 * `build_moe_ffn`).
 */
export function applyExperts(layer: LayerBuild, source: GraphTensor, routing: Routing): GraphTensor {
  const used = layer.experts?.used ?? 1;
  const [width, tokens] = source.shape;
  const { ids, weights } = route(layer, source, routing);
  let columns = reshape(source, width, 1, tokens);
  if (routing.weightsFirst === true) columns = multiply(repeat(columns, width, used, tokens), weights);
  const inner = activateExperts(layer, columns, ids, routing);
  const chosen = { ids, unscaled: routing.unscaled };
  let outer = multiplyChosen(layer, inner, `ffn_down_${routing.set ?? "exps"}`, chosen) ?? inner;
  if (routing.weightsFirst !== true) outer = multiply(outer, weights);
  expandInto(layer, outer);
  const parts: GraphTensor[] = [];
  for (let expert = 0; expert < used; expert++) {
    const part = view(outer, [outer.shape[0], tokens], [outer.strides[2]]);
    expandInto(layer, part);
    parts.push(part);
  }
  let sum = parts[0] as GraphTensor;
  for (const part of parts.slice(1)) {
    sum = add(sum, part);
    expandInto(layer, sum);
  }
  return used === 1 ? contiguous(sum) : sum;
}
