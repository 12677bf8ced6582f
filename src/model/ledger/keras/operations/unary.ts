import { add, cast, div, mul, neg, shapeWithout, reshape, square, sub, sum, zerosLike } from "./basic.ts";
import type { Operand } from "./basic.ts";
import { compare, step, where } from "./compare.ts";
import { outputOf } from "./held-tensor.ts";
import type { Held } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";

/** Runs an elementwise operation whose gradient needs its input. */
function fromInput(m: TensorMachine, name: string, x: Held, derive: (dy: Held, x: Held) => Held): Held {
  return m.run(name, { x }, outputOf(x.shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({ x: () => derive(dy as Held, saved as Held) }),
  });
}

/** Runs an elementwise operation whose gradient needs its output. */
function fromOutput(m: TensorMachine, name: string, x: Held, derive: (dy: Held, y: Held) => Held): Held {
  return m.run(name, { x }, outputOf(x.shape, "float32"), {
    saveOutput: true,
    derive: ([dy], [saved]) => ({ x: () => derive(dy as Held, saved as Held) }),
  });
}

export function relu(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Relu", x, (dy, saved) => mul(m, dy, cast(m, step(m, saved), "float32")));
}

export function elu(m: TensorMachine, x: Held): Held {
  return fromOutput(m, "Elu", x, (dy, y) => m.run("EluGrad", { dy, y }, outputOf(y.shape)));
}

export function selu(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Selu", x, (dy, saved) => {
    const mask = compare(m, "Greater", saved, m.make([]));
    const [scaleAlpha, scale] = [m.make([]), m.make([])];
    const over = mul(m, dy, scale);
    const under = mul(m, mul(m, dy, scaleAlpha), exp(m, cast(m, saved, "float32")));
    return where(m, mask, over, under);
  });
}

export function leakyRelu(m: TensorMachine, x: Held): Held {
  return m.run("LeakyRelu", { x }, outputOf(x.shape, "float32"), {
    save: [x],
    derive: ([dy], [saved]) => {
      const mask = compare(m, "Greater", saved as Held, 0);
      return { x: () => where(m, mask, dy as Held, mul(m, dy as Held, 0)) };
    },
  });
}

export function prelu(m: TensorMachine, x: Held, alpha: Held): Held {
  return m.run("Prelu", { x, alpha }, outputOf(x.shape, "float32"), {
    save: [x, alpha],
    derive: ([given], saved) => {
      const [input, slope] = saved as readonly [Held, Held];
      const dy = given as Held;
      const mask = compare(m, "Greater", input, 0);
      return {
        x: () => where(m, mask, dy, mul(m, dy, slope)),
        alpha: () => {
          const derived = where(m, mask, zerosLike(m, dy), mul(m, dy, input));
          const skipped = dy.shape.length - slope.shape.length;
          const axes = dy.shape.flatMap((size, axis) =>
            axis < skipped || (slope.shape[axis - skipped] === 1 && size > 1) ? [axis] : [],
          );
          return reshape(m, axes.length > 0 ? sum(m, derived, axes) : derived, slope.shape);
        },
      };
    },
  });
}

export function sigmoid(m: TensorMachine, x: Held): Held {
  return fromOutput(m, "Sigmoid", x, (dy, y) => mul(m, dy, mul(m, y, sub(m, m.make([]), y))));
}

export function tanh(m: TensorMachine, x: Held): Held {
  return fromOutput(m, "Tanh", x, (dy, y) => mul(m, sub(m, m.make([]), square(m, y)), dy));
}

export function exp(m: TensorMachine, x: Held): Held {
  return fromOutput(m, "Exp", x, (dy, y) => mul(m, dy, y));
}

export function softplus(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Softplus", x, (dy, saved) => mul(m, dy, sigmoid(m, saved)));
}

export function log(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Log", x, (dy, saved) => div(m, dy, cast(m, saved, "float32")));
}

export function log1p(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Log1p", x, (dy, saved) => div(m, dy, add(m, saved, 1)));
}

export function abs(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Abs", x, (dy, saved) => mul(m, dy, step(m, cast(m, saved, "float32"))));
}

