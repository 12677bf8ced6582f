import { add, broadcast, findBroadcastAxes, reshape, sum, mul, unfit } from "./basic.ts";
import { step } from "./compare.ts";
import { outputOf } from "./held-tensor.ts";
import type { Held } from "./held-tensor.ts";
import type { TensorMachine } from "./tensor-machine.ts";
import { elu, relu } from "./unary.ts";

/** Activations that TensorFlow.js' layers fuse with a product. */
export type Fused = "linear" | "relu" | "elu";

function splitMatrixShape(
  shape: readonly number[],
  flip: boolean,
): readonly [readonly number[], number, number] {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return [shape.slice(0, -2), flip ? columns : rows, flip ? rows : columns];
}

export function matMul(
  m: TensorMachine,
  a: Held,
  b: Held,
  {
    flipA = false,
    flipB = false,
  }: { readonly flipA?: boolean | undefined; readonly flipB?: boolean | undefined } = {},
): Held {
  const [outerA, rows, inner] = splitMatrixShape(a.shape, flipA);
  const [outerB, other, columns] = splitMatrixShape(b.shape, flipB);
  if (inner !== other) m.faults.add(unfit(a.shape, b.shape));
  return m.run(
    "BatchMatMul",
    { a, b },
    outputOf([...broadcast(m, outerA, outerB), rows, columns], "float32"),
    {
      save: [a, b],
      derive: ([given], saved) => {
        const [one, two] = saved as readonly [Held, Held];
        const dy = given as Held;
        return {
          a: () =>
            flipA
              ? matMul(m, two, dy, { flipA: flipB, flipB: true })
              : matMul(m, dy, two, { flipA: false, flipB: !flipB }),
          b: () =>
            flipB
              ? matMul(m, dy, one, { flipA: true, flipB: flipA })
              : matMul(m, one, dy, { flipA: !flipA, flipB: false }),
        };
      },
    },
  );
}

export function applyFused(m: TensorMachine, x: Held, fused: Fused): Held {
  if (fused === "relu") return relu(m, x);
  return fused === "elu" ? elu(m, x) : x;
}

function biasGradient(m: TensorMachine, bias: Held, dy: Held): Held {
  const axes = findBroadcastAxes(bias.shape, dy.shape);
  return reshape(m, axes.length > 0 ? sum(m, dy, axes) : dy, bias.shape);
}

function throughActivation(m: TensorMachine, dy: Held, y: Held, fused: Fused): Held {
  return fused === "relu" ? mul(m, dy, step(m, y)) : dy;
}

/** The parts of a fused operation. */
interface FusedProduct {
  readonly name: string;
  readonly x: Held;
  readonly weights: Held;
  readonly bias: Held | undefined;
  readonly fused: Fused;
  readonly shape: readonly number[];
  /** The tensors it saves, in the order of TensorFlow.js, without the bias. */
  readonly save: (output: Held) => readonly Held[];
  readonly finish: (output: Held) => Held;
  /** Computes the gradients of x and weights from saved tensors and the gradient before the activation. */
  readonly derive: (dy: Held, saved: readonly Held[]) => readonly [Held, Held];
  readonly before: (dy: Held, y: Held) => Held;
}

/** Runs product, bias and activation as one operation. All its gradients are computed at once. */
function runFused(m: TensorMachine, product: FusedProduct): Held {
  const { x, weights, bias, fused } = product;
  const inputs = { 0: x, 1: weights, ...(bias === undefined ? {} : { 2: bias }) };
  return m.custom(
    inputs,
    (save) => {
      const output = m.run(product.name, inputs, outputOf(product.shape));
      save([...product.save(output), ...(bias === undefined ? [] : [bias])]);
      return product.finish(output);
    },
    {
      derive: ([dy], saved) => {
        const y = saved[2] as Held;
        const through = throughActivation(m, product.before(dy as Held, y), y, fused);
        const [dx, dw] = product.derive(through, saved);
        const gradients = { 0: () => dx, 1: () => dw };
        if (bias === undefined) return gradients;
        const db = biasGradient(m, saved[3] as Held, through);
        return { ...gradients, 2: () => db };
      },
    },
  );
}

function runFusedMatMul(
  m: TensorMachine,
  a: Held,
  b: Held,
  { bias, fused }: { readonly bias: Held | undefined; readonly fused: Fused },
): Held {
  const [rows = 1, inner = 1] = a.shape;
  const columns = b.shape[1] ?? 1;
  if (a.shape.length !== 2 || inner !== b.shape[0]) m.faults.add(unfit(a.shape, b.shape));
  const x = reshape(m, a, [1, rows, inner]);
  const weights = reshape(m, b, [1, inner, columns]);
  return runFused(m, {
    name: "_FusedMatMul",
    x,
    weights,
    bias,
    fused,
    shape: [1, rows, columns],
    save: (output) => [x, weights, output],
    finish: (output) => reshape(m, output, [rows, columns]),
    before: (dy, y) => reshape(m, dy, y.shape),
    derive: (dy, [one, two]) => [
      matMul(m, dy, two as Held, { flipA: false, flipB: true }),
      matMul(m, one as Held, dy, { flipA: true, flipB: false }),
    ],
  });
}

/**
 * Multiplies two matrices, with bias and activation. While gradients are recorded, only linear products are fused
 * (tfjs-core 4.22, fused_util.ts, shouldFuse).
 */
export function denseProduct(
  m: TensorMachine,
  a: Held,
  b: Held,
  { bias, fused = "linear" }: { readonly bias?: Held | undefined; readonly fused?: Fused | undefined } = {},
): Held {
  return m.tidy(() => {
    if (!m.isRecording || fused === "linear") return runFusedMatMul(m, a, b, { bias, fused });
    const product = matMul(m, a, b);
    return applyFused(m, bias === undefined ? product : add(m, product, bias), fused);
  });
}

/** Runs a fused convolution of images with their channels last. `unfused` runs its parts instead. */
export function runFusedConvolution(
  m: TensorMachine,
  x: Held,
  filter: Held,
  {
    shape,
    bias,
    fused,
    unfused,
  }: {
    readonly shape: readonly number[];
    readonly bias: Held | undefined;
    readonly fused: Fused;
    readonly unfused: () => Held;
  },
): Held {
  return m.tidy(() => {
    if (m.isRecording && fused !== "linear") {
      const product = unfused();
      return applyFused(m, bias === undefined ? product : add(m, product, bias), fused);
    }
    return runFused(m, {
      name: "FusedConv2D",
      x,
      weights: filter,
      bias,
      fused,
      shape,
      save: (output) => [filter, x, output],
      finish: (output) => output,
      before: (dy) => dy,
      derive: (dy, [weights, input]) => [
        m.run("Conv2DBackpropInput", { dy, filter: weights as Held }, outputOf((input as Held).shape)),
        m.run("Conv2DBackpropFilter", { x: input as Held, dy }, outputOf((weights as Held).shape)),
      ],
    });
  });
}
