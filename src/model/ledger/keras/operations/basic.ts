import { outputOf } from "./held-tensor.ts";
import type { ElementType, Held } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";

/** Returns the shape of an operation on two tensors, aligned at their last axes. */
export function broadcast(m: TensorMachine, a: readonly number[], b: readonly number[]): readonly number[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const skipped = long.length - short.length;
  return long.map((size, axis) => {
    const other = axis < skipped ? 1 : (short[axis - skipped] ?? 1);
    if (size !== 1 && other !== 1 && size !== other) m.faults.add(unfit(a, b));
    return size === 1 ? other : size;
  });
}

/** Returns the fault of two shapes that TensorFlow.js rejects. */
export function unfit(a: readonly number[], b: readonly number[]): string {
  return `TensorFlow.js cannot combine the shapes ${a.join(" x ")} and ${b.join(" x ")}`;
}

/** Counts the elements of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** Returns the axes over which a gradient is summed to fit an input that was broadcast. */
export function findBroadcastAxes(input: readonly number[], output: readonly number[]): readonly number[] {
  const skipped = output.length - input.length;
  return output.flatMap((size, axis) => {
    const own = axis < skipped ? undefined : input[axis - skipped];
    return own === undefined || (own === 1 && size > 1) ? [axis] : [];
  });
}

/** Returns a shape without some axes, or with 1 in their place. */
export function shapeWithout(
  shape: readonly number[],
  axes: readonly number[],
  keep: boolean,
): readonly number[] {
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  if (keep) return shape.map((size, axis) => (gone.has(axis) ? 1 : size));
  return shape.filter((_, axis) => !gone.has(axis));
}

export function reshape(m: TensorMachine, x: Held, shape: readonly number[]): Held {
  if (elements(shape) !== elements(x.shape)) m.faults.add(unfit(x.shape, shape));
  return m.run("Reshape", { x }, outputOf(shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({ x: () => reshape(m, dy as Held, (saved as Held).shape) }),
  });
}

export function clone(m: TensorMachine, x: Held): Held {
  return m.run("Identity", { x }, outputOf(x.shape, x.type), {
    derive: ([dy]) => ({ x: () => cast(m, dy as Held, "float32") }),
  });
}

export function cast(m: TensorMachine, x: Held, type: ElementType): Held {
  return m.run("Cast", { x }, outputOf(x.shape, type), {
    derive: ([dy]) => ({ x: () => clone(m, dy as Held) }),
  });
}

export function zerosLike(m: TensorMachine, x: Held): Held {
  return m.run("ZerosLike", { x }, outputOf(x.shape, x.type), {
    derive: ([dy]) => ({ x: () => zerosLike(m, dy as Held) }),
  });
}

export function onesLike(m: TensorMachine, x: Held): Held {
  return m.run("OnesLike", { x }, outputOf(x.shape, x.type), {
    derive: ([dy]) => ({ x: () => zerosLike(m, dy as Held) }),
  });
}

/** A tensor, or a number, which becomes a tensor of one element. */
export type Operand = Held | number;

function operand(m: TensorMachine, value: Operand): Held {
  return typeof value === "number" ? m.make([]) : value;
}

const width: Readonly<Record<ElementType, number>> = { bool: 0, int32: 1, float32: 2 };

/** Converts two operands to one type: if they differ, both are cast to the wider. */
export function matchTypes(m: TensorMachine, a: Operand, b: Operand): readonly [Held, Held] {
  const [one, two] = [operand(m, a), operand(m, b)];
  if (one.type === two.type) return [one, two];
  const type = width[one.type] > width[two.type] ? one.type : two.type;
  return [cast(m, one, type), cast(m, two, type)];
}

/** Sums a gradient over the axes that were broadcast. */
function sumTo(m: TensorMachine, dy: Held, shape: readonly number[], output: readonly number[]): Held {
  const axes = findBroadcastAxes(shape, output);
  return axes.length > 0 ? sum(m, dy, axes) : dy;
}

export function add(m: TensorMachine, x: Operand, y: Operand): Held {
  return m.tidy(() => {
    const [a, b] = matchTypes(m, x, y);
    const shape = broadcast(m, a.shape, b.shape);
    return m.run("Add", { a, b }, outputOf(shape, a.type), {
      save: [a, b],
      derive: ([dy], [one, two]) => ({
        a: () => reshape(m, sumTo(m, dy as Held, (one as Held).shape, shape), (one as Held).shape),
        b: () => reshape(m, sumTo(m, dy as Held, (two as Held).shape, shape), (two as Held).shape),
      }),
    });
  });
}

