import type { ModelSize, ModelSummary, NetworkSummary, TrainingOptions } from "../../model/index.ts";
import { formatBytes } from "./format-bytes.ts";
import { formatInteger } from "./format-table.ts";

/** Describes a model in one line: family, layers, parameters, type, context. */
export function describeModelFacts(model: ModelSummary): readonly string[] {
  const { windowLayers: windows, recurrentLayers: states, experts } = model;
  const parts = [
    model.known ? model.architecture : `${model.architecture} (unknown family)`,
    `${model.layers} layers${windows > 0 ? `, ${windows} with a window` : ""}${states > 0 ? `, ${states} with a state` : ""}`,
    experts === undefined ? "" : `${experts.used} of ${experts.count} experts`,
    model.parameters === undefined ? "" : `${(model.parameters / 1e9).toPrecision(3)} billion parameters`,
    model.weightBytes === undefined
      ? ""
      : `${formatBytes(model.weightBytes)} of weights${model.weightType === undefined ? "" : `, mostly ${model.weightType}`}`,
    model.contextLength === undefined ? "" : `trained for ${formatInteger(model.contextLength)} tokens`,
  ];
  return parts.filter((part) => part !== "");
}

function describeInputs({ inputs }: NetworkSummary): string {
  const shapes = inputs.map((shape) =>
    shape === null ? "unknown" : shape.map((size) => size ?? "?").join(" x "),
  );
  return `input${shapes.length === 1 ? "" : "s"} ${shapes.join(" and ")}`;
}

/** Describes a network in one line: layers, parameters, input. */
function describeNetworkFacts(network: NetworkSummary): readonly string[] {
  const { parameters, trainableParameters } = network;
  if (network.topology === "graph")
    return ["graph of TensorFlow.js", `${formatInteger(parameters ?? 0)} elements of weights and constants`];
  return [
    `${network.topology} network of Keras ${JSON.stringify(network.networkName.slice(0, 80))}, ${network.layers} layers`,
    parameters === undefined ? "parameters unknown" : `${formatInteger(parameters)} parameters`,
    ...(trainableParameters === undefined || trainableParameters === parameters
      ? []
      : [`${formatInteger(trainableParameters)} of them trained`]),
    describeInputs(network),
    ...(network.hasOpenSizes ? ["sizes that vary are given by --sequence"] : []),
  ];
}

/** Describes how a model is trained. */
function describeTraining(options: TrainingOptions): string {
  const { batch, sequence, adapter, sharding } = options;
  const steps = options.accumulationSteps ?? 1;
  const parts = [
    `${batch} sequence${batch === 1 ? "" : "s"} of ${formatInteger(sequence)} tokens${steps > 1 ? `, ${steps} micro-steps` : ""}`,
    options.precision ?? (adapter === undefined ? "amp-bf16" : "bf16"),
    options.optimizer ?? "adamw",
    ...(adapter === undefined ? [] : [`${adapter.kind} of rank ${adapter.rank}`]),
    ...(sharding === undefined ? [] : [`${sharding.kind} over ${sharding.ranks} devices`]),
  ];
  return `trained with ${parts.join(", ")}`;
}

/** Describes what was counted: the model, and how it runs if the ledger does not say so. */
export function describeSizeFacts(size: ModelSize): readonly string[] {
  if (size.engine === "pytorch") return [...describeModelFacts(size.model), describeTraining(size.options)];
  if (size.engine !== "tensorflow.js") return describeModelFacts(size.model);
  const { batch, train, optimizer } = size.options;
  const samples = `${formatInteger(batch)} sample${batch === 1 ? "" : "s"}`;
  return [
    ...describeNetworkFacts(size.model),
    train === true ? `trained with ${samples} per step and ${optimizer ?? "adam"}` : `predicts ${samples}`,
  ];
}

/** Describes the engine and release that was counted for. */
export function describeEngine({ engine, ledger }: ModelSize): string {
  return engine === "tensorflow.js"
    ? `${ledger.engine} on the CPU, bytes as tf.memory() counts them`
    : ledger.engine;
}
