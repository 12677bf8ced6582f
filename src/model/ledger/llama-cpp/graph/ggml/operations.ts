import { bytesOf, result, viewOf, writeInto } from "./tensor.ts";
import type { GraphTensor, Operation, Shape, TensorType } from "./tensor.ts";

/** Result with the shape and type of its first source, without gaps. */
function like(operation: Operation, source: GraphTensor, ...others: readonly GraphTensor[]): GraphTensor {
  return result(operation, source.type, source.shape, [source, ...others]);
}

/** Element-wise sum, difference, product and quotient. A smaller second source is broadcast. */
export function add(a: GraphTensor, b: GraphTensor): GraphTensor {
  return like("add", a, b);
}
export function subtract(a: GraphTensor, b: GraphTensor): GraphTensor {
  return like("subtract", a, b);
}
export function multiply(a: GraphTensor, b: GraphTensor): GraphTensor {
  return like("multiply", a, b);
}
export function divide(a: GraphTensor, b: GraphTensor): GraphTensor {
  return like("divide", a, b);
}

/** Adds the biases of the chosen experts. */
export function addById(a: GraphTensor, bias: GraphTensor, ids: GraphTensor): GraphTensor {
  return like("add-id", a, bias, ids);
}

/** Scales a source; may work in place, like the operations on one source below. */
export function scale(a: GraphTensor): GraphTensor {
  return like("scale", a);
}
export function clamp(a: GraphTensor): GraphTensor {
  return like("clamp", a);
}
export function fill(a: GraphTensor): GraphTensor {
  return like("fill", a);
}
export function square(a: GraphTensor): GraphTensor {
  return like("square", a);
}
export function squareRoot(a: GraphTensor): GraphTensor {
  return like("square-root", a);
}

/** Applies an activation to one source: SiLU, GELU, ReLU, tanh, sigmoid, exp, negation. */
export function unary(a: GraphTensor): GraphTensor {
  return like("unary", a);
}
export function rmsNorm(a: GraphTensor): GraphTensor {
  return like("rms-norm", a);
}

/** Layer, group and L2 norms, cumulative sums, sine: same shape as the source, never in place. */
export function sameShape(a: GraphTensor, ...others: readonly GraphTensor[]): GraphTensor {
  return like("other", a, ...others);
}

/** Rotary position embedding (RoPE). `factors`: per-frequency factors for long contexts. */
export function rope(a: GraphTensor, positions: GraphTensor, factors?: GraphTensor): GraphTensor {
  return like("rope", a, positions, ...(factors === undefined ? [] : [factors]));
}
export function softMax(a: GraphTensor, ...others: readonly GraphTensor[]): GraphTensor {
  return like("soft-max", a, ...others);
}

/** Gathers the rows of `a` at the indices `ids`. */
export function getRows(a: GraphTensor, ids: GraphTensor): GraphTensor {
  const type: TensorType = a.type === "i32" ? "i32" : "f32";
  return result("other", type, [a.shape[0], ids.shape[0], ids.shape[1], ids.shape[2]], [a, ids]);
}

/** Writes `rows` into `target` at the indices `ids`. The result is a view of the target. */
export function setRows(target: GraphTensor, rows: GraphTensor, ids: GraphTensor): GraphTensor {
  return writeInto(target, "other", [rows, ids, target]);
}

/** Writes `a` into the bytes of `target`. */
export function copyInto(a: GraphTensor, target: GraphTensor): GraphTensor {
  return writeInto(target, "other", [a, target]);
}

/** Multiplies a matrix (k, m) with columns (k, n): (m, n) in f32. */
export function matrixProduct(matrix: GraphTensor, columns: GraphTensor): GraphTensor {
  const [, n, b, c] = columns.shape;
  return result("other", "f32", [matrix.shape[1], n, b, c], [matrix, columns]);
}

/** Products with the chosen experts' matrices: (m, chosen, tokens) in f32. */
export function expertProduct(matrices: GraphTensor, columns: GraphTensor, ids: GraphTensor): GraphTensor {
  return result(
    "other",
    "f32",
    [matrices.shape[1], ids.shape[0], columns.shape[2], 1],
    [matrices, columns, ids],
  );
}

/** Result of any other operation, with its sizes given: the engine's shape rule is not repeated here. */
export function operation(
  type: TensorType,
  sizes: readonly number[],
  ...sources: readonly GraphTensor[]
): GraphTensor {
  return result("other", type, sizes, sources);
}

