import type { Activation } from "../../../../../description/families/traits.ts";
import { layerWeight, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  clamp,
  divide,
  glu,
  gluOfHalves,
  matrixProduct,
  multiply,
  scale,
  square,
  unary,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";

/** Names of the tensors of a feed-forward part: "ffn_up", or "ffn_up_shexp" for shared experts. */
export interface FeedForwardNames {
  readonly up: string;
  readonly gate: string;
  readonly down: string;
  /**
   * Setting that holds each layer's limit of the gated activation. Undefined if the limit is inside the fused
   * operation.
   */
  readonly limits: string | undefined;
}

/** A layer's dense part, and its shared experts. */
export const denseNames: FeedForwardNames = {
  up: "ffn_up",
  gate: "ffn_gate",
  down: "ffn_down",
  limits: "swiglu_clamp_shexp",
};
export const sharedNames: FeedForwardNames = {
  up: "ffn_up_shexp",
  gate: "ffn_gate_shexp",
  down: "ffn_down_shexp",
  limits: "swiglu_clamp_shexp",
};

/** Adds the bias and applies the scale stored with a matrix, if there are any. */
function addBias(layer: LayerBuild, value: GraphTensor, name: string): GraphTensor {
  const bias = layerWeight(layer, `${name}.bias`);
  const summed = bias === undefined ? value : add(value, bias);
  const factor = layerWeight(layer, `${name}.scale`);
  return factor === undefined ? summed : multiply(summed, factor);
}

/** Returns true if the layer clamps its SwiGLU (Step 3.5, Ling 3). A limit of 0 means none. */
function hasLimit(layer: LayerBuild, key: string): boolean {
  const limits = layer.description.settings[key];
  if (typeof limits === "number") return limits > 1e-6;
  return Array.isArray(limits) && Number(limits[layer.index] ?? 0) > 1e-6;
}

/** Gated linear unit of two products, clamped if the layer has a limit. */
export function applyLimitedGlu(
  layer: LayerBuild,
  gate: GraphTensor,
  up: GraphTensor,
  limits: string | undefined,
): GraphTensor {
  if (limits === undefined || !hasLimit(layer, limits)) return glu(gate, up);
  const limited = clamp(up);
  return multiply(clamp(unary(gate)), limited);
}

/** Kimi K3's activation: the bounded gate times its sigmoid, times `up`, which may be bounded too. */
export function activateSitu(build: Build, gate: GraphTensor, up: GraphTensor): GraphTensor {
  const bound = (value: GraphTensor): GraphTensor => scale(unary(scale(value)));
  const active = multiply(bound(gate), unary(gate));
  const linear = (setting(build, "activation.situ_linear_beta") ?? 0) > 0;
  return multiply(active, linear ? bound(up) : up);
}

/**
 * Dense feed-forward part: up, activation, down; (width, tokens) to (width, tokens) (llama.cpp v0.5.0, `build_ffn`).
 */
export function applyDense(
  layer: LayerBuild,
  source: GraphTensor,
  activation: Activation = "plain",
  names: FeedForwardNames = denseNames,
): GraphTensor {
  const upWeight = layerWeight(layer, `${names.up}.weight`);
  const gateWeight = layerWeight(layer, `${names.gate}.weight`);
  const downWeight = layerWeight(layer, `${names.down}.weight`);
  const up = upWeight === undefined ? source : addBias(layer, matrixProduct(upWeight, source), names.up);
  let value: GraphTensor;
  if (gateWeight !== undefined) {
    const gate = addBias(layer, matrixProduct(gateWeight, source), names.gate);
    value = applyLimitedGlu(layer, gate, up, names.limits);
  } else if (activation === "halves") value = gluOfHalves(up);
  else if (activation === "square") value = square(unary(up));
  else {
    value = unary(up);
    const scales = layerWeight(layer, "ffn_act.scales") ?? layerWeight(layer, "ffn.act");
    if (scales !== undefined) value = divide(value, scales);
  }
  const scaling = layerWeight(layer, "ffn_sub_norm.weight");
  if (scaling !== undefined) value = applyNorm(value, "rms", scaling);
  if (downWeight !== undefined) value = matrixProduct(downWeight, value);
  return addBias(layer, value, names.down);
}
