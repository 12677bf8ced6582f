import { activationCodes } from "../kernels/operation.ts";
import type { Activation, Layer, Network } from "../network/layer.ts";
import type { Builder } from "./builder.ts";
import type { Graph, Operation } from "./graph.ts";
import type { Value } from "./value.ts";
import { elementsOfValue, rowsOf, widthOf } from "./value.ts";

/**
 * What is made small, as its mean over the batch:
 * - `meanSquaredError`: of each sample mean((y - t)^2) over its outputs; targets are floats of the output's shape.
 * - `sparseCategoricalCrossentropy`: -log softmax(x)[label] of each row; targets are int32 labels, one a row.
 * - `binaryCrossentropy`: of each sample the mean over its outputs of -t log p - (1 - t) log(1 - p); targets are floats 0 or 1.
 */
export type LossName = "meanSquaredError" | "sparseCategoricalCrossentropy" | "binaryCrossentropy";

/** The activation each cross-entropy takes in: it computes both at once, which is quicker and does not overflow. */
const takenIn: Readonly<Record<LossName, Activation | undefined>> = {
  meanSquaredError: undefined,
  sparseCategoricalCrossentropy: "softmax",
  binaryCrossentropy: "sigmoid",
};

/**
 * The network without the activation at its end that the loss takes in; `taken` says whether there was one. Without it the
 * network's output is taken for logits.
 */
export function withoutLastActivation(
  network: Network,
  loss: LossName,
): { readonly layers: readonly Layer[]; readonly activation: Activation | undefined } {
  const wanted = takenIn[loss];
  const last = network.layers.at(-1);
  if (wanted === undefined || last === undefined) return { layers: network.layers, activation: undefined };
  const before = network.layers.slice(0, -1);
  if (last.type === wanted && before.length > 0) return { layers: before, activation: wanted };
  if ((last.type === "dense" || last.type === "conv2d") && last.activation === wanted) {
    return { layers: [...before, { ...last, activation: "linear" }], activation: wanted };
  }
  return { layers: network.layers, activation: wanted };
}

/** The loss of an output: what is emitted into the step, what evaluates alone, and what the targets look like. */
export interface LoweredLoss {
  readonly gradient: number;
  readonly target: number;
  readonly losses: number;
  readonly hits: number;
  readonly evaluate: readonly Operation[];
  readonly predict: readonly Operation[];
  readonly hasAccuracy: boolean;
  readonly lossRows: number;
  readonly targetShape: Graph["targetShape"];
}

const kernels = {
  meanSquaredError: "squaredError",
  sparseCategoricalCrossentropy: "crossEntropy",
  binaryCrossentropy: "binaryCrossEntropy",
} as const;

function predictOperation(activation: Activation | undefined, output: Value): readonly Operation[] {
  const rows = rowsOf(output);
  const common = {
    phase: "forward",
    label: "probabilities",
    writes: [output.tensor],
    reads: [output.tensor],
    fractions: [],
    mayReplace: [0],
    adds: false,
  } as const;
  if (activation === "softmax") return [{ ...common, name: "softmax", numbers: [rows, widthOf(output)] }];
  if (activation === "sigmoid") {
    return [{ ...common, name: "activation", numbers: [elementsOfValue(output), activationCodes.sigmoid] }];
  }
  return [];
}

/** Emits the loss and its gradient by the output. */
export function lowerLoss(
  builder: Builder,
  loss: LossName,
  activation: Activation | undefined,
  output: Value,
): LoweredLoss {
  const sparse = loss === "sparseCategoricalCrossentropy";
  const rows = rowsOf(output);
  const shape = sparse ? output.dimensions.slice(0, -1) : output.dimensions;
  const target = builder.tensor("inputs", "sample", shape, "targets");
  const losses = builder.tensor("workspace", "sample", [1], "losses");
  const hits = builder.tensor("workspace", "sample", [1], "right answers");
  const gradient = builder.tensor("gradients", "sample", output.dimensions, "gradient of the output");
  const operation: Omit<Operation, "writes" | "mayReplace"> = {
    name: kernels[loss],
    phase: "forward",
    label: "loss",
    reads: [output.tensor, target],
    numbers: [sparse ? rows : 1, sparse ? widthOf(output) : elementsOfValue(output)],
    fractions: [],
    adds: false,
  };
  builder.setPlace("backward", "loss");
  builder.emit({ ...operation, writes: [gradient, hits, losses], mayReplace: [0] });
  return {
    gradient,
    target,
    losses,
    hits,
    evaluate: [{ ...operation, writes: [undefined, hits, losses], mayReplace: [] }],
    predict: predictOperation(activation, output),
    hasAccuracy: loss !== "meanSquaredError",
    lossRows: sparse ? rows : 1,
    targetShape: { shape, type: sparse ? "int32" : "float32" },
  };
}
