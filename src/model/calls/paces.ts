import type { ModelDescription } from "../description/model-description.ts";
import type { ByteItem, ByteLedger } from "../ledger/byte-ledger.ts";
import { rooflineOf, trafficOf } from "../ledger/traffic/traffic.ts";
import type { TrainingOptions } from "../ledger/training/training-options.ts";
import type { Device } from "../plan/devices/device.ts";
import { stepRoofline } from "../plan/cost/serving-time.ts";
import type { StepSplit } from "../plan/cost/serving-time.ts";
import type { Pace } from "./model-size.ts";

const allOnDevice: StepSplit = { hostWeights: 0, hostCache: 0, ranks: 1, hostComputes: true };

/**
 * Returns the shares of weights and caches on the host next to a device. The embedding there is only looked up, so it does not
 * count.
 */
function splitOf(description: ModelDescription, { items }: ByteLedger): StepSplit {
  if (items.every(({ device }) => device === "host")) return allOnDevice;
  const sum = (kind: ByteItem["kind"], onHost: boolean): number =>
    items.reduce(
      (bytes, item) =>
        item.kind === kind && (!onHost || item.device === "host") ? bytes + (item.bytes ?? 0) : bytes,
      0,
    );
  const table = description.tensors.find(({ name }) => name === "token_embd.weight")?.bytes ?? 0;
  const share = (part: number, all: number): number => (all <= 0 ? 0 : Math.max(0, part / all));
  return {
    ...allOnDevice,
    // Ignore shares that come from rounding a few vectors
    hostWeights: Math.round(1000 * share(sum("weights", true) - table, sum("weights", false) - table)) / 1000,
    hostCache: share(sum("kv-cache", true), sum("kv-cache", false)),
  };
}

/** How a model is served. Context tokens are those of all sequences together. */
export interface ServingShape {
  readonly contextTokens: number;
  readonly sequences: number;
  readonly ubatch: number;
  readonly cacheElementBytes: number;
}

/** Times a decode step with full contexts and the prompt before it; empty without a device. */
export function servingPaces(
  description: ModelDescription,
  device: Device | undefined,
  shape: ServingShape,
  ledger?: ByteLedger,
): readonly Pace[] {
  if (device === undefined || description.layers.length === 0) return [];
  const split = ledger === undefined ? allOnDevice : splitOf(description, ledger);
  const { sequences, ubatch, cacheElementBytes } = shape;
  const tokens = Math.max(1, Math.floor(shape.contextTokens / sequences));
  return (["decode", "prefill"] as const).map((phase) => {
    const traffic = trafficOf(description, {
      phase,
      sequences,
      tokens,
      cacheElementBytes,
      ubatch,
    });
    return { device, traffic, roofline: stepRoofline(traffic, split, device) };
  });
}

function bytesOf(ledger: ByteLedger, kind: ByteItem["kind"], phase: string): number {
  return ledger.items
    .filter((item) => item.kind === kind && item.phase === phase && item.device === "gpu")
    .reduce((sum, item) => sum + (item.bytes ?? 0), 0);
}

/** Times one micro-step and the optimizer's step; empty without a device. */
export function trainingPaces(
  description: ModelDescription,
  device: Device | undefined,
  options: TrainingOptions,
  ledger: ByteLedger,
): readonly Pace[] {
  if (device === undefined || description.layers.length === 0) return [];
  const traffic = trafficOf(description, {
    phase: "training",
    sequences: options.batch,
    tokens: options.sequence,
    activationBytes: bytesOf(ledger, "activations", "forward"),
    stateBytes: bytesOf(ledger, "optimizer", "load") + bytesOf(ledger, "gradients", "step"),
    recomputed: options.checkpointing === "full",
  });
  return [{ device, traffic, roofline: rooflineOf(traffic, device) }];
}
