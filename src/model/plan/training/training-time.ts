import { rooflineOf, trafficOf } from "../../ledger/traffic/traffic.ts";
import { weightGroups } from "../../ledger/traffic/weight-groups.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { microBatch, sequenceTokens } from "./training-state.ts";
import type { TrainingState } from "./training-state.ts";

/** Link between devices and host where the device does not state its own: PCI Express 4.0 with 16 lanes. */
const usualLink = 32e9;
/** Bytes per parameter that Adam on the host reads and writes: weights, gradients and two states of four bytes. */
const hostStepBytes = 28;

/** Times one micro-step of a device at the roofline. */
function microSeconds(state: TrainingState, request: PlanRequest): number {
  const batch = microBatch(state, request);
  const traffic = trafficOf(state.description, {
    phase: "training",
    sequences: batch,
    tokens: sequenceTokens(state, request.workload),
    recomputed: state.checkpointing === "full",
  });
  // Frozen weights have no gradients: one of the passes' products is not computed
  const passes = state.checkpointing === "full" ? 4 : 3;
  const share = state.adapter === undefined ? 1 : (passes - 1) / passes;
  return rooflineOf({ ...traffic, operations: traffic.operations * share }, request.speed).seconds;
}

/** Returns the bytes that a device exchanges with the others in a step, over all its micro-steps. */
function bytesExchanged(state: TrainingState, request: PlanRequest, parameters: number): number {
  if (request.devices < 2) return 0;
  const others = (request.devices - 1) / request.devices;
  const element = state.precision === "fp32" ? 4 : 2;
  const trained = state.adapter === undefined ? parameters : parameters * 0.01;
  const kind = state.sharding?.kind;
  const steps = state.accumulationSteps;
  // Weights are gathered for both passes and gradients scattered, in every micro-step
  if (kind === "zero-3" || kind === "fsdp") return others * element * steps * (2 * parameters + trained);
  // Gradients are scattered in every micro-step, weights gathered once
  if (kind === "zero-2") return others * element * trained * (steps + 1);
  return others * 2 * trained * element;
}

/**
 * Returns a lower bound of the seconds of one step over the full batch: products, the bytes that devices exchange, and the
 * optimizer. A shortened sequence does less work, so its time is scaled to all requested tokens. It orders plans.
 */
export function trainingSeconds(state: TrainingState, request: PlanRequest): number {
  const groups = weightGroups(state.description);
  if (groups === undefined || state.description.layers.length === 0) return 0;
  const parameters = state.description.parameters ?? 0;
  const link = request.speed.hostLinkBytesPerSecond ?? usualLink;
  const trained = state.adapter === undefined ? parameters : parameters * 0.01;
  const isShared = state.sharding !== undefined && state.sharding.kind !== "ddp";
  const each = trained / (isShared ? request.devices : 1);
  const stepBytes = each * (state.precision === "bf16" ? 14 : 28);
  const isOffloaded = state.sharding?.offloadOptimizer === true;
  const step = isOffloaded
    ? (4 * each) / link + (each * request.devices * hostStepBytes) / request.hostSpeed.bandwidthBytesPerSecond
    : stepBytes / request.speed.bandwidthBytesPerSecond;
  const sent =
    state.sharding?.offloadParameters === true
      ? ((2 * parameters * 2) / request.devices / link) * state.accumulationSteps
      : 0;
  const exchanged = bytesExchanged(state, request, parameters) / link;
  const micro = microSeconds(state, request) * state.accumulationSteps;
  return (micro + step + sent + exchanged) / state.sequenceShare;
}
