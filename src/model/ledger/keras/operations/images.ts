import { cast } from "./basic.ts";
import { outputOf } from "./held-tensor.ts";
import type { Held } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";

/** Runs a convolution over 2 or 3 axes, with the names of its gradients. */
function runWindow(
  m: TensorMachine,
  name: string,
  {
    backward,
    x,
    filter,
    shape,
  }: {
    readonly backward: readonly [input: string, filter: string];
    readonly x: Held;
    readonly filter: Held;
    readonly shape: readonly number[];
  },
): Held {
  return m.run(name, { x, filter }, outputOf(shape, "float32"), {
    save: [x, filter],
    derive: ([dy], saved) => {
      const [input, weights] = saved as readonly [Held, Held];
      return {
        x: () => m.run(backward[0], { dy: dy as Held, filter: weights }, outputOf(input.shape)),
        filter: () => m.run(backward[1], { x: input, dy: dy as Held }, outputOf(weights.shape)),
      };
    },
  });
}

export function conv2d(m: TensorMachine, x: Held, filter: Held, shape: readonly number[]): Held {
  return runWindow(m, "Conv2D", {
    backward: ["Conv2DBackpropInput", "Conv2DBackpropFilter"],
    x,
    filter,
    shape,
  });
}

export function conv3d(m: TensorMachine, x: Held, filter: Held, shape: readonly number[]): Held {
  return runWindow(m, "Conv3D", {
    backward: ["Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"],
    x,
    filter,
    shape,
  });
}

export function depthwiseConv2d(m: TensorMachine, x: Held, filter: Held, shape: readonly number[]): Held {
  const backward = ["DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"] as const;
  return runWindow(m, "DepthwiseConv2dNative", { backward, x, filter, shape });
}

/** Runs a transposed convolution: the gradient of a convolution. Its own gradient is a convolution (2 axes; 3 have none). */
export function convTranspose(m: TensorMachine, dy: Held, filter: Held, shape: readonly number[]): Held {
  const name = shape.length === 4 ? "Conv2DBackpropInput" : "Conv3DBackpropInputV2";
  return m.run(name, { dy, filter }, outputOf(shape, "float32"), {
    save: [dy, filter],
    derive: ([ddx], saved) => {
      const [input, weights] = saved as readonly [Held, Held];
      return {
        dy: () => conv2d(m, ddx as Held, weights, input.shape),
        filter: () => m.run("Conv2DBackpropFilter", { x: ddx as Held, dy: input }, outputOf(weights.shape)),
      };
    },
  });
}

/** Runs a pooling over 2 or 3 axes. Over single elements of an image it returns a view. */
export function pool(
  m: TensorMachine,
  x: Held,
  {
    mode,
    shape,
    single = false,
  }: {
    readonly mode: "max" | "average";
    readonly shape: readonly number[];
    readonly single?: boolean | undefined;
  },
): Held {
  const name = `${mode === "max" ? "MaxPool" : "AvgPool"}${shape.length === 5 ? "3D" : ""}`;
  const viewed = single && shape.length === 4 && shape.every((size, axis) => size === x.shape[axis]);
  const run = viewed ? "Identity" : name;
  if (mode === "max") {
    return m.run(run, { x }, outputOf(shape, x.type), {
      save: [x],
      saveOutput: true,
      derive: ([dy], saved) => {
        const [input, output] = saved as readonly [Held, Held];
        return { x: () => m.run(`${name}Grad`, { dy: dy as Held, input, output }, outputOf(input.shape)) };
      },
    });
  }
  return m.tidy(() => {
    const pooled = m.run(run, { x }, outputOf(shape, "float32"), {
      save: [x],
      derive: ([dy], [saved]) => ({
        x: () =>
          m.run(`${name}Grad`, { dy: dy as Held, input: saved as Held }, outputOf((saved as Held).shape)),
      }),
    });
    return cast(m, pooled, x.type);
  });
}
