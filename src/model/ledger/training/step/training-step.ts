import type { LayerDescription, ModelDescription } from "../../../description/model-description.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { blockRecipe } from "../recipe/choose-recipe.ts";
import { layerTensors } from "../tensors/layer-activations.ts";
import { lossBytes } from "../tensors/loss-bytes.ts";
import type { LossBytes } from "../tensors/loss-bytes.ts";
import { firstTensors, lastTensors } from "../tensors/outside-tensors.ts";
import { sumBytes, runSizes } from "../tensors/saved-tensor.ts";
import type { SavedTensor, RunSizes } from "../tensors/saved-tensor.ts";
import { trainingParameters } from "./training-parameters.ts";
import type { TrainingParameters } from "./training-parameters.ts";
import { offloadsGradients, parameterBytes, shareStates } from "./training-states.ts";
import type { CheckedTraining } from "../training-options.ts";
import type { StepParts } from "./training-moments.ts";

/** One layer of a step: everything it keeps, and what stays until its backward pass. */
export interface StepLayer {
  /** Undefined where a part of it is not known. */
  readonly tensors: readonly SavedTensor[] | undefined;
  readonly keptBytes: number;
  readonly recomputedBytes: number;
  readonly workingBytes: number;
  readonly forwardBytes: number;
  /** Weights that autocast keeps in 16 bits until the forward pass ends, even where the layer is recomputed. */
  readonly castBytes: number;
}

/** The part of a step that does not depend on the phase. */
export interface TrainingStep {
  readonly description: ModelDescription;
  readonly run: RunSizes;
  readonly recipe: BlockRecipe;
  readonly layers: readonly StepLayer[];
  /** What is kept before the first layer and after the last; `before` is the first part alone. */
  readonly outside: readonly SavedTensor[];
  readonly before: readonly SavedTensor[];
  readonly loss: LossBytes | undefined;
  readonly parameters: TrainingParameters | undefined;
}

/**
 * Returns the bytes of scores and probabilities per head and pair of tokens, at the softmax of the forward and of the backward
 * pass.
 */
function scoreMoments(
  run: RunSizes,
  recipe: BlockRecipe,
): { readonly forward: number; readonly backward: number } {
  const { compute } = run;
  if (run.flash) return { forward: 0, backward: 0 };
  // Under autocast the mask is f32, and so are the scores it is added to
  if (run.autocast && run.stream === 4) return { forward: 8, backward: run.copiesResult ? 12 : 8 + compute };
  if (compute === 4) return { forward: 8, backward: 12 };
  if (recipe.plainSoftmax && !run.autocast) return { forward: 2 * compute, backward: 3 * compute };
  // The processor first copies 16-bit scores to f32
  return run.copiesResult
    ? { forward: compute + 8, backward: 12 }
    : { forward: 2 * compute + 4, backward: 8 + compute };
}

/** Returns true for tensors that the backward pass has freed when it reaches the layer's attention. */
function isFeedForward({ part, label }: SavedTensor): boolean {
  return part === "feed-forward" || part === "experts" || label.includes("feed-forward");
}

interface Working {
  readonly forward: number;
  /** Where nothing is kept for the backward pass. */
  readonly alone: number;
  readonly backward: number;
}

/** Returns the bytes of eager attention's causal mask: one for all layers and heads. */
function maskBytes(run: RunSizes): number {
  return run.flash ? 0 : run.tokens * run.sequence * run.stream;
}

/**
 * Returns the bytes of queries, keys and values at the softmax: those of all heads, and the keys and values that they repeat.
 */
function coreBytes(
  run: RunSizes,
  layer: LayerDescription,
): { readonly heads: number; readonly repeated: number } {
  const { heads = 0, keyValueHeads = 0, keyWidth = 0, valueWidth = 0 } = layer.attention ?? {};
  const each = run.compute * run.tokens;
  return {
    heads: each * heads * (2 * keyWidth + valueWidth),
    repeated: keyValueHeads < heads ? each * keyValueHeads * (keyWidth + valueWidth) : 0,
  };
}

