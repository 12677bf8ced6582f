import { LoadlineError } from "../../shared/errors.ts";
import { kerasLedger, kerasNetwork, kerasTraffic, rooflineOf } from "../../model/index.ts";
import type { Device, KerasNetwork, KerasOptimizer, ModelFile } from "../../model/index.ts";
import { readContext, readWhole } from "../read-numbers.ts";
import { type Given, optional, textOf } from "./size-arguments.ts";
import { whole } from "../../report/text/table.ts";
import type { Pace, Sized } from "../../report/text/sized.ts";

function inputsSaid(network: KerasNetwork): string {
  const shapes = network.inputs.map((edge) => {
    const shape = network.calls[edge.call]?.outputShapes[edge.output];
    return shape === undefined
      ? "unknown"
      : shape
          .slice(1)
          .map((size) => size ?? "?")
          .join(" x ");
  });
  return `input${shapes.length === 1 ? "" : "s"} ${shapes.join(" and ")}`;
}

/** One line about a network: layers, parameters, input. */
function aboutNetwork(network: KerasNetwork): readonly string[] {
  if (network.kind === "graph")
    return ["graph of TensorFlow.js", `${whole(network.parameters ?? 0)} elements of weights and constants`];
  const layers = network.layers.filter((layer) => layer.operation.type !== "input").length;
  const { parameters, trainableParameters } = network;
  const open = network.calls.some((call) =>
    call.outputShapes.some((shape) => shape?.slice(1).includes(undefined)),
  );
  return [
    `${network.kind} network of Keras ${JSON.stringify(network.name.slice(0, 80))}, ${layers} layers`,
    parameters === undefined ? "parameters unknown" : `${whole(parameters)} parameters`,
    ...(trainableParameters === undefined || trainableParameters === parameters
      ? []
      : [`${whole(trainableParameters)} of them trained`]),
    inputsSaid(network),
    ...(open ? ["give the sizes that vary by --sequence"] : []),
  ];
}

/** What a network of Keras holds in TensorFlow.js with the settings of the command line. */
export function kerasSized(file: ModelFile, given: Given, device: Device | undefined): Sized {
  const engine = textOf(given, "engine");
  if (engine !== undefined && engine.toLowerCase() !== "tensorflow.js") {
    throw new LoadlineError(
      "invalid-option",
      `--engine: got ${engine.toLowerCase()}, allowed for a network of Keras: tensorflow.js`,
      {
        details: { option: "engine" },
      },
    );
  }
  const network = kerasNetwork(file, optional(given, "sequence", "openSize", readContext));
  const train = given["train"] === true;
  const batch = readWhole("batch", textOf(given, "batch") ?? (train ? "32" : "1"), 1);
  // the ledger says which names it knows
  const optimizer = textOf(given, "optimizer")?.toLowerCase() as KerasOptimizer | undefined;
  const rule = optimizer === undefined ? {} : { optimizer };
  const ledger = kerasLedger(network, { batch, train, ...rule });
  const traffic = kerasTraffic(network, { batch, phase: train ? "training" : "inference", ...rule });
  const paces: readonly Pace[] =
    device === undefined ? [] : [{ device, traffic, roofline: rooflineOf(traffic, device) }];
  const samples = `${whole(batch)} sample${batch === 1 ? "" : "s"}`;
  return {
    name: file.name,
    about: [
      ...aboutNetwork(network),
      train ? `trained with ${samples} a step and ${optimizer ?? "adam"}` : `predicts ${samples}`,
    ],
    engine: `${ledger.engine} on the CPU, bytes as tf.memory() counts them`,
    peaks: ledger.peaks,
    ledger,
    paces,
    unknown: network.unknown,
  };
}
