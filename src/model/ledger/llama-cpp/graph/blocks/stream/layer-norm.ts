import { type Build, layerWeight } from "../../ggml/build.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

import { norm, type NormKind } from "./norm.ts";

/** PLaMo 2 names some of its norms without an ending. */
export function normWeight(build: Build, layer: number, name: string): GraphTensor | undefined {
  return layerWeight(build, layer, `${name}.weight`) ?? layerWeight(build, layer, name);
}

/** A norm of a layer by its name; without the tensors the value as it is, or normalized without a weight. */
export function layerNorm(
  build: Build,
  layer: number,
  value: GraphTensor,
  name: string,
  traits: { readonly norm?: NormKind },
  always = false,
): GraphTensor {
  const scaling = normWeight(build, layer, name);
  if (scaling === undefined && !always) return value;
  return norm(value, traits.norm ?? "rms", scaling, layerWeight(build, layer, `${name}.bias`));
}

/** A norm of a layer by its name. */
export function named(build: Build, layer: number, value: GraphTensor, name: string): GraphTensor {
  return norm(value, "rms", layerWeight(build, layer, `${name}.weight`));
}
