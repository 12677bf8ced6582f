import { layerWeight, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  matrixProduct,
  multiply,
  operation,
  reshape,
  rmsNorm,
  scale,
  unary,
  view,
} from "../../ggml/operations.ts";
import { weightTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** What a part reads of the residual streams, and how its result goes back into them. */
export interface Entered {
  /** Input of the part: (width, tokens). */
  readonly value: GraphTensor;
  /** Factor of the result for each stream: (streams, tokens). */
  readonly post: GraphTensor;
  /** How the streams are mixed: (streams, streams, tokens). */
  readonly mixture: GraphTensor;
}

/** Products of all streams of a token with one matrix. */
function mixesOf(streams: GraphTensor, matrix: GraphTensor): GraphTensor {
  const [width, count, tokens] = streams.shape;
  return matrixProduct(matrix, rmsNorm(reshape(streams, width * count, tokens)));
}

/**
 * Mixes the streams (width, streams, tokens) into the input of the part `name` (llama.cpp v0.5.0, `deepseek4.cpp`,
 * `build_hc_pre`, fused).
 */
export function enter(layer: LayerBuild, streams: GraphTensor, name: string): Entered {
  const [width, count, tokens] = streams.shape;
  const weightOf = (ending: string, ...sizes: readonly number[]): GraphTensor =>
    layerWeight(layer, `hc_${name}_${ending}.weight`) ?? weightTensor(sizes, layer.index);
  const mixes = mixesOf(streams, weightOf("fn", width * count, (2 + count) * count));
  const [factors, base] = [weightOf("scale", 3), weightOf("base", (2 + count) * count)];
  const gate = (): GraphTensor => {
    const own = view(mixes, [count, tokens], [mixes.strides[1]]);
    return unary(add(multiply(own, view(factors, [1], [])), view(base, [count], [])));
  };
  const before = scale(gate());
  const post = scale(gate());
  const mixture = operation("f32", [count, count, tokens], mixes, factors, base);
  return { value: operation("f32", [width, tokens], streams, before), post, mixture };
}

/** Adds a part's result (width, tokens) to the streams (`build_hc_post`, fused). */
export function leave(value: GraphTensor, streams: GraphTensor, entered: Entered): GraphTensor {
  return operation("f32", streams.shape, value, streams, entered.post, entered.mixture);
}

/** Joins the streams (width, streams, tokens) into one, (width, tokens), weighted (`build_hc_head`, not fused). */
export function leaveAll(build: Build, streams: GraphTensor): GraphTensor {
  const [width, count, tokens] = streams.shape;
  const weightOf = (ending: string, ...sizes: readonly number[]): GraphTensor =>
    weight(build, `output_hc_${ending}.weight`) ?? weightTensor(sizes, "output");
  const mixes = mixesOf(streams, weightOf("fn", width * count, count));
  const shares = scale(unary(add(multiply(mixes, weightOf("scale", 1)), weightOf("base", count))));
  const part = (): GraphTensor =>
    multiply(
      view(streams, [width, tokens], [streams.strides[2]]),
      view(shares, [1, tokens], [shares.strides[1]]),
    );
  let sum = part();
  for (let index = 1; index < count; index++) sum = add(sum, part());
  return sum;
}
