import type { KerasShape, KerasWeight } from "../network/keras-network.ts";
import { flagOf, layerFault, sizeOf, valueOf, wordOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { requireFixedSize, inputOf, other, weight } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";

/** Returns the weights of a projection for heads. */
function projectionWeights(
  name: string,
  bias: boolean,
  from: readonly number[],
  to: readonly number[],
): readonly KerasWeight[] {
  const kernel = weight(`${name}/kernel`, ...from, ...to);
  return bias ? [kernel, weight(`${name}/bias`, ...to)] : [kernel];
}

/** Reads the last sizes of an attention's output; undefined for those of its query. */
function readOutputSizes(config: LayerConfig): readonly number[] | undefined {
  const given = valueOf(config, "output_shape");
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (given === undefined || list.length === 0) return undefined;
  if (
    list.length <= 8 &&
    list.every((size) => Number.isInteger(size) && Number(size) > 0 && Number(size) < 2 ** 31)
  )
    return list as readonly number[];
  throw layerFault(config.file, config.layer, "output_shape must be whole numbers from 1");
}

/** Reads an attention of several heads: projects query, value and key (if given) per head, and the heads' outputs together. */
function readMultiHead(config: LayerConfig): LayerKind {
  const heads = sizeOf(config, "num_heads");
  const keyWidth = sizeOf(config, "key_dim");
  const valueWidth = sizeOf(config, "value_dim", keyWidth);
  const bias = flagOf(config, "use_bias", true);
  const gate = flagOf(config, "use_gate", false);
  const requested = readOutputSizes(config);
  return {
    operation: { type: "attention", heads, keyWidth, valueWidth },
    activations: ["softmax"],
    build: (inputs) => {
      const query = inputOf(config, inputs, 3, 8);
      const value = inputs[1] ?? query;
      const last = (shape: KerasShape): readonly number[] => [requireFixedSize(config, shape, -1)];
      const sizes = requested ?? last(query);
      return {
        weights: [
          ...projectionWeights("query", bias, last(query), [heads, keyWidth]),
          ...projectionWeights("key", bias, last(inputs[2] ?? value), [heads, keyWidth]),
          ...(gate ? projectionWeights("gate", bias, last(query), [heads, valueWidth]) : []),
          ...projectionWeights("value", bias, last(value), [heads, valueWidth]),
          ...projectionWeights("attention_output", bias, [heads, valueWidth], sizes),
        ],
        outputs: [[...query.slice(0, -1), ...sizes]],
      };
    },
  };
}

/** Reads an attention in which several query heads share one head of keys and values. */
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
      const last = (shape: KerasShape): readonly number[] => [requireFixedSize(config, shape, -1)];
      return {
        weights: [
          ...projectionWeights("query", bias, last(query), [heads, width]),
          ...projectionWeights("key", bias, last(inputs[2] ?? value), [shared, width]),
          ...(gate ? projectionWeights("gate", bias, last(query), [heads, width]) : []),
          ...projectionWeights("value", bias, last(value), [shared, width]),
          ...projectionWeights("attention_output", bias, [heads, width], last(query)),
        ],
        outputs: [query],
      };
    },
  };
}

/** Reads an attention without projections: as many outputs as queries, as wide as the values. */
function readPlainAttention(
  weights: (config: LayerConfig, query: KerasShape) => readonly KerasWeight[],
): ReadKind {
  return (config) =>
    other(
      (query, inputs) => [...query.slice(0, -1), (inputs[1] ?? query).at(-1)],
      (query) => weights(config, query),
    );
}

/** Attention layers by class. */
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
    flagOf(config, "use_scale", true) ? [weight("scale", requireFixedSize(config, query, -1))] : [],
  ),
};
