import type { Confidence } from "../byte-ledger.ts";
import { savedBytes, type SavedPart, type SavedTensor } from "./saved-tensor.ts";
import type { TrainingLine } from "./state-lines.ts";
import type { TrainingStep } from "./training-step.ts";
import type { CheckedTraining } from "./training-options.ts";

/** The layers' part of a phase: how many of them, from the first. */
export interface HeldLayers {
  readonly phase: string;
  readonly count: number;
}

const partLabels: Readonly<Record<SavedPart, string>> = {
  norms: "norms",
  attention: "attention",
  "feed-forward": "feed-forward",
  experts: "experts",
  adapter: "adapters",
  "half-weights": "weights cast to 16 bits",
};

/** Exact where the same tensors were compared, and the graphics card's do not differ from the processor's. */
export function activationConfidence(step: TrainingStep, options: CheckedTraining): Confidence {
  const { recipe, run } = step;
  // there was no flash attention for latent heads or sinks to compare with
  const isAlone = recipe.sinks || recipe.routing === "grouped";
  if (!recipe.compared || (isAlone && run.flash)) return "derived";
  if (options.backend === "cpu") return "exact";
  const differs =
    recipe.attentionDropout ||
    recipe.residualDropout ||
    (recipe.norm === "layer" && run.stream < 4) ||
    (run.autocast &&
      step.layers.some(({ tensors }) => tensors?.some(({ part }) => part === "experts") === true));
  return differs ? "derived" : "exact";
}

function partLine(
  step: TrainingStep,
  options: CheckedTraining,
  held: HeldLayers,
  part: SavedPart,
): readonly TrainingLine[] {
  const recomputes = options.checkpointing === "selective";
  const ofPart = (tensors: readonly SavedTensor[] | undefined): readonly SavedTensor[] =>
    (tensors ?? []).filter((tensor) => tensor.part === part && !(recomputes && tensor.recomputable === true));
  const layers = step.layers.slice(0, held.count);
  const bytes = layers.reduce((sum, layer) => sum + savedBytes(ofPart(layer.tensors)), 0);
  if (bytes === 0) return [];
  // the second layer stands for all: an adapter's first layer keeps less
  const example = ofPart((layers[1] ?? layers[0])?.tensors);
  const inputs: Record<string, number> = { layers: layers.length };
  for (const { label, count, bytes: each } of example) inputs[label] = (inputs[label] ?? 0) + count * each;
  return [
    {
      kind: "activations",
      label: `${partLabels[part]} of ${layers.length} layers`,
      device: "gpu",
      phase: held.phase,
      bytes,
      formula: `sum over layers of: ${[...new Set(example.map(({ label }) => label))].join(" + ")}`,
      inputs,
      confidence: activationConfidence(step, options),
    },
  ];
}

/** Activations that the first `count` layers keep, by part; the inputs alone where whole layers are computed again. */
export function activationLines(
  step: TrainingStep,
  options: CheckedTraining,
  held: HeldLayers,
): readonly TrainingLine[] {
  const unknown = step.layers.filter((layer) => layer.tensors === undefined).length;
  const missing: readonly TrainingLine[] =
    unknown === 0 || options.checkpointing === "full"
      ? []
      : [
          {
            kind: "activations",
            label: `recurrent parts of ${unknown} layers`,
            device: "gpu",
            phase: held.phase,
            bytes: undefined,
            formula: "not known",
            inputs: { layers: unknown },
            confidence: "unknown",
          },
        ];
  if (options.checkpointing !== "full")
    return [
      ...(Object.keys(partLabels) as readonly SavedPart[]).flatMap((part) =>
        partLine(step, options, held, part),
      ),
      ...missing,
    ];
  const layers = step.layers.slice(0, held.count);
  return [
    {
      kind: "activations",
      label: `inputs of ${layers.length} layers`,
      device: "gpu",
      phase: held.phase,
      bytes: layers.reduce((sum, layer) => sum + layer.keptBytes, 0),
      formula: "layers x batch x sequence x width x bytes",
      inputs: { layers: layers.length, tokens: step.run.tokens, bytes: step.run.stream },
      confidence: "exact",
    },
  ];
}
