import { layerWeight, layerWeightOr } from "../../ggml/build.ts";
import type { LayerBuild } from "../../ggml/build.ts";
import {
  add,
  contiguous,
  glu,
  matrixProduct,
  multiply,
  operation,
  permute,
  reshape,
  unary,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { joinPastColumns, mambaSizes, scanStates } from "./mamba.ts";
import type { StateInputs } from "./states.ts";

/**
 * Applies the Mamba layer of PLaMo 2 (llama.cpp v0.5.0, `plamo2.cpp`): values and gate are interleaved by head, and all inputs
 * of the scan are normalized. source and result: (width, tokens).
 */
export function applyPlamo2Mamba(layer: LayerBuild, source: GraphTensor, inputs: StateInputs): GraphTensor {
  const sizes = mambaSizes(layer);
  const { kernel, inner, state, rank: heads, tokens, sequences } = sizes;
  const width = inner / heads;
  const rows = reshape(source, source.shape[0], tokens, sequences);
  const product = matrixProduct(layerWeightOr(layer, "ssm_in.weight", layer.width, 2 * inner), rows);
  const all = contiguous(permute(product, [0, 2, 1, 3]), 2 * width, heads, tokens, sequences);
  const half = (): GraphTensor =>
    view(all, [width, heads, tokens, sequences], [all.strides[1], all.strides[2], all.strides[3]]);
  const columns = contiguous(half(), inner, tokens, sequences);
  const z = half();
  const joined = joinPastColumns(layer, inputs, columns, kernel - 1);
  const convolution = layerWeightOr(layer, "ssm_conv1d.weight", kernel, inner);
  const x1 = unary(operation("f32", [inner, tokens, sequences], joined, convolution));
  const low = Math.max(64, Math.floor(layer.width / 16));
  const mixed = matrixProduct(layerWeightOr(layer, "ssm_x.weight", inner, low + 2 * state), x1);
  const part = (size: number, name: string): GraphTensor => {
    const rowsOf = view(mixed, [size, tokens, sequences], [mixed.strides[1], mixed.strides[2]]);
    return applyNorm(rowsOf, "rms", layerWeight(layer, name));
  };
  const b0 = part(state, "ssm_b_norm");
  const c0 = part(state, "ssm_c_norm");
  const dt = add(
    matrixProduct(layerWeightOr(layer, "ssm_dt.weight", low, heads), part(low, "ssm_dt_norm")),
    layerWeightOr(layer, "ssm_dt.bias", heads),
  );
  const x = view(x1, [width, heads, tokens, sequences], [width * 4, inner * 4, inner * tokens * 4]);
  const wide = (value: GraphTensor): GraphTensor =>
    view(value, [state, 1, tokens, sequences], [state * 4, value.strides[1], value.strides[2]]);
  const result = scanStates(layer, inputs, sizes, { x, dt, b: wide(b0), c: wide(c0) });
  const y = view(result, [width, heads, tokens, sequences], [width * 4, inner * 4, inner * tokens * 4]);
  const skipped = add(y, multiply(x, layerWeightOr(layer, "ssm_d", 1, heads)));
  const weighted = glu(contiguous(z), skipped);
  const flat = view(weighted, [inner, tokens, sequences], [weighted.strides[2], weighted.strides[3]]);
  const out = matrixProduct(layerWeightOr(layer, "ssm_out.weight", inner, layer.width), flat);
  return reshape(out, out.shape[0], layer.run.tokens);
}
