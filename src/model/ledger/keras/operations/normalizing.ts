import { add, mean, mul, findBroadcastAxes, shapeWithout, reshape, square, sub, sum, cast } from "./basic.ts";
import { tile } from "./moving.ts";
import { outputOf } from "./held-tensor.ts";
import type { Held } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";
import { rsqrt } from "./unary.ts";

/** Computes mean and variance over axes. */
export function moments(
  m: TensorMachine,
  x: Held,
  axes: readonly number[],
  keep: boolean,
): readonly [Held, Held] {
  return m.tidy(() => {
    const middle = mean(m, x, axes, keep);
    const far = square(
      m,
      sub(m, cast(m, x, "float32"), reshape(m, middle, shapeWithout(x.shape, axes, true))),
    );
    return [middle, mean(m, far, axes, keep)] as const;
  });
}

/** Mean, variance, scale and offset of a normalization. */
export interface NormParts {
  readonly mean: Held;
  readonly variance: Held;
  readonly offset: Held | undefined;
  readonly scale: Held | undefined;
}

/** Returns the four gradients, which share parts that stay until the entire backward pass is done. */
function normGradient(
  m: TensorMachine,
  dy: Held,
  saved: readonly Held[],
): Readonly<Record<string, () => Held>> {
  const [x, middle, variance, scale = m.make([])] = saved as readonly [Held, Held, Held, Held?];
  const vector = middle.shape.length === 1;
  const axes = findBroadcastAxes(middle.shape, x.shape);
  const times = [...x.shape.slice(0, -1), 1];
  const distance = sub(m, x, middle);
  const scaled = mul(m, dy, scale);
  const root = rsqrt(m, add(m, variance, m.make([])));
  const cube = mul(m, mul(m, mul(m, root, root), root), m.make([]));
  const sumToVector = (part: Held): Held => reshape(m, vector ? sum(m, part, axes) : part, middle.shape);
  return {
    x: () => {
      const wide = vector ? tile(m, reshape(m, root, [1, 1, 1, middle.shape[0] ?? 1]), times) : root;
      return reshape(m, mul(m, mul(m, dy, wide), scale), x.shape);
    },
    mean: () => sumToVector(mul(m, mul(m, root, m.make([])), scaled)),
    variance: () => sumToVector(mul(m, mul(m, cube, distance), scaled)),
    scale: () => sumToVector(mul(m, dy, mul(m, distance, root))),
    offset: () => sumToVector(dy),
  };
}

/** Runs a batch normalization of a rank up to 4 as one operation on four dimensions. */
export function batchNorm(m: TensorMachine, x: Held, parts: NormParts): Held {
  return m.tidy(() => {
    const ones = Array.from({ length: 4 - x.shape.length }, () => 1);
    const wide = x.shape.length >= 4 ? x : reshape(m, x, [...ones, ...x.shape]);
    const { mean: middle, variance, offset, scale } = parts;
    const inputs = {
      x: wide,
      ...(scale === undefined ? {} : { scale }),
      ...(offset === undefined ? {} : { offset }),
      mean: middle,
      variance,
    };
    const output = m.run("FusedBatchNorm", inputs, outputOf(wide.shape, "float32"), {
      save: [wide, middle, variance, ...(scale === undefined ? [] : [scale])],
      derive: ([dy], saved) => normGradient(m, dy as Held, saved),
    });
    return reshape(m, output, x.shape);
  });
}
