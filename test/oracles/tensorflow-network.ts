import { createRequire } from "node:module";
import type { Layer, LossName } from "../../src/lab/index.ts";

/** What is used of TensorFlow.js, which only `npm run bench:install` installs. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly size: number;
  dataSync: () => Float32Array;
}
export interface Variable extends Tensor {
  readonly name: string;
  assign: (value: Tensor) => void;
}
export interface Optimizer {
  minimize: (loss: () => Tensor) => void;
}
type Operation = (...words: readonly unknown[]) => Tensor;
export interface Core {
  setBackend: (name: string) => Promise<boolean>;
  variable: (value: Tensor, trainable: boolean, name: string) => Variable;
  variableGrads: (loss: () => Tensor) => {
    readonly value: Tensor;
    readonly grads: Readonly<Record<string, Tensor>>;
  };
  disposeVariables: () => void;
  readonly train: {
    sgd: (rate: number) => Optimizer;
    momentum: (rate: number, momentum: number) => Optimizer;
    adam: (rate: number, first: number, second: number, epsilon: number) => Optimizer;
  };
  readonly losses: Readonly<Record<string, Operation>>;
}
type Functions = Readonly<Record<string, Operation>>;
/** TensorFlow.js: what has a type here, and its operations by name. */
export type TensorFlow = Core & Functions;

const require = createRequire(new URL("../../bench/package.json", import.meta.url));

export function loadTensorFlow(): TensorFlow | undefined {
  try {
    require.resolve("@tensorflow/tfjs-core");
  } catch {
    console.log("tensorflow-js: skipped, TensorFlow.js is not installed (npm run bench:install)");
    return undefined;
  }
  // The plain backend has derivatives that the WebAssembly backend lacks.
  void require("@tensorflow/tfjs-backend-cpu");
  // Registers the derivatives: the core alone has none.
  void require("@tensorflow/tfjs-layers");
  return require("@tensorflow/tfjs-core") as TensorFlow;
}

interface Flow {
  readonly value: Tensor;
  /** Token ids; padding is masked. */
  readonly mask: Tensor | undefined;
}

function activate(tf: TensorFlow, name: string | undefined, x: Tensor): Tensor {
  if (name === undefined || name === "linear") return x;
  if (name !== "gelu") return call(tf, name, x);
  const half = call(tf, "mul", x, 0.5);
  return call(tf, "mul", half, call(tf, "add", call(tf, "erf", call(tf, "mul", x, Math.SQRT1_2)), 1));
}

export function call(tf: Functions, name: string, ...words: readonly unknown[]): Tensor {
  const operation = tf[name];
  if (operation === undefined) throw new Error(`TensorFlow.js has no ${name}`);
  return operation(...words);
}

/** Computes self-attention from the packed weights of the lab, head by head. */
function attend(
  tf: TensorFlow,
  layer: Layer & { type: "multiHeadAttention" },
  { path, p, x }: { readonly path: string; readonly p: ReadonlyMap<string, Variable>; readonly x: Tensor },
): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  const size = width / layer.numHeads;
  const project = (input: Tensor, name: string): Tensor => {
    const flat = call(tf, "reshape", input, [batch * length, width]);
    return call(
      tf,
      "add",
      call(tf, "matMul", flat, p.get(`${path}.${name}.kernel`)),
      p.get(`${path}.${name}.bias`),
    );
  };
  const packed = call(tf, "reshape", project(x, "query_key_value"), [batch, length, 3, layer.numHeads, size]);
  const part = (which: number): Tensor => {
    const slice = call(tf, "slice", packed, [0, 0, which, 0, 0], [batch, length, 1, layer.numHeads, size]);
    return call(
      tf,
      "transpose",
      call(tf, "reshape", slice, [batch, length, layer.numHeads, size]),
      [0, 2, 1, 3],
    );
  };
  const scores = call(tf, "mul", call(tf, "matMul", part(0), part(1), false, true), 1 / Math.sqrt(size));
  const hidden = Float32Array.from({ length: length * length }, (_, at) =>
    layer.causal === true && at % length > Math.floor(at / length) ? -1e9 : 0,
  );
  const masked = call(tf, "add", scores, call(tf, "tensor", hidden, [length, length]));
  const heads = call(tf, "matMul", call(tf, "softmax", masked), part(2));
  const joined = call(tf, "reshape", call(tf, "transpose", heads, [0, 2, 1, 3]), [batch, length, width]);
  return call(tf, "reshape", project(joined, "output"), [batch, length, width]);
}

