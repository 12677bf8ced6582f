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

function passLines(
  step: TrainingStep,
  options: CheckedTraining,
  phase: "forward" | "backward",
  moment: Moment,
): readonly TrainingLine[] {
  const count = heldLayers(moment, phase, step.layers.length);
  const holds = moment.activations > 0;
  return [
    ...(holds ? activationLines(step, options, { phase, count }) : []),
    ...momentLine(
      phase,
      "activations",
      "around the layers",
      holds ? savedBytes(step.outside) : 0,
      `sum of: ${step.outside.map(({ label }) => label).join(" + ")}`,
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
        : "max(3 x feed-forward x bytes x tokens, gradients of scores and probabilities)",
    ),
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
  const temporaries =
    options.optimizerInBackward || isOffloaded ? 0 : (trained * bytes.temporary) / shares.optimizer;
  return [
    ...momentLine("step", "gradients", "gradients of the weights", gradients, "parameters x bytes / ranks", {
      parameters: Math.round(trained),
    }),
    ...momentLine(
      "step",
      "optimizer",
      `temporaries of ${options.optimizer}`,
      temporaries,
      "parameters x bytes / ranks: foreach computes all at once",
      {
        parameters: Math.round(trained),
      },
    ),
  ];
}

/** The lines of the three phases, each at its fullest moment. */
export function phaseLines(step: TrainingStep, options: CheckedTraining): readonly TrainingLine[] {
  const parts = stepParts(step, options);
  return [
    ...passLines(step, options, "forward", fullestMoment(forwardMoments(parts))),
    ...passLines(step, options, "backward", fullestMoment(backwardMoments(parts))),
    ...stepLines(step, options),
  ];
}
