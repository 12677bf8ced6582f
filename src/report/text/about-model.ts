import type { ModelSize, ModelSummary, NetworkSummary, TrainingOptions } from "../../model/index.ts";
import { describeBytes } from "./bytes.ts";
import { whole } from "./table.ts";

/** One line about a model: family, layers, parameters, type, context. */
export function aboutModel(model: ModelSummary): readonly string[] {
  const { windowLayers: windows, recurrentLayers: states, experts } = model;
  const parts = [
    model.known ? model.architecture : `${model.architecture} (not known here)`,
    `${model.layers} layers${windows > 0 ? `, ${windows} with a window` : ""}${states > 0 ? `, ${states} with a state` : ""}`,
    experts === undefined ? "" : `${experts.used} of ${experts.count} experts`,
    model.parameters === undefined ? "" : `${(model.parameters / 1e9).toPrecision(3)} billion parameters`,
    model.weightBytes === undefined
      ? ""
      : `${describeBytes(model.weightBytes)} of weights${model.weightType === undefined ? "" : `, mostly ${model.weightType}`}`,
    model.contextLength === undefined ? "" : `trained for ${model.contextLength} tokens`,
  ];
  return parts.filter((part) => part !== "");
}

function describeInputs({ inputs }: NetworkSummary): string {
  const shapes = inputs.map((shape) =>
    shape === null ? "unknown" : shape.map((size) => size ?? "?").join(" x "),
  );
  return `input${shapes.length === 1 ? "" : "s"} ${shapes.join(" and ")}`;
}

/** One line about a network: layers, parameters, input. */
function aboutNetwork(network: NetworkSummary): readonly string[] {
  const { parameters, trainableParameters } = network;
  if (network.topology === "graph")
    return ["graph of TensorFlow.js", `${whole(parameters ?? 0)} elements of weights and constants`];
  return [
    `${network.topology} network of Keras ${JSON.stringify(network.networkName.slice(0, 80))}, ${network.layers} layers`,
    parameters === undefined ? "parameters unknown" : `${whole(parameters)} parameters`,
    ...(trainableParameters === undefined || trainableParameters === parameters
      ? []
      : [`${whole(trainableParameters)} of them trained`]),
    describeInputs(network),
    ...(network.hasOpenSizes ? ["give the sizes that vary by --sequence"] : []),
  ];
}

/** How a model is trained, in a few words. */
function describeTraining(options: TrainingOptions): string {
  const { batch, sequence, adapter, sharding } = options;
  const steps = options.accumulationSteps ?? 1;
  const parts = [
    `${batch} sequence${batch === 1 ? "" : "s"} of ${sequence} tokens${steps > 1 ? `, ${steps} micro-steps` : ""}`,
    options.precision ?? (adapter === undefined ? "amp-bf16" : "bf16"),
    options.optimizer ?? "adamw",
    ...(adapter === undefined ? [] : [`${adapter.kind} of rank ${adapter.rank}`]),
    ...(sharding === undefined ? [] : [`${sharding.kind} over ${sharding.ranks} devices`]),
  ];
  return `trained with ${parts.join(", ")}`;
}

/** What was counted: the model, and how it is run where that is not in the ledger. */
export function aboutSize(size: ModelSize): readonly string[] {
  if (size.engine === "pytorch") return [...aboutModel(size.model), describeTraining(size.options)];
  if (size.engine !== "tensorflow.js") return aboutModel(size.model);
  const { batch, train, optimizer } = size.options;
  const samples = `${whole(batch)} sample${batch === 1 ? "" : "s"}`;
  return [
    ...aboutNetwork(size.model),
    train === true ? `trained with ${samples} a step and ${optimizer ?? "adam"}` : `predicts ${samples}`,
  ];
}

/** The engine and release that was counted for. */
export function describeEngine({ engine, ledger }: ModelSize): string {
  return engine === "tensorflow.js"
    ? `${ledger.engine} on the CPU, bytes as tf.memory() counts them`
    : ledger.engine;
}
