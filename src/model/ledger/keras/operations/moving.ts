import { add, clone, reshape, unfit, zerosLike } from "./basic.ts";
import { outputOf } from "./held-tensor.ts";
import type { Held, Inputs } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";

/** Names the inputs of an operation on a list by their indices. */
export function nameByIndex(tensors: readonly Held[]): Inputs {
  return Object.fromEntries(tensors.map((tensor, index) => [String(index), tensor]));
}

export function transpose(m: TensorMachine, x: Held, order: readonly number[]): Held {
  if (x.shape.length <= 1) return clone(m, x);
  if (order.length !== x.shape.length) m.faults.add(unfit(x.shape, order));
  const shape = order.map((axis) => x.shape[axis] ?? 1);
  return m.run("Transpose", { x }, outputOf(shape, x.type), {
    derive: ([dy]) => ({ x: () => transpose(m, dy as Held, undone(order)) }),
  });
}

function undone(order: readonly number[]): readonly number[] {
  const back = order.map(() => 0);
  order.forEach((axis, index) => (back[axis] = index));
  return back;
}

export function reverse(m: TensorMachine, x: Held): Held {
  return m.run("Reverse", { x }, outputOf(x.shape, x.type), {
    derive: ([dy]) => ({ x: () => reverse(m, dy as Held) }),
  });
}

/** Slices a tensor. The gradient is padded back. */
export function slice(m: TensorMachine, x: Held, shape: readonly number[]): Held {
  return m.run("Slice", { x }, outputOf(shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({ x: () => pad(m, dy as Held, (saved as Held).shape) }),
  });
}

export function pad(m: TensorMachine, x: Held, shape: readonly number[]): Held {
  return m.run("PadV2", { x }, outputOf(shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({ x: () => slice(m, dy as Held, (saved as Held).shape) }),
  });
}

function concatenateShapes(tensors: readonly Held[], axis: number): readonly number[] {
  const first = tensors[0]?.shape ?? [];
  const length = tensors.reduce((all, tensor) => all + (tensor.shape[axis] ?? 0), 0);
  return first.map((size, index) => (index === axis ? length : size));
}

export function concat(m: TensorMachine, tensors: readonly Held[], axis: number): Held {
  const [first] = tensors;
  for (const other of tensors.slice(1)) {
    const fits = other.shape.every((size, index) => index === axis || size === first?.shape[index]);
    if (first !== undefined && (!fits || other.shape.length !== first.shape.length))
      m.faults.add(unfit(first.shape, other.shape));
  }
  if (tensors.length === 1 && first !== undefined) return clone(m, first);
  return m.run("Concat", nameByIndex(tensors), outputOf(concatenateShapes(tensors, axis), first?.type), {
    save: tensors,
    derive: ([dy], saved) => {
      const parts = split(
        m,
        dy as Held,
        saved.map((tensor) => tensor.shape[axis] ?? 0),
        axis,
      );
      return Object.fromEntries(parts.map((part, index) => [String(index), () => part]));
    },
  });
}

/** Joins the gradients of the parts of a tensor, which TensorFlow.js cannot do for a single one. */
function several(m: TensorMachine, dys: readonly Held[]): readonly Held[] {
  if (dys.length === 1) m.faults.add("TensorFlow.js does not have the gradient of a single step or part");
  return dys;
}

/** Splits a tensor into parts of the given lengths along an axis. */
export function split(m: TensorMachine, x: Held, lengths: readonly number[], axis: number): readonly Held[] {
  const shapes = lengths.map((length) => x.shape.map((size, index) => (index === axis ? length : size)));
  return m.runMany(
    "SplitV",
    { x },
    { shapes, type: x.type },
    {
      derive: (dys) => ({ x: () => concat(m, several(m, dys), axis) }),
    },
  );
}

