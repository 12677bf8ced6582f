import type { Confidence } from "../../byte-ledger.ts";
import { sumBytes } from "../tensors/saved-tensor.ts";
import type { SavedPart, SavedTensor } from "../tensors/saved-tensor.ts";
import type { TrainingItem } from "./state-items.ts";
import type { TrainingStep } from "../step/training-step.ts";
import type { CheckedTraining } from "../training-options.ts";

/** The layers of a phase: how many of them, from the first. */
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

/**
 * Returns true where the processor keeps other tensors than flash attention: attention with a window uses a mask there, and
 * BERT's scores, to which no f32 mask is added, stay in 16 bits.
 */
function differsOnProcessor({ recipe, run, description }: TrainingStep): boolean {
  const isWindowed = description.layers.some(
    ({ attention }) => (attention?.window ?? run.sequence) < run.sequence,
  );
  return (
    (run.flash && isWindowed) ||
    (run.autocast && !run.flash && recipe.plainSoftmax && recipe.rotations === 0 && !recipe.unrotated)
  );
}

/**
 * Returns true where a graphics card's kernels keep, or may keep, other tensors than the processor's. Flash attention there
 * (with its random state) was not run, and autocast computes powers, sums and softmaxes in f32.
 */
function differsOnCard({ recipe, run, layers }: TrainingStep): boolean {
  const hasExperts = layers.some(({ tensors }) => tensors?.some(({ part }) => part === "experts") === true);
  return (
    run.flash ||
    recipe.attentionDropout ||
    recipe.residualDropout ||
    (recipe.norm === "layer" && run.stream < 4) ||
    (run.autocast && (hasExperts || recipe.activationCopies > 1))
  );
}

/** Returns `exact` where the same tensors were compared and nothing differs from the comparison. */
export function activationConfidence(step: TrainingStep, options: CheckedTraining): Confidence {
  const { recipe, run, description } = step;
  if (!recipe.compared || (run.flash && !recipe.comparedFlash)) return "derived";
  // Falcon's biases are f32 under autocast, and so is the sum with them
  if (run.autocast && recipe.family === "falcon" && description.settings["bias"] === true) return "derived";
  const differs = options.backend === "cpu" ? differsOnProcessor(step) : differsOnCard(step);
  return differs ? "derived" : "exact";
}

/** Says where the layers themselves were not compared. */
function noteOf({ recipe, description }: TrainingStep): Pick<TrainingItem, "note"> {
  if (!recipe.known) return { note: "this family was not compared: its layers are counted as Llama's" };
  if (recipe.compared) return {};
  return {
    note:
      description.format === "gguf"
        ? "GGUF leaves out settings that they depend on"
        : "not compared with these settings",
  };
}

function partItem(
  step: TrainingStep,
  options: CheckedTraining,
  held: HeldLayers,
  part: SavedPart,
): readonly TrainingItem[] {
  const recomputes = options.checkpointing === "selective";
  const ofPart = (tensors: readonly SavedTensor[] | undefined): readonly SavedTensor[] =>
    (tensors ?? []).filter((tensor) => tensor.part === part && !(recomputes && tensor.recomputable === true));
  const layers = step.layers.slice(0, held.count);
  const bytes = layers.reduce((sum, layer) => sum + sumBytes(ofPart(layer.tensors)), 0);
  if (bytes === 0) return [];
  // The second layer represents all: an adapter's first layer keeps less
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
      ...noteOf(step),
    },
  ];
}

/** Returns the activations that the first `count` layers keep, by part; only their inputs where full layers are recomputed. */
export function activationItems(
  step: TrainingStep,
  options: CheckedTraining,
  held: HeldLayers,
): readonly TrainingItem[] {
  const unknown = step.layers.filter((layer) => layer.tensors === undefined).length;
  const missing: readonly TrainingItem[] =
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
        partItem(step, options, held, part),
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
      confidence: step.recipe.known ? "exact" : "derived",
      ...noteOf(step),
    },
  ];
}
