import { expandInto, weight } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import {
  add,
  contiguous,
  getRows,
  matrixProduct,
  permute,
  reshape,
  scale,
  view,
} from "../../ggml/operations.ts";
import { externalTensor, inputTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "./norm.ts";

/** Returns one layer's slice (width, tokens) of a value (width, tokens, layers). */
export function sliceOfLayer(value: GraphTensor): GraphTensor {
  return view(value, [value.shape[0], value.shape[1]], [value.strides[1]]);
}

/**
 * Makes the inputs that each layer has for itself: looked up by token and mixed with a projection of the embedding.
 * embedded: (width, tokens); result: (width per layer, tokens, layers), or undefined if the model has none.
 */
export function perLayerInputs(build: Build, embedded: GraphTensor): GraphTensor | undefined {
  const table = weight(build, "per_layer_token_embd.weight");
  if (table === undefined) return undefined;
  const { tokens } = build.run;
  const each = table.shape[0] / build.layers;
  const looked = scale(reshape(getRows(table, inputTensor("i32", tokens)), each, build.layers, tokens));
  expandInto(build, looked);
  const projection =
    weight(build, "per_layer_model_proj.weight") ?? externalTensor(build.width, table.shape[0]);
  let projected = reshape(scale(matrixProduct(projection, embedded)), each, build.layers, tokens);
  projected = applyNorm(projected, "rms", weight(build, "per_layer_proj_norm.weight"));
  return contiguous(permute(scale(add(projected, looked)), [0, 2, 1, 3]));
}
