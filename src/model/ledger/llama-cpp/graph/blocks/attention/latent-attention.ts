import { expandInto, layerWeight, layerWeightOr, setting, type Build } from "../../ggml/build.ts";
import {
  concat,
  contiguous,
  matrixProduct,
  multiply,
  permute,
  repeat,
  reshape,
  rope,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { norm } from "../stream/norm.ts";
import {
  attentionCore,
  attentionOutput,
  cachedAttention,
  cacheTensor,
  storeKeys,
  gatedAttention,
} from "./attention.ts";
import type { AttentionInputs } from "./cache-inputs.ts";

/** Widths of latent attention: of the latent, of what is rotated, and of a head without it. */
interface LatentSizes {
  readonly rank: number;
  readonly rotated: number;
  readonly plain: number;
  readonly valueWidth: number;
  readonly heads: number;
}

function sizesOf(build: Build, layer: number): LatentSizes {
  const attention = build.description.layers[layer]?.attention;
  const rotated = setting(build, "rope.dimension_count") ?? 0;
  const keyWidth =
    attention?.latent === undefined
      ? (attention?.keyWidth ?? 0)
      : (setting(build, "attention.key_length_mla") ?? 0);
  const valueWidth =
    attention?.latent === undefined
      ? (attention?.valueWidth ?? 0)
      : (setting(build, "attention.value_length_mla") ?? 0);
  return {
    rank: setting(build, "attention.kv_lora_rank") ?? 0,
    rotated,
    plain: keyWidth - rotated,
    valueWidth,
    heads: attention?.heads ?? 0,
  };
}

function turned(value: GraphTensor, positions: GraphTensor | undefined): GraphTensor {
  return positions === undefined ? value : rope(value, positions);
}

function queries(build: Build, layer: number, source: GraphTensor, sizes: LatentSizes): GraphTensor {
  const width = (sizes.plain + sizes.rotated) * sizes.heads;
  const down = layerWeight(build, layer, "attn_q_a.weight");
  let value: GraphTensor;
  if (down === undefined)
    value = matrixProduct(layerWeightOr(build, layer, "attn_q.weight", build.width, width), source);
  else {
    value = norm(matrixProduct(down, source), "rms", layerWeight(build, layer, "attn_q_a_norm.weight"));
    value = matrixProduct(layerWeightOr(build, layer, "attn_q_b.weight", value.shape[0], width), value);
  }
  return reshape(value, sizes.plain + sizes.rotated, sizes.heads, build.run.tokens);
}

/**
 * Multi-head latent attention (llama.cpp v0.5.0, `deepseek2.cpp`): with the absorbed matrices one row of the latent and the
 * rotated key is cached for all heads and is the value too; without them all heads are.
 */
export function latentAttention(
  build: Build,
  layer: number,
  source: GraphTensor,
  positions: GraphTensor | undefined,
  inputs: AttentionInputs,
  temperature: GraphTensor | undefined,
): GraphTensor {
  const sizes = sizesOf(build, layer);
  const { rank, rotated, plain, heads } = sizes;
  const { tokens } = build.run;
  const absorbed = build.description.layers[layer]?.attention?.latent !== undefined;
  const q = queries(build, layer, source, sizes);
  const joined = matrixProduct(
    layerWeightOr(build, layer, "attn_kv_a_mqa.weight", build.width, rank + rotated),
    source,
  );
  const row = (rank + rotated) * 4;
  const latent0 = view(joined, [rank, tokens], [row]);
  const turnedKey = turned(view(joined, [rotated, 1, tokens], [row, row]), positions);
  let latent = norm(latent0, "rms", layerWeightOr(build, layer, "attn_kv_a_norm.weight", rank));
  if (!absorbed) return allHeads(build, layer, sizes, q, latent, turnedKey, positions, inputs, temperature);
  const part = (width: number): GraphTensor => view(q, [width, heads, tokens], [q.strides[1], q.strides[2]]);
  const plainQuery = part(plain);
  const turnedQuery = turned(part(rotated), positions);
  const folded = matrixProduct(
    layerWeightOr(build, layer, "attn_k_b.weight", plain, rank, heads),
    permute(plainQuery, [0, 2, 1, 3]),
  );
  let query = concat(permute(folded, [0, 2, 1, 3]), turnedQuery, 0);
  latent = reshape(latent, rank, 1, tokens);
  const key = concat(latent, turnedKey, 0);
  if (temperature !== undefined) query = multiply(query, temperature);
  const merged = latentCore(build, layer, inputs, query, key, latent, sizes);
  return attentionOutput(build, layer, gatedAttention(build, layer, merged, source));
}

function latentCore(
  build: Build,
  layer: number,
  inputs: AttentionInputs,
  query: GraphTensor,
  key: GraphTensor,
  value: GraphTensor,
  sizes: LatentSizes,
): GraphTensor {
  const { cells, keyPlaces, mask } = inputs.full;
  expandInto(build, query);
  expandInto(build, value);
  expandInto(build, key);
  const width = sizes.rank + sizes.rotated;
  const store = cacheTensor(build.run.keyType, width, 1, cells, build.run.streams);
  storeKeys(build, store, key, keyPlaces);
  const keys = view(store, [width, 1, cells, build.run.streams], []);
  const values = view(keys, [value.shape[0], 1, cells, build.run.streams], keys.strides.slice(1));
  const expandValues = layerWeightOr(
    build,
    layer,
    "attn_v_b.weight",
    sizes.rank,
    sizes.valueWidth,
    sizes.heads,
  );
  const sinks = layerWeight(build, layer, "attn_sinks.weight");
  return attentionCore(build, query, keys, values, mask, { expandValues, sinks }, false);
}

function allHeads(
  build: Build,
  layer: number,
  sizes: LatentSizes,
  query: GraphTensor,
  latent: GraphTensor,
  turnedKey: GraphTensor,
  positions: GraphTensor | undefined,
  inputs: AttentionInputs,
  temperature: GraphTensor | undefined,
): GraphTensor {
  const { plain, rotated, valueWidth, heads } = sizes;
  const { tokens } = build.run;
  const width = plain + valueWidth;
  const expanded = matrixProduct(
    layerWeightOr(build, layer, "attn_kv_b.weight", sizes.rank, heads * width),
    latent,
  );
  const part = (size: number): GraphTensor =>
    view(expanded, [size, heads, tokens], [width * 4, width * 4 * heads]);
  const plainKey = part(plain);
  const value = contiguous(part(valueWidth));
  let ready = turned(query, positions);
  const key = concat(plainKey, repeat(turnedKey, rotated, heads, tokens, 1), 0);
  if (temperature !== undefined) ready = multiply(ready, temperature);
  return attentionOutput(build, layer, cachedAttention(build, layer, inputs, { query: ready, key, value }));
}
