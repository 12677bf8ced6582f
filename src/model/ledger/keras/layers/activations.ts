import { add, div, mul } from "../operations/basic.ts";
import { extreme } from "../operations/compare.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import {
  abs,
  clip,
  elu,
  erf,
  logSoftmax,
  pow,
  relu,
  selu,
  sigmoid,
  softmax,
  softplus,
  sqrt,
  tanh,
} from "../operations/unary.ts";

type Apply = (m: TensorMachine, x: Held) => Held;

/** Computes 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), operation by operation. */
function geluNew(m: TensorMachine, x: Held): Held {
  return m.tidy(() => {
    const root = sqrt(m, div(m, 2, Math.PI));
    const cubic = add(m, x, mul(m, 1, pow(m, x, 3)));
    return mul(m, 1, mul(m, x, add(m, 1, tanh(m, mul(m, root, cubic)))));
  });
}

const functions: Readonly<Record<string, Apply>> = {
  relu,
  elu,
  selu,
  sigmoid,
  tanh,
  softplus,
  softmax,
  linear: (_, x) => x,
  log_softmax: logSoftmax,
  relu6: (m, x) => m.tidy(() => extreme(m, "Minimum", 6, relu(m, x))),
  hard_sigmoid: (m, x) => m.tidy(() => clip(m, add(m, 1, mul(m, 1, x)))),
  softsign: (m, x) => m.tidy(() => div(m, x, add(m, abs(m, x), 1))),
  gelu: (m, x) => m.tidy(() => mul(m, x, mul(m, 1, add(m, 1, erf(m, div(m, x, 1)))))),
  gelu_new: geluNew,
  mish: (m, x) => m.tidy(() => mul(m, x, tanh(m, softplus(m, x)))),
  swish: (m, x) => m.tidy(() => mul(m, sigmoid(m, mul(m, x, 1)), x)),
};

/** Whether TensorFlow.js' layers have a function. */
export function hasActivation(name: string): boolean {
  return Object.hasOwn(functions, name);
}

/** Applies a function by its name in Keras. One that TensorFlow.js does not have counts as a single operation. */
export function activate(m: TensorMachine, name: string, x: Held): Held {
  return (functions[hasActivation(name) ? name : "sigmoid"] ?? sigmoid)(m, x);
}