/** Stacks tensors along a new axis. */
export function stack(m: TensorMachine, tensors: readonly Held[], axis: number): Held {
  const own = tensors[0]?.shape ?? [];
  const shape = [...own.slice(0, axis), tensors.length, ...own.slice(axis)];
  return m.run("Pack", nameByIndex(tensors), outputOf(shape, tensors[0]?.type), {
    save: tensors,
    derive: ([dy]) => {
      const parts = unstack(m, dy as Held, axis);
      return Object.fromEntries(parts.map((part, index) => [String(index), () => part]));
    },
  });
}

export function unstack(m: TensorMachine, value: Held, axis: number): readonly Held[] {
  m.expect(value.shape[axis] ?? 0);
  const shape = value.shape.filter((_, index) => index !== axis);
  const shapes = Array.from({ length: value.shape[axis] ?? 0 }, () => shape);
  return m.runMany(
    "Unpack",
    { value },
    { shapes, type: value.type },
    {
      derive: (dys) => ({ value: () => stack(m, several(m, dys), axis) }),
    },
  );
}

/** Tiles a tensor, with a gradient for each copy. */
const singleCopies = 500;

export function tile(m: TensorMachine, x: Held, times: readonly number[]): Held {
  const shape = x.shape.map((size, axis) => size * (times[axis] ?? 1));
  const copies = times.reduce((all, each) => all * each, 1);
  return m.run("Tile", { x }, outputOf(shape, x.type), {
    save: [x],
    derive: ([dy], [saved]) => ({
      x: () => {
        let gradient = zerosLike(m, saved as Held);
        const { shape: own } = saved as Held;
        // Each copy leaves a slice and a sum. Of very many, all but the last of either are made at once.
        const single = copies > singleCopies ? 1 : copies;
        if (single < copies) m.make([2 * (copies - 1), ...own]);
        for (let copy = 0; copy < single; copy++) gradient = add(m, gradient, slice(m, dy as Held, own));
        return gradient;
      },
    }),
  });
}

export function expandDims(m: TensorMachine, input: Held, axis: number): Held {
  const at = axis < 0 ? axis + input.shape.length + 1 : axis;
  const shape = [...input.shape.slice(0, at), 1, ...input.shape.slice(at)];
  return m.run("ExpandDims", { input }, outputOf(shape, input.type), {
    save: [input],
    derive: ([dy], [saved]) => ({ input: () => reshape(m, dy as Held, (saved as Held).shape) }),
  });
}

/** Gathers rows of a table by index. `indices` is a list. */
export function gather(m: TensorMachine, x: Held, indices: Held): Held {
  const row = x.shape.slice(1);
  return m.run("GatherV2", { x, indices }, outputOf([...indices.shape, ...row], x.type), {
    save: [x, indices],
    derive: ([dy], saved) => {
      const [table, places] = saved as readonly [Held, Held];
      const order = [0, ...row.map((_, axis) => axis + 1)];
      return {
        x: () => {
          const rows = reshape(m, dy as Held, [...places.shape, ...row]);
          const segments = reshape(m, places, places.shape);
          const values = transpose(m, rows, order);
          return transpose(
            m,
            m.run("UnsortedSegmentSum", { x: values, segments }, outputOf(table.shape)),
            order,
          );
        },
      };
    },
  });
}

export function oneHot(m: TensorMachine, indices: Held, depth: number): Held {
  return m.run("OneHot", { indices }, outputOf([...indices.shape, depth], "int32"), {
    save: [indices],
    derive: () => ({}),
  });
}

/** Resizes images. */
export function resize(
  m: TensorMachine,
  images: Held,
  { height, width, nearest }: { readonly height: number; readonly width: number; readonly nearest: boolean },
): Held {
  const name = nearest ? "ResizeNearestNeighbor" : "ResizeBilinear";
  const shape = [images.shape[0] ?? 1, height, width, images.shape[3] ?? 1];
  return m.run(name, { images }, outputOf(shape, nearest ? images.type : "float32"), {
    save: [images],
    derive: ([dy], [saved]) => ({
      images: () =>
        m.run(`${name}Grad`, { dy: dy as Held, images: saved as Held }, outputOf((saved as Held).shape)),
    }),
  });
}
