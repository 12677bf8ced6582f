import { rooflineOf, specFromFile, trafficOf, trainingLedger } from "../../model/index.ts";
import type { ByteLedger, Device, ModelFile, Spec, TrainingOptions } from "../../model/index.ts";
import { aboutSpec } from "./about-spec.ts";
import type { Given } from "./size-arguments.ts";
import type { Pace, Sized } from "./sized.ts";
import { trainingOptions } from "./training-arguments.ts";

function bytesOf(ledger: ByteLedger, kind: string, phase: string): number {
  return ledger.lines
    .filter((line) => line.kind === kind && line.phase === phase && line.device === "gpu")
    .reduce((sum, line) => sum + (line.bytes ?? 0), 0);
}

/** One micro-step and the optimizer's step on a device. */
function stepPace(spec: Spec, ledger: ByteLedger, options: TrainingOptions, device: Device): Pace {
  const traffic = trafficOf(spec, {
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
  const spec = specFromFile(file);
  const options = trainingOptions(given, spec);
  const ledger = trainingLedger(spec, options);
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
    name: spec.name,
    about: [...aboutSpec(spec), `trained with ${setup.join(", ")}`],
    engine: ledger.engine,
    ledger,
    paces: device === undefined || spec.layers.length === 0 ? [] : [stepPace(spec, ledger, options, device)],
    unknown: spec.unknown,
  };
}
