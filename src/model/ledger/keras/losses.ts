import { add, cast, div, mean, mul, neg, reshape, sub, sum } from "./operations/basic.ts";
import { oneHot } from "./operations/moving.ts";
import type { Held } from "./operations/held-tensor.ts";
import type { TensorMachine } from "./operations/tensor-machine.ts";
import { abs, clip, exp, floor, log, log1p, relu } from "./operations/unary.ts";

/** Supported losses, by their names in Keras. */
export type KerasLoss =
  | "mean_squared_error"
  | "mean_absolute_error"
  | "categorical_crossentropy"
  | "sparse_categorical_crossentropy"
  | "binary_crossentropy";

/** All supported losses. */
export const kerasLosses: readonly KerasLoss[] = [
  "mean_squared_error",
  "mean_absolute_error",
  "categorical_crossentropy",
  "sparse_categorical_crossentropy",
  "binary_crossentropy",
];

function last(x: Held): readonly number[] {
  return [x.shape.length - 1];
}

function categorical(m: TensorMachine, target: Held, output: Held): Held {
  return m.tidy(() => {
    const share = div(m, output, sum(m, output, last(output), true));
    const clipped = clip(m, share);
    return neg(m, sum(m, mul(m, cast(m, target, "float32"), log(m, clipped)), last(clipped)));
  });
}

function sparse(m: TensorMachine, target: Held, output: Held): Held {
  return m.tidy(() => {
    const count = target.shape.reduce((all, size) => all * size, 1);
    const flat = cast(m, floor(m, reshape(m, target, [count])), "int32");
    const clipped = clip(m, output);
    const classes = reshape(m, oneHot(m, flat, output.shape.at(-1) ?? 1), output.shape);
    return categorical(m, classes, clipped);
  });
}

function binary(m: TensorMachine, target: Held, output: Held): Held {
  return m.tidy(() => {
    const clipped = clip(m, output);
    const logits = log(m, div(m, clipped, sub(m, 1, clipped)));
    const each = m.tidy(() => {
      const positive = relu(m, logits);
      const negative = neg(m, abs(m, logits));
      const first = sub(m, positive, mul(m, logits, target));
      return add(m, first, log1p(m, exp(m, negative)));
    });
    return mean(m, each, last(each));
  });
}

/** Computes the loss of each sample. */
export function lossOf(m: TensorMachine, loss: KerasLoss, target: Held, output: Held): Held {
  if (loss === "categorical_crossentropy") return categorical(m, target, output);
  if (loss === "sparse_categorical_crossentropy") return sparse(m, target, output);
  if (loss === "binary_crossentropy") return binary(m, target, output);
  return m.tidy(() => {
    const far = sub(m, output, target);
    return mean(m, loss === "mean_squared_error" ? mul(m, far, far) : abs(m, far), last(far));
  });
}