function normalize(
  tf: TensorFlow,
  epsilon: number,
  { path, p, x }: { readonly path: string; readonly p: ReadonlyMap<string, Variable>; readonly x: Tensor },
): Tensor {
  const mean = call(tf, "mean", x, -1, true);
  const centred = call(tf, "sub", x, mean);
  const variance = call(tf, "mean", call(tf, "square", centred), -1, true);
  const normal = call(tf, "div", centred, call(tf, "sqrt", call(tf, "add", variance, epsilon)));
  return call(tf, "add", call(tf, "mul", normal, p.get(`${path}.gamma`)), p.get(`${path}.beta`));
}

function apply(
  tf: TensorFlow,
  layer: Layer,
  {
    path,
    p,
    flow,
  }: { readonly path: string; readonly p: ReadonlyMap<string, Variable>; readonly flow: Flow },
): Flow {
  const x = flow.value;
  const [batch = 1] = x.shape;
  const kernel = p.get(`${path}.kernel`);
  const bias = p.get(`${path}.bias`);
  const on = (value: Tensor): Flow => ({ value, mask: flow.mask });
  switch (layer.type) {
    case "flatten":
      return on(call(tf, "reshape", x, [batch, x.size / batch]));
    case "dense": {
      const depth = x.shape.at(-1) ?? 1;
      const product = call(tf, "matMul", call(tf, "reshape", x, [x.size / depth, depth]), kernel);
      const sum = bias === undefined ? product : call(tf, "add", product, bias);
      return on(
        activate(tf, layer.activation, call(tf, "reshape", sum, [...x.shape.slice(0, -1), layer.units])),
      );
    }
    case "conv2d": {
      const image = x.shape.length === 3 ? call(tf, "expandDims", x, -1) : x;
      const sum = call(tf, "conv2d", image, kernel, layer.strides ?? 1, layer.padding ?? "valid");
      return on(activate(tf, layer.activation, bias === undefined ? sum : call(tf, "add", sum, bias)));
    }
    case "maxPooling2d":
      return on(call(tf, "maxPool", x, layer.poolSize ?? 2, layer.strides ?? layer.poolSize ?? 2, "valid"));
    case "globalAveragePooling": {
      const axes = x.shape.length === 4 ? [1, 2] : [1];
      if (flow.mask === undefined) return { value: call(tf, "mean", x, axes), mask: undefined };
      const there = call(tf, "cast", call(tf, "greater", flow.mask, 0), "float32");
      const total = call(tf, "sum", call(tf, "mul", x, call(tf, "expandDims", there, -1)), 1);
      return { value: call(tf, "div", total, call(tf, "sum", there, 1, true)), mask: undefined };
    }
    case "embedding": {
      const rows = call(tf, "gather", p.get(`${path}.embeddings`), x);
      const places = p.get(`${path}.positions`);
      const mask = layer.maskZero === true ? x : undefined;
      return { value: places === undefined ? rows : call(tf, "add", rows, places), mask };
    }
    case "layerNormalization":
      return on(normalize(tf, layer.epsilon ?? 1e-3, { path, p, x }));
    case "multiHeadAttention":
      return on(attend(tf, layer, { path, p, x }));
    case "residual":
      return on(call(tf, "add", x, applyAll(tf, layer.layers, { path, p, flow }).value));
    case "dropout":
      return flow;
    default:
      return on(activate(tf, layer.type, x));
  }
}

export function applyAll(
  tf: TensorFlow,
  layers: readonly Layer[],
  {
    path,
    p,
    flow,
  }: { readonly path: string; readonly p: ReadonlyMap<string, Variable>; readonly flow: Flow },
): Flow {
  return layers.reduce(
    (each, layer, index) => apply(tf, layer, { path: `${path}.${index}`, p, flow: each }),
    flow,
  );
}

export function lossOf(tf: TensorFlow, loss: LossName, output: Tensor, target: Tensor): Tensor {
  if (loss === "meanSquaredError") return call(tf, "mean", call(tf, "squaredDifference", output, target));
  if (loss === "binaryCrossentropy") {
    const right = call(tf, "mul", target, call(tf, "log", output));
    const wrong = call(tf, "mul", call(tf, "sub", 1, target), call(tf, "log", call(tf, "sub", 1, output)));
    return call(tf, "neg", call(tf, "mean", call(tf, "add", right, wrong)));
  }
  const width = output.shape.at(-1) ?? 1;
  const rows = call(tf, "reshape", output, [output.size / width, width]);
  const ones = call(
    tf,
    "oneHot",
    call(tf, "cast", call(tf, "reshape", target, [output.size / width]), "int32"),
    width,
  );
  return call(tf, "neg", call(tf, "mean", call(tf, "sum", call(tf, "mul", ones, call(tf, "log", rows)), 1)));
}
