import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { add, clone, div, mul, reshape, sub, sum } from "../operations/basic.ts";
import { extreme } from "../operations/compare.ts";
import { concat, expandDims, transpose } from "../operations/moving.ts";
import { matMul } from "../operations/products.ts";
import { outputOf } from "../operations/held-tensor.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { sqrt } from "../operations/unary.ts";
import type { LayerCall } from "./layer-run.ts";

type MergeMode = Extract<KerasOperation, { type: "merge" }>["mode"];

function mergeInputs(m: TensorMachine, mode: MergeMode, inputs: readonly Held[]): Held {
  return m.tidy(() => {
    const [first, ...others] = inputs as readonly [Held, ...Held[]];
    if (mode === "maximum" || mode === "minimum") {
      const name = mode === "maximum" ? "Maximum" : "Minimum";
      return others.reduce((so, other) => extreme(m, name, so, other), first);
    }
    const combine = mode === "multiply" ? mul : mode === "subtract" ? sub : add;
    const all = others.reduce((so, other) => combine(m, so, other), clone(m, first));
    return mode === "average" ? mul(m, 1, all) : all;
  });
}

export function callMerge(call: LayerCall, mode: MergeMode): Held {
  const m = call.machine;
  return m.tidy(() => {
    const most = Math.max(...call.inputs.map((input) => input.shape.length));
    const alike = call.inputs.every((input) => input.shape.length === most);
    if (alike) return mergeInputs(m, mode, call.inputs);
    const inputs = call.inputs.map((input) => {
      let wide = input;
      while (wide.shape.length < most) {
        const [batch = 1, ...rest] = wide.shape;
        wide = reshape(m, wide, [batch, 1, ...rest]);
      }
      return wide;
    });
    return mergeInputs(m, mode, inputs);
  });
}

export function callConcatenate(call: LayerCall, axis: number): Held {
  const m = call.machine;
  const rank = call.inputs[0]?.shape.length ?? 1;
  return m.tidy(() => concat(m, call.inputs, axis < 0 ? axis + rank : axis));
}

/** Scales a tensor to length 1 along an axis. */
function normalize(m: TensorMachine, x: Held, axis: number): Held {
  return m.tidy(() => {
    const squares = sum(m, mul(m, x, x), [axis], true);
    const least = m.run("Fill", {}, outputOf(squares.shape));
    return div(m, x, sqrt(m, extreme(m, "Maximum", squares, least)));
  });
}

function batchDot(m: TensorMachine, one: Held, two: Held, axes: readonly [number, number]): Held {
  return m.tidy(() => {
    const [xRank, yRank] = [one.shape.length, two.shape.length];
    const difference = Math.abs(xRank - yRank);
    const ones = Array.from({ length: difference }, () => 1);
    const y = xRank > yRank ? reshape(m, two, [...two.shape, ...ones]) : two;
    const x = yRank > xRank ? reshape(m, one, [...one.shape, ...ones]) : one;
    let output: Held;
    if (x.shape.length === 2) {
      const alike = axes[0] === axes[1];
      const product = mul(m, alike ? x : transpose(m, x, [1, 0]), y);
      output = sum(m, product, [alike ? axes[0] : axes[1]]);
    } else
      output = matMul(m, x, y, {
        flipA: axes[0] !== x.shape.length - 1,
        flipB: axes[1] === y.shape.length - 1,
      });
    if (difference > 0) {
      const at = xRank > yRank ? xRank + yRank - 3 : xRank - 1;
      output = reshape(
        m,
        output,
        output.shape.filter((_, axis) => axis < at || axis >= at + difference),
      );
    }
    return output.shape.length === 1 ? expandDims(m, output, 1) : output;
  });
}

export function callDot(call: LayerCall, settings: Extract<KerasOperation, { type: "dot" }>): Held {
  const m = call.machine;
  const [one, two] = call.inputs as readonly [Held, Held];
  const from = (axis: number, x: Held): number => (axis < 0 ? axis + x.shape.length : axis);
  const axes: readonly [number, number] = [from(settings.axes[0], one), from(settings.axes[1], two)];
  return m.tidy(() => {
    if (!settings.normalize) return batchDot(m, one, two, axes);
    return batchDot(m, normalize(m, one, axes[0]), normalize(m, two, axes[1]), axes);
  });
}
