import { layerWeight, layerWeightOr } from "../../ggml/build.ts";
import type { LayerBuild } from "../../ggml/build.ts";
import { matrixProduct, reshape, rmsNorm, rope } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNamedNorm } from "../stream/layer-norm.ts";
import { attendToCache, projectOutput } from "./attention.ts";
import type { AttentionInputs } from "./cache-inputs.ts";
import { ropeFactors } from "./projections.ts";

/**
 * Applies the attention of Gemma 3n and 4: values are normalized too, and the last layers have queries only. source and result:
 * (width, tokens).
 */
export function applyGemmaAttention(
  layer: LayerBuild,
  source: GraphTensor,
  positions: GraphTensor,
  inputs: AttentionInputs,
): GraphTensor {
  const attention = layer.attention;
  if (attention === undefined) return source;
  const { heads, keyValueHeads, keyWidth, valueWidth, sharesCacheOf } = attention;
  const { tokens } = layer.run;
  const factors = attention.window === undefined ? ropeFactors(layer) : undefined;
  const product = (name: string, width: number, count: number): GraphTensor => {
    const matrix = layerWeightOr(layer, `${name}.weight`, layer.width, width * count);
    return reshape(matrixProduct(matrix, source), width, count, tokens);
  };
  let query = product("attn_q", keyWidth, heads);
  let key: GraphTensor | undefined;
  let value: GraphTensor | undefined;
  if (sharesCacheOf === undefined) {
    key = product("attn_k", keyWidth, keyValueHeads);
    const own = layerWeight(layer, "attn_v.weight");
    value = rmsNorm(own === undefined ? key : product("attn_v", valueWidth, keyValueHeads));
    key = rope(applyNamedNorm(layer, key, "attn_k_norm"), positions, factors);
  }
  query = rope(applyNamedNorm(layer, query, "attn_q_norm"), positions, factors);
  return projectOutput(layer, attendToCache(layer, inputs, { query, key, value }));
}
