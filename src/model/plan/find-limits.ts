import type { ModelDescription } from "../description/model-description.ts";
import { devices, countUsableBytes } from "./devices/find-device.ts";
import type { Device } from "./devices/device.ts";
import { checkPlanOptions } from "./request/plan-options.ts";
import type { PlanOptions, PlanRequest } from "./request/plan-options.ts";
import { plannerFor } from "./planner.ts";
import { findMax } from "./variant-search.ts";
import { workloadOf } from "./request/workloads.ts";
import type { WorkloadChoice } from "./request/workloads.ts";

/** The longest context that is tried where the model does not state its own. */
const maxTokens = 2 ** 24;
const maxSequences = { "llama.cpp": 256, vllm: 65_536, pytorch: 65_536 } as const;
/** Step of the search: llama.cpp pads contexts to a multiple of 256 tokens. */
const contextStep = 256;

function fits(request: PlanRequest): boolean {
  return plannerFor(request).freeFitBytes() !== undefined;
}

function requestOf(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: PlanOptions,
): PlanRequest {
  return { ...checkPlanOptions(description, options), description, workload: workloadOf(workload) };
}

/**
 * Finds the most tokens of each sequence that fit under the budget with measures that cost nothing, up to what the model was
 * trained for. Undefined where not even 256 fit. Errors: `invalid-option`.
 */
export function findMaxContextTokens(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: PlanOptions,
): number | undefined {
  const request = requestOf(description, workload, options);
  const maxBlocks = Math.max(1, Math.floor((description.contextLength ?? maxTokens) / contextStep));
  const blocks = findMax(1, maxBlocks, (count) => {
    const tokens = { ...request.workload, inputTokens: count * contextStep, outputTokens: 0 };
    return fits({ ...request, workload: tokens });
  });
  return blocks === undefined ? undefined : blocks * contextStep;
}

/**
 * Finds the most sequences of the workload's length that fit at a time, with measures that cost nothing. Undefined where
 * none fits. Errors: `invalid-option`.
 */
export function findMaxSequences(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: PlanOptions,
): number | undefined {
  const request = requestOf(description, workload, options);
  return findMax(1, maxSequences[request.engine], (sequences) =>
    fits({ ...request, workload: { ...request.workload, sequences } }),
  );
}

/**
 * Finds the largest batch that fits with measures that cost nothing: tokens of a micro-batch, in powers of two up to 8,192,
 * for serving; sequences of one device for training. Undefined where none does. Errors: `invalid-option`.
 */
export function findMaxBatch(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: PlanOptions,
): number | undefined {
  const request = requestOf(description, workload, options);
  if (request.engine === "pytorch") {
    return findMax(1, maxSequences.pytorch, (batch) =>
      fits({ ...request, workload: { ...request.workload, sequences: batch * request.devices } }),
    );
  }
  const power = findMax(0, 13, (exponent) => {
    const ubatch = 2 ** exponent;
    return fits({ ...request, current: { ...request.current, ubatch, batch: Math.max(ubatch, 2048) } });
  });
  return power === undefined ? undefined : 2 ** power;
}

/**
 * Finds the listed device with the least memory that fits the workload with measures that cost nothing, processors left out.
 * Errors: `invalid-option`.
 */
export function findSmallestDevice(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: Omit<PlanOptions, "budgetBytes" | "device">,
): Device | undefined {
  return devices
    .filter((device) => device.kind !== "host")
    .toSorted(
      (a, b) =>
        countUsableBytes(a) - countUsableBytes(b) || b.bandwidthBytesPerSecond - a.bandwidthBytesPerSecond,
    )
    .find((device) => {
      const request = requestOf(description, workload, { ...options, device });
      // vLLM and PyTorch are planned only for cards with memory of their own
      if (request.engine !== "llama.cpp" && device.kind !== "gpu") return false;
      return fits(request);
    });
}
