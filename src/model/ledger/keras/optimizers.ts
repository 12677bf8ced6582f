import { add, div, mul, square, sub, zerosLike } from "./operations/basic.ts";
import { extreme } from "./operations/compare.ts";
import { outputOf } from "./operations/held-tensor.ts";
import type { Held, Purpose } from "./operations/held-tensor.ts";
import type { TensorMachine } from "./operations/tensor-machine.ts";
import { abs, sqrt } from "./operations/unary.ts";

/** Optimizers of TensorFlow.js. */
export type KerasOptimizer = "sgd" | "momentum" | "adam" | "rmsprop" | "adagrad" | "adamax" | "adadelta";

/** All optimizers, with the tensors they keep per weight, and their scalars. */
export const kerasOptimizers: Readonly<
  Record<KerasOptimizer, { readonly states: number; readonly scalars: number }>
> = {
  sgd: { states: 0, scalars: 1 },
  momentum: { states: 1, scalars: 2 },
  adam: { states: 2, scalars: 2 },
  rmsprop: { states: 2, scalars: 0 },
  adagrad: { states: 1, scalars: 0 },
  adamax: { states: 2, scalars: 2 },
  adadelta: { states: 2, scalars: 0 },
};

const statePurpose: Purpose = { kind: "optimizer", label: "states" };

/** States of each variable, and scalars. */
export interface OptimizerState {
  readonly scalars: readonly Held[];
  readonly states: Map<Held, readonly Held[]>;
}

/** Makes what stays between steps. The states of the variables are made in the first step. */
export function optimizerState(
  m: TensorMachine,
  optimizer: KerasOptimizer,
  variables: readonly Held[],
  first: boolean,
): OptimizerState {
  const { states, scalars } = kerasOptimizers[optimizer];
  const made = first
    ? []
    : variables.map((variable) => {
        const own = Array.from({ length: states }, () => m.variable(variable.shape, statePurpose));
        return [variable, own] as const;
      });
  return {
    scalars: Array.from({ length: scalars }, () => m.variable([], statePurpose)),
    states: new Map(made),
  };
}

/** Returns the states of a variable, and makes them in its first step. Adamax makes them outside a scope: the zeros stay until the step ends. */
function statesOf(
  m: TensorMachine,
  optimizer: KerasOptimizer,
  state: OptimizerState,
  variable: Held,
): readonly Held[] {
  const before = state.states.get(variable);
  if (before !== undefined) return before;
  const made = Array.from({ length: kerasOptimizers[optimizer].states }, () => {
    const zeros =
      optimizer === "adagrad" ? m.run("Fill", {}, outputOf(variable.shape)) : zerosLike(m, variable);
    const held = m.variable(variable.shape, statePurpose);
    m.assign(held, zeros);
    if (optimizer !== "adamax") m.dispose(zeros);
    return held;
  });
  state.states.set(variable, made);
  return made;
}

/** What one variable's step reads: its value and gradient, its states, and the optimizer's scalars. */
interface VariableStep {
  readonly value: Held;
  readonly gradient: Held;
  readonly states: readonly Held[];
  readonly scalars: readonly Held[];
}

