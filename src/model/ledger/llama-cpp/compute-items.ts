import { findLlamaCppFamily, isNotFollowed } from "../../description/families/find-family.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { hasUnsizedState } from "./cache-items.ts";
import { estimateComputeBytes } from "./closed-form.ts";
import { engineName } from "./engine-name.ts";
import type { EngineRun } from "./engine-run.ts";
import { host } from "./placement.ts";
import type { Placement } from "./placement.ts";
import { computeReservedBytes, computeReservedBytesByDevice } from "./reserved-bytes.ts";

const graphFormula =
  "peak of the engine's graph, planned as ggml does: inputs first, best fit, in place where possible";

function inputsOf({ options, sizes }: EngineRun): ByteItem["inputs"] {
  return {
    ubatch: sizes.ubatch,
    outputs: Math.min(sizes.ubatch, sizes.outputs),
    cells: sizes.cells,
    flashAttention: options.context.flashAttention ? "on" : "off",
  };
}

/** Copies of inputs that several devices keep to work on several micro-batches at a time. */
const pipelineCopies = 4;

/** Returns true if the engine pipelines micro-batches over several devices. */
function isPipelined({ description, options }: EngineRun): boolean {
  const all = options.gpuLayers > description.layers.length;
  return options.devices > 1 && all && options.offloadCache && options.overrides.length === 0;
}

/** What the items of the compute buffer have in common. */
type Base = Pick<ByteItem, "kind" | "phase" | "inputs" | "engine" | "label">;

/** Item of a model whose graph is unknown. */
function unknownComputeItem(base: Base, description: ModelDescription, placement: Placement): ByteItem {
  return {
    ...base,
    device: placement.output,
    bytes: undefined,
    formula: graphFormula,
    confidence: "unknown",
    note: `the graph of ${description.architecture} is unknown`,
  };
}

/** Returns true for families that were compared, if the file gives everything they need. */
function isVerified(description: ModelDescription): boolean {
  return description.known && findLlamaCppFamily(description.architecture)?.compared === true;
}

/** Note for families that were not compared: their buffer is planned with the common decoder graph. */
function noteOf(description: ModelDescription): { readonly note?: string } {
  if (isVerified(description)) return {};
  return { note: "planned with the common decoder graph; within 15 % for similar families" };
}

function hostItem(base: Base, { description, options, sizes }: EngineRun): ByteItem {
  const { promptBytes, tokenBytes } = computeReservedBytes(description, options.context, sizes, 32);
  const verified = isVerified(description);
  return {
    ...base,
    ...noteOf(description),
    device: host,
    bytes: Math.max(promptBytes, tokenBytes),
    formula: graphFormula,
    confidence: verified ? "exact" : "calibrated",
  };
}

function deviceItems(base: Base, run: EngineRun): readonly ByteItem[] {
  const { description, options, sizes, placement } = run;
  const copies = isPipelined(run) ? pipelineCopies : 1;
  const deviceOf = (part: number | "output"): string =>
    part === "output" ? placement.output : (placement.layers[part] ?? placement.output);
  const byDevice = computeReservedBytesByDevice(description, options.context, sizes, { deviceOf, copies });
  return [...byDevice].map(([device, bytes]) => ({
    ...base,
    label: device === host ? "compute buffer: inputs and looked-up rows" : base.label,
    device,
    bytes,
    formula: graphFormula,
    inputs: { ...base.inputs, copies },
    ...noteOf(description),
    confidence: "derived" as const,
  }));
}

/**
 * Returns the compute buffers by device. On the host alone they follow the engine's own planning, exact for compared
 * families; over several devices its splits are simplified. A family whose graph is unknown has no figure.
 */
export function computeItems(run: EngineRun): readonly ByteItem[] {
  const { description, options, sizes, placement } = run;
  const inputs = inputsOf(run);
  const base: Base = { kind: "compute", label: "compute buffer", phase: "load", inputs, engine: engineName };
  const unsized = description.embeddingWidth === undefined || hasUnsizedState(description);
  const unfollowed = isNotFollowed(description.architecture) || unsized;
  if (unfollowed || description.vocabularySize === undefined)
    return [unknownComputeItem(base, description, placement)];
  if (description.format !== "gguf" || description.tensors.length === 0) {
    return [
      {
        ...base,
        device: placement.output,
        bytes: estimateComputeBytes(description, options.context, sizes),
        formula: "max of logits, feed-forward and (without flash attention) attention, for one micro-batch",
        confidence: "calibrated",
        note: "within 15 %",
      },
    ];
  }
  if (options.gpuLayers === 0) return [hostItem(base, run)];
  return deviceItems(base, run);
}
