import { attentionBlock } from "../kernels/operation.ts";
import type { MultiHeadAttentionLayer } from "../network/layer.ts";
import type { Builder } from "./builder.ts";
import { chain, lowerDense } from "./lower-dense.ts";
import type { Lowered, Value } from "./value.ts";
import { addInto, newValue, widthOf } from "./value.ts";

/**
 * Lowers attention between the queries, keys and values of each row. Scores are not kept: the backward pass computes them again.
 * packed: (length, 3, width), y: (length, width), scratch: (attentionBlock, length) per thread, twice that on the way back.
 */
function lowerScores(builder: Builder, layer: MultiHeadAttentionLayer, path: string, packed: Value): Lowered {
  const [length = 1] = packed.dimensions;
  const width = widthOf(packed) / 3;
  const output = newValue(builder, [length, width], `${path} heads`, packed.mask);
  const scratch = (matrices: number): { readonly tensor: number; readonly bytes: number } => {
    const elements = matrices * attentionBlock * length;
    return {
      tensor: builder.tensor("workspace", "thread", [elements], `${path} scores`),
      bytes: elements * 4,
    };
  };
  const numbers = (bytes: number): readonly number[] => [
    length,
    width,
    layer.numHeads,
    layer.causal === true ? 1 : 0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    bytes,
  ];
  const forward = scratch(1);
  builder.emit({
    name: "attention",
    writes: [output.tensor, forward.tensor],
    reads: [packed.tensor, packed.mask],
    numbers: numbers(forward.bytes),
  });
  return {
    output,
    backward: (request) => {
      const back = scratch(2);
      return addInto(builder, request, { input: packed, path }, (to) =>
        builder.emit({
          name: "attentionBackward",
          writes: [to, back.tensor],
          reads: [request.dy, packed.tensor, packed.mask],
          numbers: numbers(back.bytes),
        }),
      );
    },
  };
}

/**
 * Projects to queries, keys and values in one product, attends, and projects the result.
 * x, y: (length, width); weights: (width, 3 * width) and (width, width).
 */
export function lowerAttention(
  builder: Builder,
  layer: MultiHeadAttentionLayer,
  path: string,
  input: Value,
): Lowered {
  const width = widthOf(input);
  const packed = lowerDense(builder, { type: "dense", units: 3 * width }, `${path}.query_key_value`, input);
  const scores = lowerScores(builder, layer, path, packed.output);
  const out = lowerDense(builder, { type: "dense", units: width }, `${path}.output`, scores.output);
  return chain(chain(packed, scores), out);
}
