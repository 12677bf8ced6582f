import { activationItems } from "./activation-items.ts";
import { sumBytes } from "../tensors/saved-tensor.ts";
import { countTrained } from "./state-items.ts";
import type { TrainingItem } from "./state-items.ts";
import { allGradients, backwardMoments, forwardMoments, fullestMoment } from "../step/training-moments.ts";
import type { Moment } from "../step/training-moments.ts";
import type { CheckedTraining } from "../training-options.ts";
import { offloadsGradients, parameterBytes, shareStates } from "../step/training-states.ts";
import { stepParts } from "../step/training-step.ts";
import type { TrainingStep } from "../step/training-step.ts";

/**
 * Returns the number of layers whose activations are kept at a moment such as "in layer 3"; all of them at the loss and in the
 * output layer.
 */
function countHeldLayers(moment: Moment, phase: string, layers: number): number {
  const inLayer = /^in layer (?<index>\d+)$/u.exec(moment.name)?.groups?.["index"];
  if (inLayer === undefined) return moment.activations === 0 ? 0 : layers;
  // The forward pass has kept the layers before this one, the backward pass those up to it
  return Number(inLayer) + (phase === "backward" ? 1 : 0);
}

interface MomentItem extends Pick<TrainingItem, "kind" | "label" | "formula"> {
  readonly bytes: number;
  readonly inputs?: TrainingItem["inputs"];
}

/** Returns an item of a phase on the device; none where it has no bytes. */
function momentItem(phase: string, item: MomentItem): readonly TrainingItem[] {
  const { kind, label, bytes, formula, inputs = {} } = item;
  if (bytes === 0) return [];
  return [
    { kind, label, device: "gpu", phase, bytes: Math.round(bytes), formula, inputs, confidence: "derived" },
  ];
}

function lossItems(
  step: TrainingStep,
  options: CheckedTraining,
  phase: string,
  moment: Moment,
): readonly TrainingItem[] {
  if (step.loss === undefined) {
    return [
      {
        kind: "logits",
        label: "logits and loss",
        device: "gpu",
        phase,
        bytes: undefined,
        formula: "tokens x vocabulary x (12 to 16)",
        inputs: {},
        confidence: "unknown",
        note: "the size of the vocabulary is not known",
      },
    ];
  }
  const formula = options.fusedLoss
    ? "gradients of the input and of the output layer's weight, and logits of one chunk of tokens"
    : phase === "forward"
      ? "tokens x vocabulary x (logits + f32 logits + log-softmax)"
      : "tokens x vocabulary x (log-softmax 4 + two gradients of 4)";
  return momentItem(phase, {
    kind: "logits",
    label: options.fusedLoss ? "fused loss" : "logits and loss",
    bytes: moment.loss,
    formula,
    inputs: {
      tokens: step.run.tokens,
      logitsBytes: step.run.compute,
    },
  });
}

/** Counts the largest matrix out of its 4 bits: frozen weights are dequantized for each product, one matrix at a time. */
function fourBitItems(
  step: TrainingStep,
  options: CheckedTraining,
  phase: "forward" | "backward",
): readonly TrainingItem[] {
  const elements = options.adapter?.kind === "qlora" ? (step.parameters?.largestMatrix ?? 0) : 0;
  return momentItem(phase, {
    kind: "weights",
    label: "largest matrix, dequantized from 4 bits",
    bytes: elements * step.run.compute,
    formula: "largest matrix of a layer x bytes",
  });
}