/** What all layers of a step share. */
interface LayerContext {
  readonly run: RunSizes;
  readonly recipe: BlockRecipe;
  /** Width of the residual stream. */
  readonly width: number;
}

/** Returns what a layer holds temporarily in addition to what it keeps: gradients of its widest products, or scores. */
function workingBytes(
  { run, recipe, width }: LayerContext,
  layer: LayerDescription,
  tensors: readonly SavedTensor[],
): Working {
  const pairs = run.tokens * (layer.attention?.heads ?? 0) * run.sequence;
  const inner = Math.max(
    layer.feedForwardWidth ?? 0,
    (layer.experts?.width ?? 0) * (layer.experts?.used ?? 0),
  );
  const moments = scoreMoments(run, recipe);
  const later = sumBytes(tensors.filter(isFeedForward));
  const scores = sumBytes(tensors.filter((tensor) => tensor.recomputable === true));
  const before = sumBytes(tensors) - later - scores;
  // With a gate the fullest moment is where the gate's product yields two gradients while its own is still held
  const products = (recipe.gated ? 2 : 1) * run.compute * inner * run.tokens;
  const input = run.stream * run.tokens * width;
  const core = coreBytes(run, layer);
  const held = core.repeated + maskBytes(run);
  // The layer's input and its normalized copy; queries, keys and values; scores
  const alone = 2 * input + core.heads + held + moments.forward * pairs;
  return {
    forward: run.flash
      ? before
      : before + (keepsInput(run, recipe) ? 0 : input) + held + moments.forward * pairs,
    alone: run.flash ? input + products : alone,
    backward: Math.max(products, moments.backward * pairs - scores - later),
  };
}

/** Returns true where the layer keeps its input itself and not a copy. */
function keepsInput(run: RunSizes, recipe: BlockRecipe): boolean {
  if (run.adapterRank !== undefined && recipe.normsBefore === 0) return false;
  if (recipe.normsBefore === 0) return !run.autocast;
  return recipe.norm === "layer" || (run.stream === 4 && recipe.norm !== "centred");
}

function stepLayer(context: LayerContext, layer: LayerDescription, options: CheckedTraining): StepLayer {
  const { run, recipe, width } = context;
  const tensors = layerTensors(run, recipe, layer, width);
  const all = sumBytes(tensors ?? []);
  const again = sumBytes((tensors ?? []).filter((tensor) => tensor.recomputable === true));
  const working = workingBytes(context, layer, tensors ?? []);
  const shared = { tensors, workingBytes: working.backward, forwardBytes: working.forward, castBytes: 0 };
  if (options.checkpointing === "full") {
    const input = run.tokens * width * run.stream;
    return {
      ...shared,
      keptBytes: input,
      recomputedBytes: all - (keepsInput(run, recipe) ? Math.min(all, input) : 0),
      forwardBytes: working.alone,
      castBytes: sumBytes((tensors ?? []).filter(({ part }) => part === "half-weights")),
    };
  }
  if (options.checkpointing === "selective")
    return { ...shared, keptBytes: all - again, recomputedBytes: again };
  return { ...shared, keptBytes: all, recomputedBytes: 0 };
}

/**
 * Returns true for tensors that the first layer keeps even where nothing before it learns: no norm before its adapters, and
 * nothing of the frozen parts.
 */
function learnsInFirst(run: RunSizes, recipe: BlockRecipe, { label, part }: SavedTensor): boolean {
  const isShared = recipe.sharedNormInput && label.includes("feed-forward");
  if (label.startsWith("norm before attention") || (isShared && part === "norms")) return false;
  if (run.adapterRank === undefined) return true;
  const skipsAttention = run.targets === "feed-forward";
  // The first matrices' gradients only need their input
  if (label.endsWith("first matrices in 16 bits"))
    return (
      !/^input of the (?:attention|projections)/u.test(label) &&
      !((isShared || skipsAttention) && label.startsWith("input of the feed-forward"))
    );
  if (skipsAttention) return part !== "norms" && part !== "attention";
  // With frozen keys the scores' gradient only flows to the queries
  const hasFrozenKeys = run.targets === "queries-values" && !recipe.fusedProjection;
  return !(hasFrozenKeys && ((label === "queries" && !run.flash) || label.startsWith("keys' norm")));
}

