import type { ModelDescription } from "../description/model-description.ts";
import { devices, usableBytes } from "./devices.ts";
import type { Device } from "./devices/device.ts";
import { checkPlanOptions, type PlanOptions } from "./plan-options.ts";
import { largestThat, plainFit } from "./variant-search.ts";
import { workloadOf, type Workload } from "./workloads.ts";

type Asked = string | Pick<Workload, "inputTokens" | "outputTokens" | "sequences">;

/** Longest context that is looked for where the model does not say its own. */
const mostTokens = 2 ** 24;
const mostSequences = { "llama.cpp": 256, vllm: 65_536, pytorch: 65_536 } as const;

/**
 * Most tokens of each sequence that fit under the budget, with measures that cost nothing; up to what the model was trained
 * for. Undefined where not even one block of 256 fits. Throws `invalid-option`.
 */
export function longestContext(
  description: ModelDescription,
  workload: Asked,
  options: PlanOptions,
): number | undefined {
  const checked = checkPlanOptions(description, options);
  const wanted = workloadOf(workload);
  const most = Math.max(1, Math.floor((description.contextLength ?? mostTokens) / 256));
  const blocks = largestThat(1, most, (count) => {
    const tokens = { ...wanted, inputTokens: count * 256, outputTokens: 0 };
    return plainFit(description, tokens, checked) !== undefined;
  });
  return blocks === undefined ? undefined : blocks * 256;
}

/** Most sequences of the workload's length that fit at a time, with measures that cost nothing. */
export function mostSequencesThatFit(
  description: ModelDescription,
  workload: Asked,
  options: PlanOptions,
): number | undefined {
  const checked = checkPlanOptions(description, options);
  const wanted = workloadOf(workload);
  return largestThat(
    1,
    mostSequences[checked.engine],
    (sequences) => plainFit(description, { ...wanted, sequences }, checked) !== undefined,
  );
}

/**
 * Largest batch that fits with measures that cost nothing: tokens of a micro-batch in powers of two up to 8,192 for serving,
 * sequences of one device for a training. Undefined where none does.
 */
export function largestBatch(
  description: ModelDescription,
  workload: Asked,
  options: PlanOptions,
): number | undefined {
  const checked = checkPlanOptions(description, options);
  const wanted = workloadOf(workload);
  if (checked.engine === "pytorch") {
    return largestThat(
      1,
      mostSequences.pytorch,
      (batch) =>
        plainFit(description, { ...wanted, sequences: batch * checked.devices }, checked) !== undefined,
    );
  }
  const power = largestThat(0, 13, (exponent) => {
    const ubatch = 2 ** exponent;
    const current = { ...checked.current, ubatch, batch: Math.max(ubatch, 2048) };
    return plainFit(description, wanted, { ...checked, current }) !== undefined;
  });
  return power === undefined ? undefined : 2 ** power;
}

/** The device with the least memory, of those of the table with memory of their own, that holds the workload as it is. */
export function smallestDevice(
  description: ModelDescription,
  workload: Asked,
  options: Omit<PlanOptions, "budgetBytes" | "device">,
): Device | undefined {
  const wanted = workloadOf(workload);
  return devices
    .filter((device) => device.kind !== "host")
    .toSorted(
      (a, b) => usableBytes(a) - usableBytes(b) || b.bandwidthBytesPerSecond - a.bandwidthBytesPerSecond,
    )
    .find((device) => {
      const checked = checkPlanOptions(description, { ...options, device });
      // vLLM and PyTorch's training are looked at for cards with memory of their own
      if (checked.engine !== "llama.cpp" && device.kind !== "gpu") return false;
      return plainFit(description, wanted, checked) !== undefined;
    });
}
