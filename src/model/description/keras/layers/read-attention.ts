import type { KerasShape, KerasWeight } from "../network/keras-network.ts";
import { flagOf, type LayerConfig, layerFault, sizeOf, valueOf, wordOf } from "./layer-config.ts";
import { fixedSize, inputOf, type LayerKind, other, type ReadKind, weight } from "./layer-kind.ts";

/** A projection for heads with its bias, where it has one. */
function projection(
  name: string,
  bias: boolean,
  from: readonly number[],
  to: readonly number[],
): readonly KerasWeight[] {
  const kernel = weight(`${name}/kernel`, ...from, ...to);
  return bias ? [kernel, weight(`${name}/bias`, ...to)] : [kernel];
}

/** The last sizes that an attention is told to give: one or several; undefined for those of its query. */
function outputSizes(config: LayerConfig): readonly number[] | undefined {
  const given = valueOf(config, "output_shape");
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (given === undefined || list.length === 0) return undefined;
  if (
    list.length <= 8 &&
    list.every((size) => Number.isInteger(size) && Number(size) > 0 && Number(size) < 2 ** 31)
  )
    return list as readonly number[];
  throw layerFault(config.file, config.layer, "output_shape: allowed: whole numbers from 1");
}

/** Query, value and, where it is given, key; each is projected for every head, and the heads' outputs together. */
function readMultiHead(config: LayerConfig): LayerKind {
  const heads = sizeOf(config, "num_heads");
  const keyWidth = sizeOf(config, "key_dim");
  const valueWidth = sizeOf(config, "value_dim", keyWidth);
  const bias = flagOf(config, "use_bias", true);
  const gate = flagOf(config, "use_gate", false);
  const asked = outputSizes(config);
  return {
    operation: { type: "attention", heads, keyWidth, valueWidth },
    activations: ["softmax"],
    build: (inputs) => {
      const query = inputOf(config, inputs, 3, 8);
      const value = inputs[1] ?? query;
      const last = (shape: KerasShape): readonly number[] => [fixedSize(config, shape, -1)];
      const sizes = asked ?? last(query);
      return {
        weights: [
          ...projection("query", bias, last(query), [heads, keyWidth]),
          ...projection("key", bias, last(inputs[2] ?? value), [heads, keyWidth]),
          ...(gate ? projection("gate", bias, last(query), [heads, valueWidth]) : []),
          ...projection("value", bias, last(value), [heads, valueWidth]),
          ...projection("attention_output", bias, [heads, valueWidth], sizes),
        ],
        outputs: [[...query.slice(0, -1), ...sizes]],
      };
    },
  };
}

/** Several heads of the query share one of keys and values. */
function readGroupQuery(config: LayerConfig): LayerKind {
  const width = sizeOf(config, "head_dim");
  const heads = sizeOf(config, "num_query_heads");
  const shared = sizeOf(config, "num_key_value_heads");
  const bias = flagOf(config, "use_bias", true);
  const gate = flagOf(config, "use_gate", false);
  return {
    operation: { type: "attention", heads, keyWidth: width, valueWidth: width },
    activations: ["softmax"],
    build: (inputs) => {
      const query = inputOf(config, inputs, 3);
      const value = inputs[1] ?? query;
      const last = (shape: KerasShape): readonly number[] => [fixedSize(config, shape, -1)];
      return {
        weights: [
          ...projection("query", bias, last(query), [heads, width]),
          ...projection("key", bias, last(inputs[2] ?? value), [shared, width]),
          ...(gate ? projection("gate", bias, last(query), [heads, width]) : []),
          ...projection("value", bias, last(value), [shared, width]),
          ...projection("attention_output", bias, [heads, width], last(query)),
        ],
        outputs: [query],
      };
    },
  };
}

/** Attention without projections: as many outputs as queries, as wide as the values. */
function readPlainAttention(
  weights: (config: LayerConfig, query: KerasShape) => readonly KerasWeight[],
): ReadKind {
  return (config) =>
    other(
      (query, inputs) => [...query.slice(0, -1), (inputs[1] ?? query).at(-1)],
      (query) => weights(config, query),
    );
}

/** Attention by class. */
export const attentionKinds: Readonly<Record<string, ReadKind>> = {
  MultiHeadAttention: readMultiHead,
  GroupQueryAttention: readGroupQuery,
  GroupedQueryAttention: readGroupQuery,
  Attention: readPlainAttention((config) => [
    ...(flagOf(config, "use_scale", false) ? [weight("scale")] : []),
    ...(wordOf(config, "score_mode", ["dot", "concat"], "dot") === "concat"
      ? [weight("concat_score_weight")]
      : []),
  ]),
  AdditiveAttention: readPlainAttention((config, query) =>
    flagOf(config, "use_scale", true) ? [weight("scale", fixedSize(config, query, -1))] : [],
  ),
};
