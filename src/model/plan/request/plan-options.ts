import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber, requireOneOf } from "../../../shared/options.ts";
import type { LlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { findDevice, countUsableBytes } from "../devices/find-device.ts";
import type { Device } from "../devices/device.ts";
import type { TrainingOptions } from "../../ledger/training/training-options.ts";
import { defaultRelease, vllmRelease } from "../../ledger/vllm/releases.ts";
import { usualHost, usualSpeed } from "../devices/speed.ts";
import type { Speed } from "../devices/speed.ts";
import type { Workload } from "./workloads.ts";

/** Engines that can be planned for. */
export const planEngines = ["llama.cpp", "vllm", "pytorch"] as const;
export type PlanEngine = (typeof planEngines)[number];

/** Settings of a training run in use now; batch, sequence and ranks come from the workload and the devices. */
export type CurrentTraining = Omit<TrainingOptions, "batch" | "sequence" | "sharding">;

/** What a plan must stay within. */
export interface PlanOptions {
  /**
   * Bytes that each device may hold; the host's where there are no devices. Default: the device's memory, or three quarters of
   * memory shared with the system.
   */
  readonly budgetBytes?: number;
  /** Number of devices, all alike. Default 1; 0: the host alone (llama.cpp). */
  readonly devices?: number;
  /** A device by name or as data, for its memory, bandwidth and peak rate. Default: the rates of a common card. */
  readonly device?: string | Device;
  /** Bytes that the host may hold in addition. Default: not limited. */
  readonly hostBytes?: number;
  /**
   * Default: llama.cpp for GGUF files, vllm for others. `pytorch` plans a training run: the workload's sequences are those of
   * one step.
   */
  readonly engine?: PlanEngine;
  /** Settings in use now, where they differ from the engine's defaults (llama.cpp; vLLM reads `ubatch` as tokens of a step). */
  readonly current?: Pick<
    LlamaCppOptions,
    "flashAttention" | "fullWindows" | "unified" | "keyType" | "valueType" | "ubatch" | "batch"
  >;
  /** Settings of the training run in use now (pytorch). Default: those of `trainingLedger`. */
  readonly training?: CurrentTraining;
  /** vLLM's share of a device's memory. Default 0.92. */
  readonly utilization?: number;
}

/** Checked options, with every default filled in. */
export interface CheckedPlanOptions {
  readonly budgetBytes: number;
  readonly devices: number;
  readonly device: Device | undefined;
  readonly hostBytes: number | undefined;
  readonly engine: PlanEngine;
  readonly current: NonNullable<PlanOptions["current"]>;
  readonly training: CurrentTraining;
  readonly utilization: number;
  readonly speed: Speed;
  readonly hostSpeed: Speed;
}

/** What is planned: a model, a workload and checked options. */
export interface PlanRequest extends CheckedPlanOptions {
  readonly description: ModelDescription;
  readonly workload: Workload;
}

/** Names of the options of a plan. */
export const planOptionNames: readonly string[] = [
  "budgetBytes",
  "devices",
  "device",
  "hostBytes",
  "engine",
  "current",
  "training",
  "utilization",
];
const currentFields = ["flashAttention", "fullWindows", "unified", "keyType", "valueType", "ubatch", "batch"];
const maxBytes = 2 ** 50;

/** Which settings in use each engine reads; others are refused. */
const readBy: Readonly<Record<PlanEngine, readonly string[]>> = {
  "llama.cpp": currentFields,
  vllm: ["ubatch", "batch"],
  pytorch: [],
};

function requireRead(engine: PlanEngine, options: PlanOptions): void {
  const refuse = (option: string, allowed: string): never => {
    throw new LoadlineError(
      "invalid-option",
      `${option} is only supported by ${allowed} (engine: ${engine})`,
      {
        details: { option },
      },
    );
  };
  for (const [name, value] of Object.entries(options.current ?? {}))
    if (value !== undefined && !readBy[engine].includes(name))
      refuse(name, name === "ubatch" || name === "batch" ? "llama.cpp and vllm" : "llama.cpp");
  if (options.utilization !== undefined && engine !== "vllm") refuse("utilization", "vllm");
  if (options.training !== undefined && engine !== "pytorch") refuse("training", "pytorch");
}

/** Checks the options once. Errors: `invalid-option`. */
export function checkPlanOptions(description: ModelDescription, options: PlanOptions): CheckedPlanOptions {
  requireKnownFields("options", options, planOptionNames);
  requireKnownFields("current", options.current ?? {}, currentFields);
  const device = typeof options.device === "string" ? findDevice(options.device) : options.device;
  const budget = options.budgetBytes ?? (device === undefined ? undefined : countUsableBytes(device));
  if (budget === undefined) {
    throw new LoadlineError("invalid-option", "budgetBytes: a plan needs a number of bytes or a device", {
      details: { option: "budgetBytes" },
    });
  }
  const engine = requireOneOf(
    "engine",
    options.engine ?? (description.format === "gguf" ? "llama.cpp" : "vllm"),
    planEngines,
  );
  requireRead(engine, options);
  const usual = device?.kind === "host" && engine === "llama.cpp" ? 0 : 1;
  return {
    budgetBytes: requireInteger("budgetBytes", budget, 1, maxBytes),
    devices: requireInteger(
      "devices",
      options.devices ?? usual,
      engine === "llama.cpp" ? 0 : 1,
      engine === "llama.cpp" ? 16 : 1024,
    ),
    device,
    hostBytes:
      options.hostBytes === undefined
        ? undefined
        : requireInteger("hostBytes", options.hostBytes, 0, maxBytes),
    engine,
    current: options.current ?? {},
    training: options.training ?? {},
    utilization: requireNumber(
      "utilization",
      options.utilization ?? vllmRelease(defaultRelease).utilization,
      0.01,
      1,
    ),
    speed: device ?? usualSpeed,
    hostSpeed: device?.kind === "host" ? device : usualHost,
  };
}
