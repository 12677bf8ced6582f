import type { ByteLine } from "../byte-ledger.ts";
import type { Spec } from "../../spec/spec.ts";
import { hasUnsizedState } from "./cache-lines.ts";
import { closedFormBytes } from "./closed-form.ts";
import { reservedBytes, reservedBytesByDevice } from "./compute.ts";
import type { ContextSizes } from "./context.ts";
import { engineName } from "./engine-name.ts";
import type { CheckedLlamaCppOptions } from "./options.ts";
import { host, type Placement } from "./placement.ts";
import { unfollowedFamilies, verifiedFamilies } from "./verified.ts";

const graphFormula = "peak of the engine's graph, planned as ggml plans it: best fit, in place, inputs first";

function inputsOf(options: CheckedLlamaCppOptions, sizes: ContextSizes): ByteLine["inputs"] {
  return {
    ubatch: sizes.ubatch,
    outputs: Math.min(sizes.ubatch, sizes.outputs),
    cells: sizes.cells,
    flashAttention: options.context.flashAttention ? "on" : "off",
  };
}

/** Largest number of copies of inputs that several devices keep for working on several micro-batches at a time. */
const pipelineCopies = 4;

function isPipelined(spec: Spec, options: CheckedLlamaCppOptions): boolean {
  const all = options.gpuLayers > spec.layers.length;
  return options.devices > 1 && all && options.offloadCache && options.overrides.length === 0;
}

/** The parts that lines of the compute buffer share. */
type Base = Pick<ByteLine, "kind" | "phase" | "inputs" | "engine" | "label">;

function unfollowedLine(base: Base, spec: Spec, placement: Placement): ByteLine {
  return {
    ...base,
    device: placement.output,
    bytes: undefined,
    formula: graphFormula,
    confidence: "unknown",
    note: `the graph of ${spec.architecture} is not followed`,
  };
}

/** True for families that were compared, and files that say all that these need. */
function isVerified(spec: Spec): boolean {
  return spec.known && verifiedFamilies.has(spec.architecture);
}

/** A family that was not compared is planned by the graph that most decoders have. */
function noteOf(spec: Spec): { readonly note?: string } {
  if (isVerified(spec)) return {};
  return { note: "by the common graph of decoders; within 15 % for families near it" };
}

function hostLine(base: Base, spec: Spec, options: CheckedLlamaCppOptions, sizes: ContextSizes): ByteLine {
  const { promptBytes, tokenBytes } = reservedBytes(spec, options.context, sizes, 32);
  const verified = isVerified(spec);
  return {
    ...base,
    ...noteOf(spec),
    device: host,
    bytes: Math.max(promptBytes, tokenBytes),
    formula: graphFormula,
    confidence: verified ? "exact" : "calibrated",
  };
}

function deviceLines(
  base: Base,
  spec: Spec,
  options: CheckedLlamaCppOptions,
  sizes: ContextSizes,
  placement: Placement,
): readonly ByteLine[] {
  const copies = isPipelined(spec, options) ? pipelineCopies : 1;
  const deviceOf = (part: number | "output"): string =>
    part === "output" ? placement.output : (placement.layers[part] ?? placement.output);
  const byDevice = reservedBytesByDevice(spec, options.context, sizes, deviceOf, copies);
  return [...byDevice].map(([device, bytes]) => ({
    ...base,
    label: device === host ? "compute buffer: inputs and looked-up rows" : base.label,
    device,
    bytes,
    formula: graphFormula,
    inputs: { ...base.inputs, copies },
    ...noteOf(spec),
    confidence: "derived" as const,
  }));
}

/**
 * Compute buffers by device. On the host alone the engine's own planning is followed, exact for the verified families;
 * over several devices its splits are simplified. Families that cannot be followed have no figure.
 */
export function computeLines(
  spec: Spec,
  options: CheckedLlamaCppOptions,
  sizes: ContextSizes,
  placement: Placement,
): readonly ByteLine[] {
  const inputs = inputsOf(options, sizes);
  const base: Base = { kind: "compute", label: "compute buffer", phase: "load", inputs, engine: engineName };
  const unsized = spec.embeddingWidth === undefined || hasUnsizedState(spec);
  const unfollowed = unfollowedFamilies.has(spec.architecture) || unsized;
  if (unfollowed || spec.vocabularySize === undefined) return [unfollowedLine(base, spec, placement)];
  if (spec.format !== "gguf" || spec.tensors.length === 0) {
    return [
      {
        ...base,
        device: placement.output,
        bytes: closedFormBytes(spec, options.context, sizes),
        formula:
          "max of logits, feed-forward part and, without flash attention, attention, for one micro-batch",
        confidence: "calibrated",
        note: "within 15 %",
      },
    ];
  }
  if (options.gpuLayers === 0) return [hostLine(base, spec, options, sizes)];
  return deviceLines(base, spec, options, sizes, placement);
}
