import type { NormKind } from "../../../../../description/families/traits.ts";
import { add, multiply, reshape, rmsNorm, sameShape } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Normalizes rows, then applies the weight and the bias if there are any. "rms" works in place if its source is not
 * needed again; the other kinds make a new value.
 */
export function applyNorm(
  source: GraphTensor,
  kind: NormKind,
  scaling: GraphTensor | undefined,
  bias?: GraphTensor,
): GraphTensor {
  let value: GraphTensor;
  if (kind === "rms") value = rmsNorm(source);
  else if (kind === "layer") value = sameShape(source);
  else {
    const [n0, n1] = source.shape;
    value = reshape(sameShape(reshape(source, n0, 1, n1)), n0, n1);
  }
  if (scaling !== undefined) value = multiply(value, scaling);
  if (bias !== undefined) value = add(value, bias);
  return value;
}