function passItems(
  step: TrainingStep,
  options: CheckedTraining,
  phase: "forward" | "backward",
  moment: Moment,
): readonly TrainingItem[] {
  const count = countHeldLayers(moment, phase, step.layers.length);
  const holds = moment.activations > 0;
  const around = moment.name.startsWith("in layer") ? step.before : step.outside;
  return [
    ...(holds ? activationItems(step, options, { phase, count }) : []),
    ...momentItem(phase, {
      kind: "activations",
      label: "around the layers",
      bytes: holds ? sumBytes(around) : 0,
      formula: `sum of: ${around.map(({ label }) => label).join(" + ")}`,
    }),
    ...momentItem(phase, {
      kind: "activations",
      label: "weights cast to 16 bits",
      bytes: moment.casts,
      formula: "what autocast keeps until the forward pass ends",
    }),
    ...momentItem(phase, {
      kind: "activations",
      label: `recomputed, ${moment.name}`,
      bytes: moment.recomputed,
      formula: "what the layer would have kept",
    }),
    ...momentItem(phase, {
      kind: "activations",
      label: `temporary, ${moment.name}`,
      bytes: moment.working,
      formula:
        phase === "forward"
          ? "inputs of the softmax, scores and probabilities"
          : "max(2 x feed-forward x bytes x tokens (1 without a gate), gradients of scores and probabilities)",
    }),
    ...fourBitItems(step, options, phase),
    ...(moment.loss === 0 && step.loss !== undefined ? [] : lossItems(step, options, phase, moment)),
    ...momentItem(phase, {
      kind: "gradients",
      label: "gradients of the weights",
      bytes: moment.gradients,
      formula: "parameters x bytes / ranks, of the layers done so far",
      inputs: {
        moment: moment.name,
      },
    }),
  ];
}

function stepItems(step: TrainingStep, options: CheckedTraining): readonly TrainingItem[] {
  const { parameters } = step;
  if (parameters === undefined) return [];
  const bytes = parameterBytes(options);
  const shares = shareStates(options);
  const { trained } = countTrained(parameters, options);
  const others =
    options.adapter === undefined && !offloadsGradients(options) ? parameters.others * bytes.gradient : 0;
  const gradients = options.optimizerInBackward
    ? 0
    : allGradients(stepParts({ ...step, loss: undefined }, { ...options, fusedLoss: false })) +
      others / shares.gradients;
  const isOffloaded = options.sharding?.offloadOptimizer === true;
  const isAlone = options.adapter === undefined && options.optimizer === "adafactor" && !isOffloaded;
  // Adafactor works tensor by tensor: it squares and scales the gradient in f32, as copies where gradients have 16 bits
  const ofLargest = isAlone ? (bytes.gradient === 2 ? 16 : 8) * parameters.largest : 0;
  const temporaries =
    options.optimizerInBackward || isOffloaded
      ? ofLargest
      : (trained * bytes.temporary) / shares.optimizer + ofLargest;
  return [
    ...momentItem("step", {
      kind: "gradients",
      label: "gradients of the weights",
      bytes: gradients,
      formula: "parameters x bytes / ranks",
      inputs: {
        parameters: Math.round(trained),
      },
    }),
    ...momentItem("step", {
      kind: "optimizer",
      label: `temporaries of ${options.optimizer}`,
      bytes: temporaries,
      formula:
        ofLargest > 0
          ? "largest tensor x 8 (16 with gradients of 16 bits)"
          : "parameters x bytes / ranks: foreach computes all at once",
      inputs: {
        parameters: Math.round(trained),
        ...(ofLargest > 0 ? { largestTensor: parameters.largest } : {}),
      },
    }),
  ];
}

/** Elements of the group that ZeRO 3 updates at a time (`sub_group_size`). */
const subGroup = 1e9;

/** Counts the f32 copies of gradients for DeepSpeed's optimizer; ZeRO 3 casts one group at a time. */
function castGradientItems(step: TrainingStep, options: CheckedTraining): readonly TrainingItem[] {
  const { parameters } = step;
  const kind = options.sharding?.kind;
  const isCast = parameterBytes(options).gradient === 2 && kind?.startsWith("zero") === true;
  if (parameters === undefined || !isCast || options.sharding?.offloadOptimizer === true) return [];
  const share = countTrained(parameters, options).trained / shareStates(options).optimizer;
  const elements = kind === "zero-3" ? Math.min(share, subGroup) : share;
  return momentItem("step", {
    kind: "gradients",
    label: "f32 copies of the gradients",
    bytes: 4 * elements,
    formula: "4 x parameters / ranks (ZeRO 3: 1e9 at most, sub_group_size)",
    inputs: { parameters: Math.round(elements) },
  });
}

/** Returns the items of the three phases, each at its fullest moment. */
export function phaseItems(step: TrainingStep, options: CheckedTraining): readonly TrainingItem[] {
  const parts = stepParts(step, options);
  return [
    ...passItems(step, options, "forward", fullestMoment(forwardMoments(parts))),
    ...passItems(step, options, "backward", fullestMoment(backwardMoments(parts))),
    ...stepItems(step, options),
    ...castGradientItems(step, options),
  ];
}