export function sqrt(m: TensorMachine, x: Held): Held {
  return fromInput(m, "Sqrt", x, (dy, saved) => div(m, dy, mul(m, sqrt(m, cast(m, saved, "float32")), 2)));
}

export function erf(m: TensorMachine, x: Held): Held {
  return m.run("Erf", { x }, outputOf(x.shape, "float32"), {
    save: [x],
    derive: ([dy], [saved]) => {
      const slope = mul(m, exp(m, neg(m, square(m, saved as Held))), 1);
      return { x: () => mul(m, dy as Held, slope) };
    },
  });
}

export function floor(m: TensorMachine, x: Held): Held {
  return m.run("Floor", { x }, outputOf(x.shape, "float32"), {
    derive: ([dy]) => ({ x: () => zerosLike(m, dy as Held) }),
  });
}

export function rsqrt(m: TensorMachine, x: Held): Held {
  return m.run("Rsqrt", { x }, outputOf(x.shape, "float32"));
}

/** Clips values to two bounds. */
export function clip(m: TensorMachine, x: Held): Held {
  return m.run("ClipByValue", { x }, outputOf(x.shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({
      x: () => {
        const a = compare(m, "GreaterEqual", saved as Held, 0);
        const b = compare(m, "LessEqual", saved as Held, 0);
        const inside = m.run("LogicalAnd", { a, b }, outputOf(a.shape, "bool"));
        return where(m, inside, dy as Held, zerosLike(m, dy as Held));
      },
    }),
  });
}

/** Raises values to a constant power. */
export function pow(m: TensorMachine, base: Held, exponent: Operand): Held {
  return m.tidy(() => {
    const b = typeof exponent === "number" ? m.make([]) : exponent;
    return m.run("Pow", { a: base, b }, outputOf(base.shape, base.type), {
      save: [base, b],
      saveOutput: true,
      derive: ([dy], saved) => {
        const [a, power] = saved as readonly [Held, Held];
        return {
          a: () => {
            const asFloat = cast(m, power, "float32");
            const slope = mul(m, asFloat, pow(m, a, sub(m, asFloat, m.make([]))));
            return reshape(m, mul(m, dy as Held, slope), a.shape);
          },
        };
      },
    });
  });
}

export function softmax(m: TensorMachine, x: Held): Held {
  return m.run("Softmax", { logits: x }, outputOf(x.shape, "float32"), {
    saveOutput: true,
    derive: ([dy], [y]) => {
      // Computed at once, so it stays until the entire backward pass is done.
      const weighted = mul(m, dy as Held, y as Held);
      const last = [x.shape.length - 1];
      return { logits: () => sub(m, weighted, mul(m, sum(m, weighted, last, true), y as Held)) };
    },
  });
}

/** Computes the maximum along axes. */
export function max(m: TensorMachine, x: Held, axes: readonly number[], keep = false): Held {
  return m.run("Max", { x }, outputOf(shapeWithout(x.shape, axes, keep), x.type), {
    save: [x],
    saveOutput: true,
    derive: ([dy], saved) => {
      const [input, output] = saved as readonly [Held, Held];
      const shape = shapeWithout(input.shape, axes, true);
      const short = output.shape.length < input.shape.length;
      const y = short ? reshape(m, output, shape) : output;
      const given = short ? reshape(m, dy as Held, shape) : (dy as Held);
      return { x: () => mul(m, given, cast(m, compare(m, "Equal", input, y), "float32")) };
    },
  });
}

export function logSoftmax(m: TensorMachine, logits: Held): Held {
  const last = [logits.shape.length - 1];
  return m.tidy(() =>
    m.custom(
      { 0: logits },
      (save) => {
        const shifted = sub(m, logits, max(m, logits, last, true));
        const value = sub(m, cast(m, shifted, "float32"), log(m, sum(m, exp(m, shifted), last, true)));
        save([value]);
        return value;
      },
      {
        derive: ([dy], [value]) => {
          const share = exp(m, value as Held);
          const gradient = sub(m, dy as Held, mul(m, sum(m, dy as Held, last, true), share));
          return { 0: () => gradient };
        },
      },
    ),
  );
}
