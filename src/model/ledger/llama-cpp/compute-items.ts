import { findLlamaCppFamily, isNotFollowed } from "../../description/families/find-family.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { hasUnsizedState } from "./cache-items.ts";
import { estimateComputeBytes } from "./closed-form.ts";
import { engineName } from "./engine-name.ts";
import type { EngineRun } from "./engine-run.ts";
import { host, type Placement } from "./placement.ts";
import { computeReservedBytes, computeReservedBytesByDevice } from "./reserved-bytes.ts";

const graphFormula = "peak of the engine's graph, planned as ggml plans it: best fit, in place, inputs first";

function inputsOf({ options, sizes }: EngineRun): ByteItem["inputs"] {
  return {
    ubatch: sizes.ubatch,
    outputs: Math.min(sizes.ubatch, sizes.outputs),
    cells: sizes.cells,
    flashAttention: options.context.flashAttention ? "on" : "off",
  };
}

/** Largest number of copies of inputs that several devices keep for working on several micro-batches at a time. */
const pipelineCopies = 4;

function isPipelined({ description, options }: EngineRun): boolean {
  const all = options.gpuLayers > description.layers.length;
  return options.devices > 1 && all && options.offloadCache && options.overrides.length === 0;
}

/** The parts that items of the compute buffer share. */
type Base = Pick<ByteItem, "kind" | "phase" | "inputs" | "engine" | "label">;

function unknownComputeItem(base: Base, description: ModelDescription, placement: Placement): ByteItem {
  return {
    ...base,
    device: placement.output,
    bytes: undefined,
    formula: graphFormula,
    confidence: "unknown",
    note: `the graph of ${description.architecture} is not followed`,
  };
}

/** True for families that were compared, and files that say all that these need. */
function isVerified(description: ModelDescription): boolean {
  return description.known && findLlamaCppFamily(description.architecture)?.compared === true;
}

/** A family that was not compared is planned by the graph that most decoders have. */
function noteOf(description: ModelDescription): { readonly note?: string } {
  if (isVerified(description)) return {};
  return { note: "by the common graph of decoders; within 15 % for families near it" };
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
 * Compute buffers by device. On the host alone the engine's own planning is followed, exact for the verified families;
 * over several devices its splits are simplified. Families that cannot be followed have no figure.
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
        formula:
          "max of logits, feed-forward part and, without flash attention, attention, for one micro-batch",
        confidence: "calibrated",
        note: "within 15 %",
      },
    ];
  }
  if (options.gpuLayers === 0) return [hostItem(base, run)];
  return deviceItems(base, run);
}
