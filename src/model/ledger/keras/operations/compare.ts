import { broadcast, cast, clone, matchTypes, mul, shapeWithout, reshape, zerosLike } from "./basic.ts";
import type { Operand } from "./basic.ts";
import { outputOf } from "./held-tensor.ts";
import type { Held } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";

/** Compares two operands. The result has no gradient, but GreaterEqual keeps its inputs for one. */
export function compare(m: TensorMachine, name: string, x: Operand, y: Operand): Held {
  return m.tidy(() => {
    const [a, b] = matchTypes(m, x, y);
    const save = name === "GreaterEqual" ? [a, b] : [];
    return m.run(name, { a, b }, outputOf(broadcast(m, a.shape, b.shape), "bool"), {
      save,
      derive: () => ({}),
    });
  });
}

/** Returns 1 for positive values, otherwise 0. */
export function step(m: TensorMachine, x: Held): Held {
  return m.run("Step", { x }, outputOf(x.shape, x.type), {
    derive: ([dy]) => ({ x: () => zerosLike(m, dy as Held) }),
  });
}

export function logicalNot(m: TensorMachine, x: Held): Held {
  return m.run("LogicalNot", { x }, outputOf(x.shape, "bool"), { derive: () => ({}) });
}

/** Computes whether any element along the axes is true. */
export function any(m: TensorMachine, x: Held, axes: readonly number[], keep = false): Held {
  return m.run("Any", { x }, outputOf(shapeWithout(x.shape, axes, keep), "bool"), { derive: () => ({}) });
}

function broadcastTo(m: TensorMachine, x: Held, shape: readonly number[]): Held {
  return m.tidy(() => {
    const long = Array.from({ length: shape.length - x.shape.length }, () => 1);
    const input = long.length > 0 ? reshape(m, x, [...long, ...x.shape]) : x;
    const alike = input.shape.every((size, axis) => size === shape[axis]);
    return alike
      ? clone(m, input)
      : m.run("Tile", { x: input }, outputOf(shape, input.type), { derive: () => ({}) });
  });
}

/** Selects one tensor's elements where a condition holds, another's elsewhere. */
export function where(m: TensorMachine, given: Held, a: Held, b: Held): Held {
  return m.tidy(() => {
    const shape = broadcast(m, broadcast(m, given.shape, a.shape), b.shape);
    const condition = broadcastTo(m, given, shape);
    const t = broadcastTo(m, a, shape);
    const e = broadcastTo(m, b, shape);
    return m.run("Select", { condition, t, e }, outputOf(shape, t.type), {
      save: [condition],
      derive: ([dy], [saved]) => ({
        condition: () => cast(m, zerosLike(m, saved as Held), "float32"),
        t: () => mul(m, dy as Held, cast(m, saved as Held, "float32")),
        e: () => mul(m, dy as Held, cast(m, logicalNot(m, saved as Held), "float32")),
      }),
    });
  });
}

/** Computes the maximum or minimum of two operands. */
export function extreme(m: TensorMachine, name: "Maximum" | "Minimum", x: Operand, y: Operand): Held {
  return m.tidy(() => {
    const [a, b] = matchTypes(m, x, y);
    const [first, second] = name === "Maximum" ? ["GreaterEqual", "Less"] : ["LessEqual", "Greater"];
    return m.run(name, { a, b }, outputOf(broadcast(m, a.shape, b.shape), a.type), {
      save: [a, b],
      derive: ([dy], saved) => {
        const [one, two] = saved as readonly [Held, Held];
        return {
          a: () => mul(m, dy as Held, cast(m, compare(m, first as string, one, two), "float32")),
          b: () => mul(m, dy as Held, cast(m, compare(m, second as string, one, two), "float32")),
        };
      },
    });
  });
}
