/** Types that a graph computes in. "weight" is any stored type: its bytes are counted elsewhere. */
export type TensorType = "f32" | "f16" | "i32" | "i64" | "weight";

/** Four sizes, innermost first, as ggml writes them. All shapes in this folder's docstrings have this order. */
export type Shape = readonly [number, number, number, number];

/** What a tensor is computed by. "none" is a leaf; "view" includes reshape, permute and transpose. */
export type Operation =
  | "none"
  | "view"
  | "scale"
  | "fill"
  | "add"
  | "add-id"
  | "subtract"
  | "multiply"
  | "divide"
  | "square"
  | "square-root"
  | "unary"
  | "rope"
  | "rms-norm"
  | "clamp"
  | "soft-max"
  | "other";

/** Operations that may overwrite their source. */
const inPlace: ReadonlySet<Operation> = new Set([
  "scale",
  "fill",
  "add",
  "add-id",
  "subtract",
  "multiply",
  "divide",
  "square",
  "square-root",
  "unary",
  "rope",
  "rms-norm",
  "clamp",
  "soft-max",
]);

/** Returns true if an operation may overwrite its source (ggml v0.5.0, `ggml_op_can_inplace`). */
export function worksInPlace(operation: Operation): boolean {
  return inPlace.has(operation);
}

/** One value of an engine's graph: no data, only what its memory depends on. */
export interface GraphTensor {
  readonly operation: Operation;
  readonly type: TensorType;
  readonly shape: Shape;
  /** Bytes from one element to the next along each axis. */
  readonly strides: Shape;
  readonly sources: readonly GraphTensor[];
  /** The tensor whose bytes this view shows. */
  readonly viewOf: GraphTensor | undefined;
  /** True if the bytes are in another buffer: weights, caches. */
  readonly external: boolean;
  /** True if the value is filled in before the graph runs. */
  readonly input: boolean;
  /** True if the value is read after the graph ran, so that its bytes are never reused. */
  output: boolean;
  /** Layer of a stored tensor, or "output": decides on which device its products run. */
  readonly part?: number | "output" | undefined;
}

const elementBytes: Readonly<Record<TensorType, number>> = { f32: 4, f16: 2, i32: 4, i64: 8, weight: 1 };

/** Returns the bytes of one element. */
export function bytesOf(type: TensorType): number {
  return elementBytes[type];
}

function contiguousStrides(type: TensorType, shape: Shape): Shape {
  const first = elementBytes[type];
  const second = first * shape[0];
  const third = second * shape[1];
  return [first, second, third, third * shape[2]];
}

function withRest(sizes: readonly number[]): Shape {
  return [sizes[0] ?? 1, sizes[1] ?? 1, sizes[2] ?? 1, sizes[3] ?? 1];
}

/** Makes a value with bytes of its own, without gaps. */
export function result(
  operation: Operation,
  type: TensorType,
  sizes: readonly number[],
  sources: readonly GraphTensor[],
): GraphTensor {
  const shape = withRest(sizes);
  return {
    operation,
    type,
    shape,
    strides: contiguousStrides(type, shape),
    sources,
    viewOf: undefined,
    external: false,
    input: false,
    output: false,
  };
}

/** Makes a value that is filled in before the graph runs. */
export function inputTensor(type: TensorType, ...sizes: readonly number[]): GraphTensor {
  return { ...result("none", type, sizes, []), input: true };
}

/** Makes a tensor that is stored in another buffer. */
export function externalTensor(...sizes: readonly number[]): GraphTensor {
  return { ...result("none", "weight", sizes, []), external: true };
}

/** Makes a stored tensor of a layer or of the output. */
export function weightTensor(sizes: readonly number[], part: GraphTensor["part"]): GraphTensor {
  return { ...result("none", "weight", sizes, []), external: true, part };
}

/** Makes a view of the bytes of `source`. A view of a view shows the first one's bytes. */
export function viewOf(source: GraphTensor, shape: Shape, strides: Shape): GraphTensor {
  return {
    operation: "view",
    type: source.type,
    shape,
    strides,
    sources: [source],
    viewOf: source.viewOf ?? source,
    external: false,
    input: false,
    output: false,
  };
}

/** Makes the result of an operation that writes into the bytes of `target`. */
export function writeInto(
  target: GraphTensor,
  operation: Operation,
  sources: readonly GraphTensor[],
): GraphTensor {
  return { ...viewOf(target, target.shape, target.strides), operation, sources };
}

/** Number of elements. */
export function elementsOf(tensor: GraphTensor): number {
  const [a, b, c, d] = tensor.shape;
  return a * b * c * d;
}

/** Returns the bytes of a tensor without gaps. */
export function tensorBytes(tensor: GraphTensor): number {
  return tensor.shape[3] * tensor.strides[3];
}

/** Returns true if two tensors have the same type, sizes and strides. */
export function sameLayout(a: GraphTensor, b: GraphTensor): boolean {
  if (a.type !== b.type) return false;
  for (let axis = 0; axis < 4; axis++) {
    if (a.shape[axis] !== b.shape[axis] || a.strides[axis] !== b.strides[axis]) return false;
  }
  return true;
}
