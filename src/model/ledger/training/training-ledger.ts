import type { ModelDescription } from "../../description/model-description.ts";
import { buildByteLedger } from "../byte-ledger.ts";
import type { ByteLedger } from "../byte-ledger.ts";
import { allocatorBytes } from "./items/allocator.ts";
import type { Allocation } from "./items/allocator.ts";
import { communicationItems } from "./items/communication-items.ts";
import { phaseItems } from "./items/phase-items.ts";
import { stateItems } from "./items/state-items.ts";
import type { TrainingItem } from "./items/state-items.ts";
import { checkTraining } from "./training-options.ts";
import type { CheckedTraining, TrainingOptions } from "./training-options.ts";
import { layerMatrices } from "./step/training-parameters.ts";
import { backwardMoments, forwardMoments, fullestMoment, momentBytes } from "./step/training-moments.ts";
import { stepParts, trainingStep } from "./step/training-step.ts";
import type { TrainingStep } from "./step/training-step.ts";
import { MiB } from "../../../shared/units.ts";

/** Releases whose rules these are; the layers' tensors were compared with both. */
export const trainingEngine = "PyTorch 2.15, transformers 5.23";

/** What a process holds on a card before any tensor: 1343 MiB with a V100 (Hugging Face's measurements). */
const contextBytes = 1343 * MiB;

function contextItem(): TrainingItem {
  return {
    kind: "runtime",
    label: "CUDA context and kernels",
    device: "gpu",
    phase: "load",
    bytes: contextBytes,
    formula: "1343 MiB",
    inputs: {},
    confidence: "calibrated",
    note: "measured on a V100; newer releases load kernels on first use and hold less",
  };
}

function unknownWeights(): TrainingItem {
  return {
    kind: "weights",
    label: "weights, gradients and states",
    device: "gpu",
    phase: "load",
    bytes: undefined,
    formula: "parameters x bytes",
    inputs: {},
    confidence: "unknown",
    note: "the number of parameters is not known; size the safetensors files instead",
  };
}

/** Lists the tensors of a phase by size: weights and their states by matrix, activations by layer. */
function allocations(
  description: ModelDescription,
  step: TrainingStep,
  items: readonly TrainingItem[],
  phase: string,
): readonly Allocation[] {
  const width = description.embeddingWidth ?? 0;
  const total = step.parameters?.total ?? 0;
  const perParameter = items
    .filter((item) => item.device === "gpu" && (item.phase === "load" || item.phase === phase))
    .filter(({ kind }) => kind === "weights" || kind === "gradients" || kind === "optimizer")
    .map((item) => (total === 0 ? 0 : (item.bytes ?? 0) / total));
  const sizes = [
    ...description.layers
      .flatMap((layer) => layerMatrices(step.recipe, layer, width))
      .map(({ inWidth, outWidth, count }) => ({ elements: inWidth * outWidth, count })),
    { elements: step.parameters?.embedding ?? 0, count: 1 },
    { elements: step.parameters?.output ?? 0, count: 1 },
  ];
  const tensors = phase === "step" ? [] : step.layers.flatMap((layer) => layer.tensors ?? []);
  return [
    ...perParameter.flatMap((each) =>
      sizes.map(({ elements, count }) => ({ bytes: elements * each, count })),
    ),
    ...tensors.map(({ bytes, count }) => ({ bytes, count })),
  ];
}

function allocatorItems(
  description: ModelDescription,
  step: TrainingStep,
  options: CheckedTraining,
  items: readonly TrainingItem[],
): readonly TrainingItem[] {
  if (options.backend === "cpu") return [];
  return (["forward", "backward", "step"] as const).flatMap((phase) => {
    const held =
      options.checkpointing === "full" && phase !== "step"
        ? { ...step, layers: step.layers.slice(0, 1) }
        : step;
    const { rounding, segments } = allocatorBytes(allocations(description, held, items, phase));
    const item = (label: string, bytes: number, formula: string): TrainingItem => ({
      kind: "allocator",
      label,
      device: "gpu",
      phase,
      bytes,
      formula,
      inputs: {},
      confidence: "derived",
    });
    const both = [
      item("tensors rounded up", rounding, "each tensor to 512 bytes"),
      {
        ...item(
          "segments that are not full",
          segments,
          "allocations up to 1 MiB share segments of 2 MiB, up to 10 MiB segments of 20 MiB; larger ones round up to 2 MiB",
        ),
        note: "reserved, not allocated; a lower bound, because fragmentation is not known in advance",
      },
    ];
    return both.filter(({ bytes }) => bytes !== 0);
  });
}

/** Returns a lower bound of one rank's bytes in its fullest phase, without the allocator's rounding. Fast. */
export function minTrainingBytes(description: ModelDescription, options: TrainingOptions): number {
  const checked = checkTraining(options);
  const step = trainingStep(description, checked);
  const { parameters } = step;
  if (parameters === undefined) return 0;
  const device = (items: readonly TrainingItem[]): number =>
    items.reduce(
      (sum, item) => (item.device === "gpu" && item.phase === "load" ? sum + (item.bytes ?? 0) : sum),
      0,
    );
  const states = device(stateItems(parameters, checked)) + (checked.backend === "cuda" ? contextBytes : 0);
  const parts = stepParts(step, checked);
  const passes = Math.max(
    momentBytes(fullestMoment(forwardMoments(parts))),
    momentBytes(fullestMoment(backwardMoments(parts))),
  );
  return states + passes;
}

/**
 * Counts what one rank holds in a training step, by phase: weights and states all the time, what the forward pass keeps, the
 * backward pass at its fullest moment, the optimizer's step. The largest phase binds. Items of device "gpu" are one rank's;
 * those of the host are all ranks' together. Errors: `invalid-option`.
 */
export function trainingLedger(description: ModelDescription, options: TrainingOptions): ByteLedger {
  const checked = checkTraining(options);
  const step = trainingStep(description, checked);
  const states =
    step.parameters === undefined
      ? [unknownWeights()]
      : [...stateItems(step.parameters, checked), ...communicationItems(step.parameters, checked)];
  const held = [...states, ...phaseItems(step, checked)];
  const items = [
    ...(checked.backend === "cuda" ? [contextItem()] : []),
    ...held,
    ...allocatorItems(description, step, checked, held),
  ];
  return buildByteLedger(
    trainingEngine,
    items.map((item) => ({ ...item, engine: trainingEngine })),
  );
}
