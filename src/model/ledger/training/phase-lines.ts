import { activationLines } from "./activation-lines.ts";
import { savedBytes } from "./saved-tensor.ts";
import { trainedParameters, type TrainingLine } from "./state-lines.ts";
import {
  allGradients,
  backwardMoments,
  forwardMoments,
  fullestMoment,
  type Moment,
} from "./training-moments.ts";
import type { CheckedTraining } from "./training-options.ts";
import { offloadsGradients, parameterBytes, sharedStates } from "./training-states.ts";
import { stepParts, type TrainingStep } from "./training-step.ts";

/** The layer of a moment "in layer 3"; all layers at the loss and in the output layer. */
function heldLayers(moment: Moment, phase: string, layers: number): number {
  const inLayer = /^in layer (?<index>\d+)$/u.exec(moment.name)?.groups?.["index"];
  if (inLayer === undefined) return moment.activations === 0 ? 0 : layers;
  // the forward pass has kept what is before the layer, the backward pass what is up to it
  return Number(inLayer) + (phase === "backward" ? 1 : 0);
}

function momentLine(
  phase: string,
  kind: TrainingLine["kind"],
  label: string,
  bytes: number,
  formula: string,
  inputs: TrainingLine["inputs"] = {},
): readonly TrainingLine[] {
  if (bytes === 0) return [];
  return [
    { kind, label, device: "gpu", phase, bytes: Math.round(bytes), formula, inputs, confidence: "derived" },
  ];
}

function lossLines(
  step: TrainingStep,
  options: CheckedTraining,
  phase: string,
  moment: Moment,
): readonly TrainingLine[] {
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
    ? "gradients of the input and of the output layer's weight, and logits of one piece of the tokens"
    : phase === "forward"
      ? "tokens x vocabulary x (logits + f32 logits + log-softmax)"
      : "tokens x vocabulary x (log-softmax 4 + two gradients of 4)";
  return momentLine(
    phase,
    "logits",
    options.fusedLoss ? "fused loss" : "logits and loss",
    moment.loss,
    formula,
    {
      tokens: step.run.tokens,
      logitsBytes: step.run.compute,
    },
  );
}

/** Frozen weights of 4 bits are put together for each product, one matrix at a time. */
function fourBitLines(
  step: TrainingStep,
  options: CheckedTraining,
  phase: "forward" | "backward",
): readonly TrainingLine[] {
  const elements = options.adapter?.kind === "qlora" ? (step.parameters?.largestMatrix ?? 0) : 0;
  return momentLine(
    phase,
    "weights",
    "largest matrix out of its 4 bits",
    elements * step.run.compute,
    "largest matrix of a layer x bytes",
  );
}

function passLines(
  step: TrainingStep,
  options: CheckedTraining,
  phase: "forward" | "backward",
  moment: Moment,
): readonly TrainingLine[] {
  const count = heldLayers(moment, phase, step.layers.length);
  const holds = moment.activations > 0;
  const around = moment.name.startsWith("in layer") ? step.before : step.outside;
  return [
    ...(holds ? activationLines(step, options, { phase, count }) : []),
    ...momentLine(
      phase,
      "activations",
      "around the layers",
      holds ? savedBytes(around) : 0,
      `sum of: ${around.map(({ label }) => label).join(" + ")}`,
    ),
    ...momentLine(
      phase,
      "activations",
      "weights cast to 16 bits",
      moment.casts,
      "what autocast keeps until the forward pass ends",
    ),
    ...momentLine(
      phase,
      "activations",
      `computed again, ${moment.name}`,
      moment.recomputed,
      "what the layer would have kept",
    ),
    ...momentLine(
      phase,
      "activations",
      `for a moment, ${moment.name}`,
      moment.working,
      phase === "forward"
        ? "inputs of the softmax, scores and probabilities"
        : "max(2 x feed-forward x bytes x tokens (1 without a gate), gradients of scores and probabilities)",
    ),
    ...fourBitLines(step, options, phase),
    ...(moment.loss === 0 && step.loss !== undefined ? [] : lossLines(step, options, phase, moment)),
    ...momentLine(
      phase,
      "gradients",
      "gradients of the weights",
      moment.gradients,
      "parameters x bytes / ranks, as far as they are there",
      {
        moment: moment.name,
      },
    ),
  ];
}

function stepLines(step: TrainingStep, options: CheckedTraining): readonly TrainingLine[] {
  const { parameters } = step;
  if (parameters === undefined) return [];
  const bytes = parameterBytes(options);
  const shares = sharedStates(options);
  const { trained } = trainedParameters(parameters, options);
  const others =
    options.adapter === undefined && !offloadsGradients(options) ? parameters.others * bytes.gradient : 0;
  const gradients = options.optimizerInBackward
    ? 0
    : allGradients(stepParts({ ...step, loss: undefined }, { ...options, fusedLoss: false })) +
      others / shares.gradients;
  const isOffloaded = options.sharding?.offloadOptimizer === true;
  const isAlone = options.adapter === undefined && options.optimizer === "adafactor" && !isOffloaded;
  // Adafactor goes from tensor to tensor; it squares the gradient and scales it, in f32, as copies where they are of 16 bits
  const ofLargest = isAlone ? (bytes.gradient === 2 ? 16 : 8) * parameters.largest : 0;
  const temporaries =
    options.optimizerInBackward || isOffloaded
      ? ofLargest
      : (trained * bytes.temporary) / shares.optimizer + ofLargest;
  return [
    ...momentLine("step", "gradients", "gradients of the weights", gradients, "parameters x bytes / ranks", {
      parameters: Math.round(trained),
    }),
    ...momentLine(
      "step",
      "optimizer",
      `temporaries of ${options.optimizer}`,
      temporaries,
      ofLargest > 0
        ? "largest tensor x 8 (16 with gradients of 16 bits)"
        : "parameters x bytes / ranks: foreach computes all at once",
      { parameters: Math.round(trained), ...(ofLargest > 0 ? { largestTensor: parameters.largest } : {}) },
    ),
  ];
}

/** Elements of the group that ZeRO 3 updates at a time (`sub_group_size`). */
const subGroup = 1e9;

/** DeepSpeed's optimizer works on f32: it casts its share of the gradients, ZeRO 3 a group of them at a time. */
function castGradientLines(step: TrainingStep, options: CheckedTraining): readonly TrainingLine[] {
  const { parameters } = step;
  const kind = options.sharding?.kind;
  const isCast = parameterBytes(options).gradient === 2 && kind?.startsWith("zero") === true;
  if (parameters === undefined || !isCast || options.sharding?.offloadOptimizer === true) return [];
  const share = trainedParameters(parameters, options).trained / sharedStates(options).optimizer;
  const elements = kind === "zero-3" ? Math.min(share, subGroup) : share;
  return momentLine(
    "step",
    "gradients",
    "f32 copies of the gradients",
    4 * elements,
    "4 x parameters / ranks (ZeRO 3: 1e9 at most, sub_group_size)",
    { parameters: Math.round(elements) },
  );
}

/** The lines of the three phases, each at its fullest moment. */
export function phaseLines(step: TrainingStep, options: CheckedTraining): readonly TrainingLine[] {
  const parts = stepParts(step, options);
  return [
    ...passLines(step, options, "forward", fullestMoment(forwardMoments(parts))),
    ...passLines(step, options, "backward", fullestMoment(backwardMoments(parts))),
    ...stepLines(step, options),
    ...castGradientLines(step, options),
  ];
}
