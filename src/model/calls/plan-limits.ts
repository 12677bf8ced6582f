import type { ModelDescription } from "../description/model-description.ts";
import {
  findMaxBatch,
  findMaxContextTokens,
  findMaxSequences,
  findSmallestDevice,
} from "../plan/find-limits.ts";
import type { PlanOptions } from "../plan/request/plan-options.ts";
import type { WorkloadChoice } from "../plan/request/workloads.ts";

/** The largest values that fit a budget with measures that cost nothing, each with the others unchanged. Undefined where nothing fits. */
export interface PlanLimits {
  /** Tokens of each sequence. */
  readonly maxContextTokens: number | undefined;
  /** Sequences at a time; of a step when training. */
  readonly maxSequences: number | undefined;
  /** Tokens of a micro-batch; sequences of one device when training. */
  readonly maxBatch: number | undefined;
  /** Name of the listed device with the least memory that fits the workload. */
  readonly smallestDevice: string | undefined;
}

/** Finds the limits of a budget, one after another. Errors: `invalid-option`. */
export function findLimits(
  description: ModelDescription,
  workload: WorkloadChoice,
  options: PlanOptions,
): PlanLimits {
  const { budgetBytes: _budget, device: _device, ...rest } = options;
  return {
    maxContextTokens: findMaxContextTokens(description, workload, options),
    maxSequences: findMaxSequences(description, workload, options),
    maxBatch: findMaxBatch(description, workload, options),
    smallestDevice: findSmallestDevice(description, workload, rest)?.name,
  };
}
