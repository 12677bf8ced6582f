import { activationCodes } from "../kernels/operation.ts";
import type { Activation, Layer, Network } from "../network/layer.ts";
import type { Builder } from "./builder.ts";
import type { Graph, Operation } from "./graph.ts";
import type { Value } from "./value.ts";
import { elementsOfValue, rowsOf, widthOf } from "./value.ts";

/**
 * The quantity that training minimizes, as its mean over the batch:
 * - `meanSquaredError`: mean((y - t)^2) over the outputs of a sample. y, t: (..., width) floats.
 * - `sparseCategoricalCrossentropy`: -log softmax(x)[label] of each row. x: (rows, classes), labels: (rows) int32.
 * - `binaryCrossentropy`: mean of -t log p - (1 - t) log(1 - p) over the outputs of a sample. p, t: (..., width), t 0 or 1.
 */
export type LossName = "meanSquaredError" | "sparseCategoricalCrossentropy" | "binaryCrossentropy";

/** The activation that each cross-entropy includes: computing both at once is faster and does not overflow. */
const includedActivation: Readonly<Record<LossName, Activation | undefined>> = {
  meanSquaredError: undefined,
  sparseCategoricalCrossentropy: "softmax",
  binaryCrossentropy: "sigmoid",
};

/**
 * Returns the layers without the last activation if the loss includes it, and that activation. If the network does not end in it,
 * its output is treated as logits.
 */
export function withoutLastActivation(
  network: Network,
  loss: LossName,
): { readonly layers: readonly Layer[]; readonly activation: Activation | undefined } {
  const wanted = includedActivation[loss];
  const last = network.layers.at(-1);
  if (wanted === undefined || last === undefined) return { layers: network.layers, activation: undefined };
  const before = network.layers.slice(0, -1);
  if (last.type === wanted && before.length > 0) return { layers: before, activation: wanted };
  if ((last.type === "dense" || last.type === "conv2d") && last.activation === wanted) {
    return { layers: [...before, { ...last, activation: "linear" }], activation: wanted };
  }
  return { layers: network.layers, activation: wanted };
}

/** A lowered loss: its tensors, the operations that evaluate and predict, and the shape of the targets. */
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

/** Emits the loss and its gradient by the output. output, gradient: (rows, width); losses, hits: (1) per sample. */
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