function firstLayer(run: RunSizes, recipe: BlockRecipe, layer: StepLayer): StepLayer {
  const tensors = layer.tensors?.filter((tensor) => learnsInFirst(run, recipe, tensor));
  const less = sumBytes(layer.tensors ?? []) - sumBytes(tensors ?? []);
  return { ...layer, tensors, keptBytes: layer.keptBytes - less };
}

/** Counts what a training step keeps, by layer and outside the layers. */
export function trainingStep(description: ModelDescription, options: CheckedTraining): TrainingStep {
  const run = runSizes(options);
  const recipe = blockRecipe(description);
  const width = description.embeddingWidth ?? 0;
  const main = description.layers.filter((layer) => layer.prediction !== true);
  // Most layers are alike: count each shape once
  const byShape = new Map<string, StepLayer>();
  const layers = main.map((layer) => {
    const shape = JSON.stringify([
      layer.kind,
      layer.attention,
      layer.recurrent,
      layer.feedForwardWidth,
      layer.experts,
    ]);
    const found = byShape.get(shape) ?? stepLayer({ run, recipe, width }, layer, options);
    byShape.set(shape, found);
    return found;
  });
  const [first, ...others] = layers;
  // Nothing before an adapter needs a gradient, so the first norm keeps nothing
  const isFrozen = options.adapter !== undefined && options.checkpointing !== "full";
  const hasLess = isFrozen || (recipe.family === "modernbert" && options.checkpointing !== "full");
  const before = firstTensors(run, recipe, description);
  return {
    description,
    run,
    recipe,
    layers: first === undefined || !hasLess ? layers : [firstLayer(run, recipe, first), ...others],
    before,
    outside: [...before, ...lastTensors(run, recipe, description)],
    loss: lossBytes(run, recipe, description, options.fusedLoss),
    parameters: trainingParameters(description, recipe, run),
  };
}

/** Returns the step in the form that its moments need. */
export function stepParts(step: TrainingStep, options: CheckedTraining): StepParts {
  const { layers, parameters, loss } = step;
  const each = offloadsGradients(options)
    ? 0
    : parameterBytes(options).gradient / shareStates(options).gradients;
  const isAdapted = options.adapter !== undefined;
  const trained = isAdapted ? parameters?.adapters : parameters?.layers;
  const isTied = parameters?.output === 0;
  const embedding = isAdapted ? 0 : (parameters?.embedding ?? 0) * each;
  const output = isAdapted ? 0 : isTied ? embedding : (parameters?.output ?? 0) * each;
  return {
    kept: layers.map((layer) => layer.keptBytes),
    recomputed: layers.map((layer) => layer.recomputedBytes),
    working: layers.map((layer) => layer.workingBytes),
    forwardWorking: layers.map((layer) => layer.forwardBytes),
    gradients: layers.map((_, index) => (trained?.[index] ?? 0) * each),
    outputGradient: options.fusedLoss ? 0 : output,
    embeddingGradient: isTied && !options.fusedLoss ? 0 : embedding,
    tied: isTied,
    outside: sumBytes(step.outside),
    before: sumBytes(step.before),
    // Recomputed layers are called with the mask again, so it stays
    mask: options.checkpointing === "full" ? maskBytes(step.run) : 0,
    casts: layers.map((layer) => layer.castBytes),
    loss: loss ?? { kept: 0, forwardMoment: 0, backwardMoment: 0, logitsGradient: 0 },
    accumulates: options.accumulationSteps > 1,
    optimizerInBackward: options.optimizerInBackward,
  };
}
