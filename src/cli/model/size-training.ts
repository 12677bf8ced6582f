import { rooflineOf, describeModel, trafficOf, trainingLedger } from "../../model/index.ts";
import type { ByteLedger, Device, ModelFile, ModelDescription, TrainingOptions } from "../../model/index.ts";
import type { Given } from "./size-arguments.ts";
import { trainingOptions } from "./training-arguments.ts";
import { aboutModel } from "../../report/text/about-model.ts";
import type { Pace, Sized } from "../../report/text/sized.ts";

function bytesOf(ledger: ByteLedger, kind: string, phase: string): number {
  return ledger.items
    .filter((line) => line.kind === kind && line.phase === phase && line.device === "gpu")
    .reduce((sum, line) => sum + (line.bytes ?? 0), 0);
}

/** One micro-step and the optimizer's step on a device. */
function stepPace(
  description: ModelDescription,
  ledger: ByteLedger,
  options: TrainingOptions,
  device: Device,
): Pace {
  const traffic = trafficOf(description, {
    phase: "training",
    sequences: options.batch,
    tokens: options.sequence,
    activationBytes: bytesOf(ledger, "activations", "forward"),
    stateBytes: bytesOf(ledger, "optimizer", "load") + bytesOf(ledger, "gradients", "step"),
    recomputed: options.checkpointing === "full",
  });
  return { device, traffic, roofline: rooflineOf(traffic, device) };
}

/** What a step of training holds with the settings of the command line. */
export function trainingSized(file: ModelFile, given: Given, device: Device | undefined): Sized {
  const description = describeModel(file);
  const options = trainingOptions(given, description);
  const ledger = trainingLedger(description, options);
  const steps = options.accumulationSteps ?? 1;
  const setup = [
    `${options.batch} sequence${options.batch === 1 ? "" : "s"} of ${options.sequence} tokens${steps > 1 ? `, ${steps} micro-steps` : ""}`,
    options.precision ?? (options.adapter === undefined ? "amp-bf16" : "bf16"),
    options.optimizer ?? "adamw",
    ...(options.adapter === undefined ? [] : [`${options.adapter.kind} of rank ${options.adapter.rank}`]),
    ...(options.sharding === undefined
      ? []
      : [`${options.sharding.kind} over ${options.sharding.ranks} devices`]),
  ];
  return {
    name: description.name,
    about: [...aboutModel(description), `trained with ${setup.join(", ")}`],
    engine: ledger.engine,
    ledger,
    paces:
      device === undefined || description.layers.length === 0
        ? []
        : [stepPace(description, ledger, options, device)],
    unknown: description.unknown,
  };
}
