import type { NormKind } from "../../../../../description/families/traits.ts";
import { layerWeight } from "../../ggml/build.ts";
import type { LayerBuild } from "../../ggml/build.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

import { applyNorm } from "./norm.ts";

/** Returns the weight of a norm. PLaMo 2 names some of its norms without an ending. */
export function normWeight(layer: LayerBuild, name: string): GraphTensor | undefined {
  return layerWeight(layer, `${name}.weight`) ?? layerWeight(layer, name);
}

/** Options of a layer's norm. */
export interface LayerNormOptions {
  /** Default "rms". */
  readonly norm?: NormKind | undefined;
  /** Normalizes even if the layer has no weight of this name. Default false: returns the value unchanged. */
  readonly always?: boolean;
}

/** Applies the layer's norm of this name to a value (width, tokens). */
export function applyLayerNorm(
  layer: LayerBuild,
  value: GraphTensor,
  name: string,
  { norm: kind = "rms", always = false }: LayerNormOptions = {},
): GraphTensor {
  const scaling = normWeight(layer, name);
  if (scaling === undefined && !always) return value;
  return applyNorm(value, kind, scaling, layerWeight(layer, `${name}.bias`));
}

/** Applies the layer's RMS norm of this name, with or without a weight. */
export function applyNamedNorm(layer: LayerBuild, value: GraphTensor, name: string): GraphTensor {
  return applyNorm(value, "rms", layerWeight(layer, `${name}.weight`));
}
