import { LoadlineError } from "../../shared/errors.ts";
import { requireKnownFields, requireNumber, requireOneOf } from "../../shared/options.ts";

/** An update rule with its constants. */
export interface Optimizer {
  readonly name: OptimizerName;
  /** Step size. Default: sgd and momentum 0.01, adam and adamw 0.001, lion 0.0001, adafactor 0.01. */
  readonly learningRate: number;
  /** Decay of the first moment. Default 0.9. */
  readonly beta1: number;
  /** Decay of the second moment (adam, adamw; default 0.999) or of the kept momentum (lion; default 0.99). */
  readonly beta2: number;
  /** Added to the root of the second moment. Default 1e-7, as in Keras. */
  readonly epsilon: number;
  /** Each step takes off this share of each matrix, times the learning rate. Default 0.004 for adamw and 0 for lion. */
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

/** An optimizer by name, or by name with some of its constants. */
export type OptimizerChoice = OptimizerName | (Pick<Optimizer, "name"> & Partial<Optimizer>);

/** Completes an optimizer with the default constants. Errors: `invalid-option`. */
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

/** Lists names and shapes of the tensors that an optimizer keeps for a parameter. */
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

/** Counts the rows of a parameter of any rank, treated as a matrix: all dimensions but the last. */
export function matrixRows(shape: readonly number[]): number {
  return shape.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
}
