import { LoadlineError } from "../../shared/errors.ts";
import { requireKnownFields, requireNumber, requireOneOf } from "../../shared/options.ts";

/** How parameters are moved along their gradient, with the constants of each rule. */
export interface Optimizer {
  readonly name: OptimizerName;
  /** Step size. Defaults: sgd and momentum 0.01, adam and adamw 0.001, lion 0.0001, adafactor 0.01. */
  readonly learningRate: number;
  /** Decay of the first moment. Default 0.9. */
  readonly beta1: number;
  /** Decay of the second moment (adam, adamw: 0.999) or of the kept momentum (lion: 0.99). */
  readonly beta2: number;
  /** Added to the root of the second moment. Default 1e-7, as in Keras. */
  readonly epsilon: number;
  /** Share of each matrix that is taken off at each step, times the learning rate (adamw and lion). Default 0.004 and 0. */
  readonly weightDecay: number;
}

export type OptimizerName = "sgd" | "momentum" | "adam" | "adamw" | "lion" | "adafactor";

const names = ["sgd", "momentum", "adam", "adamw", "lion", "adafactor"] as const;

const defaults: Readonly<Record<OptimizerName, Omit<Optimizer, "name">>> = {
  sgd: { learningRate: 0.01, beta1: 0, beta2: 0, epsilon: 0, weightDecay: 0 },
  momentum: { learningRate: 0.01, beta1: 0.9, beta2: 0, epsilon: 0, weightDecay: 0 },
  adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 },
  adamw: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.004 },
  lion: { learningRate: 0.0001, beta1: 0.9, beta2: 0.99, epsilon: 0, weightDecay: 0 },
  adafactor: { learningRate: 0.01, beta1: 0, beta2: 0, epsilon: 0, weightDecay: 0 },
};

/** What may be said of an optimizer: its name, or its name with some of its constants. */
export type OptimizerChoice = OptimizerName | (Pick<Optimizer, "name"> & Partial<Optimizer>);

/** An optimizer with all its constants. Errors: `invalid-option`. */
export function readOptimizer(choice: OptimizerChoice): Optimizer {
  const given = typeof choice === "string" ? { name: choice } : choice;
  requireKnownFields("optimizer", given, [
    "name",
    "learningRate",
    "beta1",
    "beta2",
    "epsilon",
    "weightDecay",
  ]);
  const name = requireOneOf("optimizer.name", given.name, names);
  const full = { ...defaults[name], ...given, name };
  requireNumber("optimizer.learningRate", full.learningRate, 0, 1000);
  requireNumber("optimizer.epsilon", full.epsilon, 0, 1);
  requireNumber("optimizer.weightDecay", full.weightDecay, 0, 1);
  for (const field of ["beta1", "beta2"] as const) {
    const value = requireNumber(`optimizer.${field}`, full[field], 0, 1);
    if (value === 1) throw new LoadlineError("invalid-option", `optimizer.${field}: got 1, allowed: below 1`);
  }
  return full;
}

/** Tensors of state an optimizer keeps for a parameter of a shape: their names and shapes. */
export function stateOf(
  name: OptimizerName,
  shape: readonly number[],
): readonly { readonly name: string; readonly shape: readonly number[] }[] {
  if (name === "sgd") return [];
  if (name === "momentum" || name === "lion") return [{ name: "momentum", shape }];
  if (name === "adam" || name === "adamw") {
    return [
      { name: "first_moment", shape },
      { name: "second_moment", shape },
    ];
  }
  if (shape.length < 2) return [{ name: "second_moment", shape }];
  return [
    { name: "row_moment", shape: [matrixRows(shape)] },
    { name: "column_moment", shape: [shape.at(-1) ?? 1] },
  ];
}

/** A parameter of more than two dimensions is taken for a matrix of its last one. */
export function matrixRows(shape: readonly number[]): number {
  return shape.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
}