export function sub(m: TensorMachine, x: Operand, y: Operand): Held {
  return m.tidy(() => {
    const [a, b] = matchTypes(m, x, y);
    const shape = broadcast(m, a.shape, b.shape);
    return m.run("Sub", { a, b }, outputOf(shape, a.type), {
      save: [a, b],
      derive: ([dy], [one, two]) => ({
        a: () => reshape(m, sumTo(m, dy as Held, (one as Held).shape, shape), (one as Held).shape),
        b: () => reshape(m, neg(m, sumTo(m, dy as Held, (two as Held).shape, shape)), (two as Held).shape),
      }),
    });
  });
}

function sumAndReshape(
  m: TensorMachine,
  gradient: Held,
  shape: readonly number[],
  output: readonly number[],
): Held {
  const axes = findBroadcastAxes(shape, output);
  return axes.length > 0 ? reshape(m, sum(m, gradient, axes), shape) : gradient;
}

export function mul(m: TensorMachine, x: Operand, y: Operand): Held {
  return m.tidy(() => {
    const [a, b] = matchTypes(m, x, y);
    const shape = broadcast(m, a.shape, b.shape);
    return m.run("Multiply", { a, b }, outputOf(shape, a.type), {
      save: [a, b],
      derive: ([dy], saved) => {
        const [one, two] = saved as readonly [Held, Held];
        return {
          a: () => sumAndReshape(m, mul(m, dy as Held, cast(m, two, "float32")), one.shape, shape),
          b: () => sumAndReshape(m, mul(m, dy as Held, cast(m, one, "float32")), two.shape, shape),
        };
      },
    });
  });
}

export function div(m: TensorMachine, x: Operand, y: Operand): Held {
  return m.tidy(() => {
    const [a, b] = matchTypes(m, x, y);
    const shape = broadcast(m, a.shape, b.shape);
    return m.run("RealDiv", { a, b }, outputOf(shape, a.type), {
      save: [a, b],
      derive: ([dy], saved) => {
        const [one, two] = saved as readonly [Held, Held];
        return {
          a: () => sumAndReshape(m, div(m, dy as Held, cast(m, two, "float32")), one.shape, shape),
          b: () => {
            const res = sumAndReshape(m, mul(m, dy as Held, cast(m, one, "float32")), two.shape, shape);
            return neg(m, div(m, res, cast(m, square(m, two), "float32")));
          },
        };
      },
    });
  });
}

export function neg(m: TensorMachine, x: Held): Held {
  return m.run("Neg", { x }, outputOf(x.shape, x.type), {
    derive: ([dy]) => ({ x: () => neg(m, dy as Held) }),
  });
}

export function square(m: TensorMachine, x: Held): Held {
  return m.run("Square", { x }, outputOf(x.shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({
      x: () => mul(m, dy as Held, mul(m, cast(m, saved as Held, "float32"), 2)),
    }),
  });
}

export function sum(m: TensorMachine, given: Held, axes: readonly number[], keep = false): Held {
  return m.tidy(() => {
    const x = given.type === "bool" ? cast(m, given, "int32") : given;
    return m.run("Sum", { x }, outputOf(shapeWithout(x.shape, axes, keep), x.type), {
      save: [x],
      derive: ([dy], [saved]) => {
        // Computed at once, so it stays until the entire backward pass is done.
        const { shape } = saved as Held;
        const expanded = reshape(m, dy as Held, shapeWithout(shape, axes, true));
        const derived = mul(m, expanded, m.make(shape));
        return { x: () => derived };
      },
    });
  });
}

export function mean(m: TensorMachine, x: Held, axes: readonly number[], keep = false): Held {
  return m.run("Mean", { x }, outputOf(shapeWithout(x.shape, axes, keep), "float32"), {
    save: [x],
    derive: ([dy], [saved]) => ({
      x: () => {
        const { shape } = saved as Held;
        const expanded = reshape(m, dy as Held, shapeWithout(shape, axes, true));
        return div(m, mul(m, expanded, m.make(shape)), 1);
      },
    }),
  });
}
