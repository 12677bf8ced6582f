import type { ModelDescription } from "../../description/model-description.ts";
import { rooflineOf, trafficOf } from "../../ledger/traffic/traffic.ts";
import type { Roofline, Traffic } from "../../ledger/traffic/traffic.ts";
import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import { usualHost } from "../devices/speed.ts";
import type { Speed } from "../devices/speed.ts";
import type { Workload } from "../request/workloads.ts";

/** Where the bytes of a step are stored, and which side computes with them. */
export interface StepSplit {
  /** Share of the weights' bytes, and of the caches', on the host. */
  readonly hostWeights: number;
  readonly hostCache: number;
  /** Devices that share each layer (tensor parallel). */
  readonly ranks: number;
  /** True where the host computes with what it holds (llama.cpp); false where it is sent to the device in each pass (vLLM). */
  readonly hostComputes: boolean;
}

/** How a workload is served. */
export interface ServingRun extends StepSplit {
  readonly description: ModelDescription;
  readonly workload: Workload;
  /** Sequences at a time; the workload's other sequences wait. */
  readonly sequences: number;
  /** Share of the workload's tokens that the context holds. */
  readonly contextShare: number;
  readonly ubatch: number;
  readonly cacheElementBytes: number;
}

function bytesOf(traffic: Traffic, cached: boolean): number {
  return traffic.items.reduce(
    (sum, item) =>
      (item.label === "keys and values") === cached ? sum + item.readBytes + item.writtenBytes : sum,
    0,
  );
}

function decodeSeconds(run: StepSplit, traffic: Traffic, device: Speed, host: Speed): number {
  const weights = bytesOf(traffic, false);
  const cache = bytesOf(traffic, true);
  const hostBytes = weights * run.hostWeights + cache * run.hostCache;
  const hostShare = hostBytes / Math.max(1, weights + cache);
  const onDevice = rooflineOf(
    {
      bytes: (weights + cache - hostBytes) / run.ranks,
      operations: (traffic.operations * (1 - hostShare)) / run.ranks,
      tokens: traffic.tokens,
    },
    device,
  ).seconds;
  if (hostBytes === 0) return onDevice;
  if (!run.hostComputes) return onDevice + hostBytes / (device.hostLinkBytesPerSecond ?? 32e9);
  return (
    onDevice +
    rooflineOf({ bytes: hostBytes, operations: traffic.operations * hostShare, tokens: 1 }, host).seconds
  );
}

/** Prompts: weights on the host are sent to the device for each large batch, which is faster than computing there. */
function prefillSeconds(run: StepSplit, traffic: Traffic, device: Speed, host: Speed): number {
  if (run.hostWeights === 1 && run.hostComputes) return rooflineOf(traffic, host).seconds;
  const sent = bytesOf(traffic, false) * run.hostWeights + bytesOf(traffic, true) * run.hostCache;
  const onDevice = rooflineOf(
    { bytes: traffic.bytes / run.ranks, operations: traffic.operations / run.ranks, tokens: traffic.tokens },
    device,
  ).seconds;
  return onDevice + sent / (device.hostLinkBytesPerSecond ?? 32e9);
}

/**
 * Returns the least time of a decode step or a prompt where part of the model is on the host next to a device. Without such a
 * part it is the device's own roofline.
 */
export function stepRoofline(
  traffic: Traffic,
  split: StepSplit,
  device: Speed,
  host: Speed = usualHost,
): Roofline {
  const own = rooflineOf(traffic, device);
  if (split.hostWeights === 0 && split.hostCache === 0) return own;
  const secondsOf = traffic.phase === "decode" ? decodeSeconds : prefillSeconds;
  const seconds = secondsOf(split, traffic, device, host);
  const onDevice = secondsOf({ ...split, hostWeights: 0, hostCache: 0 }, traffic, device, host);
  const binds = seconds > 2 * onDevice ? "host" : own.binds;
  return { ...own, seconds, tokensPerSecond: traffic.tokens / seconds, binds };
}

/**
 * Returns a lower bound of the seconds to serve the workload once: prompts, then one token after another, in as many rounds as
 * there are batches of sequences. It orders plans; real engines reach a fraction of it.
 */
export function servingSeconds(run: ServingRun, device: Speed, host: Speed): number {
  const { workload, description } = run;
  if (weightGroups(description) === undefined || description.layers.length === 0) return 0;
  const inputTokens = Math.max(1, Math.round(workload.inputTokens * run.contextShare));
  const outputTokens = Math.round(workload.outputTokens * run.contextShare);
  const shared = { sequences: run.sequences, cacheElementBytes: run.cacheElementBytes };
  const prompt = trafficOf(description, {
    phase: "prefill",
    tokens: inputTokens,
    ubatch: run.ubatch,
    ...shared,
  });
  const step = trafficOf(description, {
    phase: "decode",
    tokens: inputTokens + Math.floor(outputTokens / 2),
    ...shared,
  });
  const rounds = workload.sequences / run.sequences;
  // Half the context does half the work, so scale the time up to the full workload
  return (
    (rounds / run.contextShare) *
    (prefillSeconds(run, prompt, device, host) + outputTokens * decodeSeconds(run, step, device, host))
  );
}
