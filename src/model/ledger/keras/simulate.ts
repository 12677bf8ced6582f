import type {
  KerasEdge,
  KerasNetwork,
  KerasOperation,
} from "../../description/keras/network/keras-network.ts";
import { add, mean } from "./operations/basic.ts";
import { concat, slice } from "./operations/moving.ts";
import type { Held } from "./operations/held-tensor.ts";
import { TensorMachine } from "./operations/tensor-machine.ts";
import { lossOf } from "./losses.ts";
import type { KerasLoss } from "./losses.ts";
import { optimizerState, optimizerStep } from "./optimizers.ts";
import type { KerasOptimizer } from "./optimizers.ts";
import { layerStates, runNetwork, listTrainableVariables } from "./run-network.ts";

/** What is run: `model.predict`, or one step of `model.trainOnBatch`. */
export interface SimulatedRun {
  readonly batch: number;
  /** Batch of `model.predict`. */
  readonly predictBatch: number;
  readonly training?:
    | { readonly optimizer: KerasOptimizer; readonly losses: readonly KerasLoss[]; readonly first: boolean }
    | undefined;
}

function shapeOf(network: KerasNetwork, edge: KerasEdge, batch: number): readonly number[] {
  return (network.calls[edge.call]?.outputShapes[edge.output] ?? []).map((size, axis) =>
    axis === 0 ? batch : (size ?? 1),
  );
}

/** Makes the given batch, in the type of each input. */
function inputsOf(m: TensorMachine, network: KerasNetwork, batch: number): readonly Held[] {
  return network.inputs.map((edge) => {
    const operation = network.layers[network.calls[edge.call]?.layer ?? 0]?.operation;
    const type = operation?.type === "input" && operation.dtype === "int32" ? "int32" : "float32";
    const held = m.make(shapeOf(network, edge, batch), type, { kind: "activations", label: "input batch" });
    held.kept = true;
    return held;
  });
}

/**
 * Predicts in batches. All batches but the last hold the same, plus the outputs so far. Of many, those in the middle are reduced
 * to their outputs: the peak is still in one of the last two.
 */
function skipBatches(run: SimulatedRun): { readonly from: number; readonly to: number } {
  const parts = Math.ceil(run.batch / run.predictBatch);
  if (parts <= 8) return { from: 0, to: 0 };
  return { from: run.predictBatch, to: (parts - 2) * run.predictBatch };
}

function predict(m: TensorMachine, network: KerasNetwork, run: SimulatedRun): void {
  const states = layerStates(m, network);
  const inputs = inputsOf(m, network, run.batch);
  m.markInitial();
  m.begin("forward");
  m.tidy(() => {
    const outputs: Held[][] = network.outputs.map(() => []);
    const skipped = skipBatches(run);
    const context = { machine: m, training: false };
    for (let start = 0; start < run.batch; start += run.predictBatch) {
      const size = Math.min(run.predictBatch, run.batch - start);
      m.purpose = { kind: "output", label: "outputs of batches" };
      if (skipped.from <= start && start < skipped.to) {
        network.outputs.forEach((edge, index) => outputs[index]?.push(m.make(shapeOf(network, edge, size))));
        continue;
      }
      const parts = m.tidy(() => {
        m.purpose = { kind: "activations", label: "input of a batch" };
        const feeds = inputs.map((input) => slice(m, input, [size, ...input.shape.slice(1)]));
        return runNetwork({ ...context, batch: size, mask: undefined }, network, states, feeds);
      });
      parts.forEach((part, index) => outputs[index]?.push(part));
    }
    m.purpose = { kind: "output", label: "outputs" };
    return outputs.map((parts) => concat(m, parts, 0));
  });
}

function labelsOf(
  m: TensorMachine,
  network: KerasNetwork,
  run: SimulatedRun,
  losses: readonly KerasLoss[],
): readonly Held[] {
  return network.outputs.map((edge, index) => {
    const shape = shapeOf(network, edge, run.batch);
    const sparse = losses[index] === "sparse_categorical_crossentropy";
    const held = m.make(sparse ? [...shape.slice(0, -1), 1] : shape, "float32", {
      kind: "activations",
      label: "labels",
    });
    held.kept = true;
    return held;
  });
}

function cellsDrop(operation: KerasOperation): boolean {
  switch (operation.type) {
    case "recurrent":
      return operation.cells.some(({ dropout, recurrentDropout }) => dropout > 0 || recurrentDropout > 0);
    case "conv-lstm":
      return operation.dropout > 0 || operation.recurrentDropout > 0;
    case "bidirectional":
      return cellsDrop(operation.forward) || cellsDrop(operation.backward);
    case "time-distributed":
      return cellsDrop(operation.layer);
    case "network":
      return dropsStates(operation.network);
    default:
      return false;
  }
}

/** Whether recurrent cells have dropout. */
function dropsStates(network: KerasNetwork): boolean {
  return network.layers.some(({ operation }) => cellsDrop(operation));
}

function train(
  m: TensorMachine,
  network: KerasNetwork,
  run: SimulatedRun,
  training: NonNullable<SimulatedRun["training"]>,
): void {
  const states = layerStates(m, network);
  const variables = listTrainableVariables(network, states);
  const optimizer = optimizerState(m, training.optimizer, variables, training.first);
  const inputs = inputsOf(m, network, run.batch);
  const labels = labelsOf(m, network, run, training.losses);
  m.markInitial();
  const forward = (): readonly Held[] =>
    runNetwork({ machine: m, training: true, batch: run.batch, mask: undefined }, network, states, inputs);
  // The dropout masks of cells from one step are still held when the next one begins.
  if (!training.first && dropsStates(network))
    m.tidy(() => {
      forward();
      return [];
    });
  m.begin("forward");
  const total = (): Held => {
    const outputs = forward();
    m.purpose = { kind: "activations", label: "loss" };
    let sum: Held | undefined;
    outputs.forEach((output, index) => {
      const loss = lossOf(m, training.losses[index] ?? "mean_squared_error", labels[index] as Held, output);
      const average = mean(
        m,
        loss,
        loss.shape.map((_, axis) => axis),
      );
      // With several outputs, the loss of each is a metric, which is kept.
      if (outputs.length > 1) average.kept = true;
      sum = sum === undefined ? loss : add(m, sum, loss);
    });
    const all = sum as unknown as Held;
    return mean(
      m,
      all,
      all.shape.map((_, axis) => axis),
    );
  };
  const { gradients } = m.gradients(total, variables, () => {
    m.phase = "backward";
    m.purpose = { kind: "gradients", label: "loss" };
  });
  m.phase = "step";
  optimizerStep(
    m,
    training.optimizer,
    optimizer,
    variables.map((variable, index) => [variable, gradients[index]] as const),
  );
}

/** Simulates a run. `watch` is called after each operation. Returns the machine, with the peak of each phase. */
export function simulate(
  network: KerasNetwork,
  run: SimulatedRun,
  watch?: TensorMachine["watch"],
): TensorMachine {
  const m = new TensorMachine();
  m.watch = watch;
  if (run.training === undefined) predict(m, network, run);
  else train(m, network, run, run.training);
  return m;
}
