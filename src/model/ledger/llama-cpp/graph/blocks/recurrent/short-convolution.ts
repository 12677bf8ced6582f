import { layerWeightOr, setting } from "../../ggml/build.ts";
import type { LayerBuild } from "../../ggml/build.ts";
import { matrixProduct, multiply, operation, reshape, view } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { joinPastColumns } from "./mamba.ts";
import type { StateInputs } from "./states.ts";

/**
 * Applies the gated short convolution of LFM2 (llama.cpp v0.5.0, `build_shortconv_block`). source and result: (width, tokens).
 */
export function applyShortConvolution(
  layer: LayerBuild,
  source: GraphTensor,
  inputs: StateInputs,
): GraphTensor {
  const { width } = layer;
  const { sequences } = layer.run;
  const tokens = layer.run.tokens / sequences;
  const kept = (setting(layer, "shortconv.l_cache") ?? 1) - 1;
  const rows = reshape(source, source.shape[0], tokens, sequences);
  const all = matrixProduct(layerWeightOr(layer, "shortconv.in_proj.weight", width, 3 * width), rows);
  const third = all.shape[0] / 3;
  const part = (): GraphTensor => view(all, [third, tokens, sequences], [all.strides[1], all.strides[2]]);
  const b = part();
  const c = part();
  const x = part();
  const gatedRows = multiply(b, x);
  const joined = joinPastColumns(layer, inputs, gatedRows, kept);
  const kernel = layerWeightOr(layer, "shortconv.conv.weight", kept + 1, width);
  const y = multiply(c, operation("f32", [width, tokens, sequences], joined, kernel));
  const out = matrixProduct(layerWeightOr(layer, "shortconv.out_proj.weight", width, width), y);
  return reshape(out, out.shape[0], layer.run.tokens);
}
