import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { LayerConfig } from "./layer-config.ts";
import { toSnakeCase, valueOf } from "./layer-config.ts";
import { broadcast } from "./read-merge.ts";
import { other } from "./layer-kind.ts";
import type { LayerKind } from "./layer-kind.ts";

/** Classes with which Keras 2 writes a function called on tensors. */
const functionClasses: ReadonlySet<string> = new Set([
  "ClassMethod",
  "InstanceMethod",
  "InstanceProperty",
  "SlicingOpLambda",
  "TFOpLambda",
  "TensorFlowOpLayer",
]);

/** Functions of one tensor that work on each element. */
const unary: ReadonlySet<string> = new Set(
  (
    "abs absolute arccos arccosh arcsin arcsinh arctan arctanh cast ceil celu clip clip_by_value cos cosh elu erf exp " +
    "expm1 floor gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log log10 log1p log2 " +
    "log_sigmoid log_softmax logical_not mish negative ones_like reciprocal relu relu6 round rsqrt selu sigmoid sign " +
    "silu sin sinh soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sqrt square squareplus stop_gradient " +
    "swish tan tanh tanh_shrink threshold zeros_like"
  ).split(" "),
);

/** Functions of two tensors, or of a tensor and a number, element by element. */
const binary: ReadonlySet<string> = new Set(
  (
    "add arctan2 divide divide_no_nan equal floor_divide floordiv greater greater_equal less less_equal logical_and " +
    "logical_or logical_xor maximum minimum mod mul multiply not_equal power pow sub subtract true_divide truediv"
  ).split(" "),
);

/** Whether an argument adds no axis: a tensor of the network, a number, a word. */
function isPlain(value: unknown): boolean {
  if (isJsonObject(value)) return value["class_name"] === "__keras_tensor__";
  return !Array.isArray(value);
}

/** Whether a call has no list or array in addition to its tensors. */
function isPlainCall(node: unknown): boolean {
  if (isJsonObject(node)) {
    const { args, kwargs } = node;
    const list: readonly unknown[] = Array.isArray(args) ? args : [args];
    return [...list, ...(isJsonObject(kwargs) ? Object.values(kwargs) : [])].every(isPlain);
  }
  // Keras 2: ["name", call, output, { y: 3 }], in which a list of a name and two numbers is a tensor.
  const list: readonly unknown[] = Array.isArray(node) ? node : [];
  const words: unknown = typeof list[0] === "string" ? list[3] : undefined;
  if (typeof list[0] !== "string") return list.every((item) => Array.isArray(item) && isPlainCall(item));
  const values = isJsonObject(words) ? Object.values(words) : [];
  return values.every((value) => !Array.isArray(value) || typeof value[0] === "string");
}

/** Whether an entry of a network's layers is a function on tensors, which has no weights. */
export function isFunction(className: string, module: unknown): boolean {
  return (
    functionClasses.has(className) || (typeof module === "string" && /^keras\.(?:src\.)?ops\b/u.test(module))
  );
}

/**
 * Reads a function called on tensors. Its output has the shape that a later layer notes (Keras 3), or follows from its inputs
 * if it works element by element; otherwise it is unknown.
 */
export function readFunction(className: string, config: LayerConfig, nodes: unknown): LayerKind {
  const given = valueOf(config, "function");
  const called = functionClasses.has(className) ? (typeof given === "string" ? given : "") : className;
  const name = toSnakeCase(called.split(".").at(-1) ?? "");
  const plain = Array.isArray(nodes) && nodes.every(isPlainCall);
  return other((input, inputs) => {
    if (unary.has(name)) return input;
    if (!binary.has(name) || !plain) return undefined;
    const [, second] = inputs;
    return second === undefined ? input : broadcast(config, input, second);
  });
}