/** Operations of one variable's step. Their results become the variable and its states, which keep their sizes. */
const rules: Readonly<Record<KerasOptimizer, (m: TensorMachine, step: VariableStep) => void>> = {
  sgd: (m, { value, gradient, scalars: [rate] }) => {
    m.assign(value, add(m, mul(m, rate as Held, gradient), value));
  },
  momentum: (m, { value, gradient, states: [before], scalars: [rate, share] }) => {
    const now = add(m, mul(m, share as Held, before as Held), gradient);
    const next = add(m, mul(m, rate as Held, now), value);
    m.assign(before as Held, now);
    m.assign(value, next);
  },
  adam: (m, { value, gradient, states: [first, second], scalars: [power1, power2] }) => {
    const one = add(m, mul(m, first as Held, 1), mul(m, gradient, 1));
    const two = add(m, mul(m, second as Held, 1), mul(m, square(m, gradient), 1));
    const unbiased1 = div(m, one, power1 as Held);
    const unbiased2 = div(m, two, power2 as Held);
    m.assign(first as Held, one);
    m.assign(second as Held, two);
    m.assign(value, add(m, mul(m, div(m, unbiased1, add(m, sqrt(m, unbiased2), 1)), 1), value));
  },
  rmsprop: (m, { value, gradient, states: [squares, moments] }) => {
    // TensorFlow.js computes the mean of squares twice and discards the first.
    const mix = (): Held => add(m, mul(m, squares as Held, 1), mul(m, square(m, gradient), 1));
    mix();
    const now = mix();
    const kept = mul(m, moments as Held, 1);
    const moved = add(m, kept, div(m, mul(m, gradient, 1), sqrt(m, add(m, now, 1))));
    m.assign(squares as Held, now);
    m.assign(moments as Held, moved);
    m.assign(value, sub(m, value, moved));
  },
  adagrad: (m, { value, gradient, states: [sums] }) => {
    const now = add(m, sums as Held, square(m, gradient));
    m.assign(sums as Held, now);
    m.assign(value, add(m, mul(m, div(m, gradient, sqrt(m, add(m, now, 1))), 1), value));
  },
  adamax: (m, { value, gradient, states: [first, norm], scalars: [rate, power] }) => {
    const one = add(m, mul(m, first as Held, 1), mul(m, gradient, 1));
    const two = extreme(m, "Maximum", mul(m, norm as Held, 1), abs(m, gradient));
    m.assign(first as Held, one);
    m.assign(norm as Held, two);
    const scale = div(m, rate as Held, power as Held);
    m.assign(value, add(m, mul(m, scale, div(m, one, add(m, two, 1))), value));
  },
  adadelta: (m, { value, gradient, states: [squares, updates] }) => {
    const now = add(m, mul(m, squares as Held, 1), mul(m, square(m, gradient), 1));
    const top = sqrt(m, add(m, updates as Held, 1));
    const update = mul(m, div(m, top, sqrt(m, add(m, squares as Held, 1))), gradient);
    const moved = add(m, mul(m, updates as Held, 1), mul(m, square(m, update), 1));
    m.assign(squares as Held, now);
    m.assign(updates as Held, moved);
    m.assign(value, add(m, mul(m, update, 1), value));
  },
};

/** Steps all variables in one scope: Adam and Adamax keep all they compute until the step ends. */
function stepTogether(
  m: TensorMachine,
  optimizer: "adam" | "adamax",
  state: OptimizerState,
  pairs: readonly (readonly [Held, Held | undefined])[],
): void {
  m.tidy(() => {
    const [one, two] = state.scalars as readonly [Held, Held];
    const power = sub(m, 1, optimizer === "adam" ? one : two);
    const other = optimizer === "adam" ? sub(m, 1, two) : div(m, -1, add(m, mul(m, one, 1), 1));
    const scalars = optimizer === "adam" ? [power, other] : [other, power];
    for (const [variable, gradient] of pairs) {
      const states = statesOf(m, optimizer, state, variable);
      if (gradient !== undefined) rules[optimizer](m, { value: variable, gradient, states, scalars });
    }
    m.assign(one, optimizer === "adam" ? mul(m, one, 1) : add(m, one, 1));
    m.assign(two, mul(m, two, 1));
    return [];
  });
}

/** Runs one step of an optimizer over variables and their gradients. */
export function optimizerStep(
  m: TensorMachine,
  optimizer: KerasOptimizer,
  state: OptimizerState,
  pairs: readonly (readonly [Held, Held | undefined])[],
): void {
  m.purpose = { kind: "optimizer", label: "temporaries of the step" };
  if (optimizer === "adam" || optimizer === "adamax") {
    stepTogether(m, optimizer, state, pairs);
    return;
  }
  for (const [variable, gradient] of pairs) {
    const states = statesOf(m, optimizer, state, variable);
    if (gradient === undefined) continue;
    m.tidy(() => {
      rules[optimizer](m, { value: variable, gradient, states, scalars: state.scalars });
      return [];
    });
  }
}