/** Copy without gaps, reshaped if sizes are given. */
export function contiguous(a: GraphTensor, ...sizes: readonly number[]): GraphTensor {
  return result("other", a.type, sizes.length === 0 ? a.shape : sizes, [a]);
}
export function cast(a: GraphTensor, type: TensorType): GraphTensor {
  return result("other", type, a.shape, [a]);
}

/** Concatenates two tensors along an axis. */
export function concat(a: GraphTensor, b: GraphTensor, axis: 0 | 1 | 2 | 3): GraphTensor {
  const sizes = a.shape.map((size, index) => (index === axis ? size + (b.shape[index] ?? 0) : size));
  return result("other", a.type, sizes, [a, b]);
}
export function pad(a: GraphTensor, first: number, second = 0, third = 0): GraphTensor {
  const [n0, n1, n2, n3] = a.shape;
  return result("other", a.type, [n0 + first, n1 + second, n2 + third, n3], [a]);
}
export function repeat(a: GraphTensor, ...sizes: readonly number[]): GraphTensor {
  return result("other", a.type, sizes, [a]);
}
export function sumRows(a: GraphTensor): GraphTensor {
  const [, n1, n2, n3] = a.shape;
  return result("other", a.type, [1, n1, n2, n3], [a]);
}

/** Indices of the `count` largest elements of each row: a view of the sorted indices. */
export function topK(a: GraphTensor, count: number): GraphTensor {
  const order = result("other", "i32", a.shape, [a]);
  const [, n1, n2, n3] = a.shape;
  return viewOf(order, [count, n1, n2, n3], order.strides);
}

/** Gated linear unit of two sources: act(gate) × up. */
export function glu(gate: GraphTensor, up: GraphTensor): GraphTensor {
  return result("other", gate.type, gate.shape, [gate, up]);
}

/** Gated linear unit of the two halves of one source. */
export function gluOfHalves(a: GraphTensor): GraphTensor {
  const [n0, n1, n2, n3] = a.shape;
  return result("other", a.type, [n0 / 2, n1, n2, n3], [a]);
}

/**
 * Sources of attention: query (width, tokens, heads, streams), key and value (width, cells, heads, streams), mask
 * (cells, tokens, 1, streams).
 */
export interface AttentionSources {
  readonly query: GraphTensor;
  readonly key: GraphTensor;
  readonly value: GraphTensor;
  readonly mask: GraphTensor;
}

/**
 * Fused attention: (value width, heads, tokens, streams) in f32. `sinks`: one extra score per head in the softmax.
 */
export function flashAttention(sources: AttentionSources, sinks?: GraphTensor): GraphTensor {
  const { query, key, value, mask } = sources;
  const [, tokens, heads, streams] = query.shape;
  const all = [query, key, value, mask, ...(sinks === undefined ? [] : [sinks])];
  return result("other", "f32", [value.shape[0], heads, tokens, streams], all);
}

/** Returns the same bytes with other sizes. The source must not have gaps. */
export function reshape(a: GraphTensor, ...sizes: readonly number[]): GraphTensor {
  const plain = result("view", a.type, sizes, [a]);
  return viewOf(a, plain.shape, plain.strides);
}

/** Returns the same bytes with other sizes and strides. Strides are in bytes, from the second axis on. */
export function view(a: GraphTensor, sizes: readonly number[], strides: readonly number[]): GraphTensor {
  const shape: Shape = [sizes[0] ?? 1, sizes[1] ?? 1, sizes[2] ?? 1, sizes[3] ?? 1];
  const first = bytesOf(a.type);
  const second = strides[0] ?? first * shape[0];
  const third = strides[1] ?? second * shape[1];
  return viewOf(a, shape, [first, second, third, strides[2] ?? third * shape[2]]);
}

/** Reorders axes: axis i of the source becomes axis `order[i]`. */
export function permute(a: GraphTensor, order: readonly [number, number, number, number]): GraphTensor {
  const shape: [number, number, number, number] = [1, 1, 1, 1];
  const strides: [number, number, number, number] = [0, 0, 0, 0];
  for (let axis = 0; axis < 4; axis++) {
    const place = order[axis] as 0 | 1 | 2 | 3;
    shape[place] = a.shape[axis] as number;
    strides[place] = a.strides[axis] as number;
  }
  return viewOf(a, shape, strides);
}
export function transpose(a: GraphTensor): GraphTensor {
  return permute(a, [1, 0, 2, 3]);
}
