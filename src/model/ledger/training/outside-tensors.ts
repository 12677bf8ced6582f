import { ownValue } from "../../../shared/own-value.ts";
import type { Spec } from "../../spec/spec.ts";
import type { BlockRecipe } from "./block-recipe.ts";
import { linearTensors } from "./linear-tensors.ts";
import { normTensors } from "./norm-tensors.ts";
import { perToken, type SavedTensor, type TrainingRun } from "./saved-tensor.ts";

/** Width of a head that is rotated. */
function rotatedWidth(spec: Spec): number {
  const attention = spec.layers.find((layer) => layer.attention !== undefined)?.attention;
  const given = spec.settings["partial_rotary_factor"] ?? spec.settings["rotary_pct"];
  const share = typeof given === "number" ? given : (ownValue(usualShares, spec.architecture) ?? 1);
  const width = attention?.latent?.ropeWidth ?? attention?.keyWidth ?? 0;
  // one angle for each pair of elements
  return 2 * Math.ceil(Math.floor(width * share) / 2);
}

/** Share of a head that is rotated where config.json does not say. */
const usualShares: Readonly<Record<string, number>> = {
  phi2: 0.5,
  gptneox: 0.25,
  nemotron: 0.5,
  // half a head of angles, each used for two elements
  "gpt-oss": 0.5,
};

/** Learned positions are looked up once (OPT: for each sequence), and their numbers are kept. */
const learnedPositions: ReadonlySet<string> = new Set(["gpt2", "starcoder"]);

function positions(run: TrainingRun, spec: Spec): number {
  if (spec.architecture === "opt") return 8 * run.tokens;
  return learnedPositions.has(spec.architecture) ? 8 * run.sequence : 0;
}

/** What is kept around the first layer: numbers of tokens and positions, sines and cosines, dropout, a norm. */
function firstTensors(run: TrainingRun, recipe: BlockRecipe, spec: Spec): readonly SavedTensor[] {
  const width = spec.embeddingWidth ?? 0;
  const rotation = run.sequence * rotatedWidth(spec) * (recipe.floatRotation ? 4 : run.stream);
  const kinds = new Set(spec.layers.map((layer) => layer.attention?.window === undefined)).size;
  const rotations = recipe.ownRotation > 0 ? 0 : 2 * Math.min(recipe.rotations, kinds);
  const table = (label: string, count: number, bytes: number): readonly SavedTensor[] =>
    count * bytes === 0 ? [] : [{ part: "norms", label, count, bytes }];
  return [
    // frozen embeddings keep nothing
    ...(run.adapterRank === undefined
      ? [
          ...table("numbers of the tokens", 1, 8 * run.tokens),
          ...table("numbers of the positions", 1, positions(run, spec)),
        ]
      : []),
    ...table("sines and cosines", rotations, rotation),
    ...(recipe.embeddingDropout
      ? [perToken(run, "norms", "dropout's mask", width, run.stream === 4 && run.mask > 1 ? 4 : run.mask)]
      : []),
    ...(spec.architecture === "bloom"
      ? normTensors(run, recipe.norm, {
          label: "norm of the embedding",
          width,
          count: 1,
          elementBytes: run.stream,
        })
      : []),
  ];
}

/** What is kept before the first and after the last layer: tokens, sines and cosines, the last norm, the output layer's input. */
export function outsideTensors(run: TrainingRun, recipe: BlockRecipe, spec: Spec): readonly SavedTensor[] {
  const width = spec.embeddingWidth ?? 0;
  return [
    ...firstTensors(run, recipe, spec),
    ...normTensors(run, recipe.norm, {
      label: "last norm",
      width,
      count: 1,
      elementBytes: run.stream,
      unitWeight: recipe.unitWeight,
    }),
    // the output layer has no adapter: frozen, it keeps nothing
    ...(run.adapterRank === undefined
      ? linearTensors(run, {
          part: "norms",
          label: "input of the output layer",
          inWidth: width,
          outWidths: [spec.vocabularySize ?? 0],
          inputBytes: run.stream,
        })
      : []),
  ];
}

/** Bytes of the loss: what is kept, and what lives for a moment in the forward and in the backward pass. */
export interface LossBytes {
  readonly kept: number;
  readonly forwardMoment: number;
  readonly backwardMoment: number;
  /** Gradient of the logits, while the output layer's own gradient is computed. */
  readonly logitsGradient: number;
}

/**
 * Cross-entropy over all logits, n tokens and V words: logits e n V and their f32 copy 4 n V live in the forward pass, the
 * log-softmax 4 n V is kept; the backward pass makes two more of 4 n V. The fused loss (Liger) works in pieces of about
 * width / vocabulary of the tokens, and keeps the gradients of its input and of the output layer's weight instead.
 */
export function lossBytes(run: TrainingRun, spec: Spec, isFused: boolean): LossBytes | undefined {
  const { vocabularySize: vocabulary, embeddingWidth: width } = spec;
  if (vocabulary === undefined || width === undefined) return undefined;
  const { tokens, compute } = run;
  const all = tokens * vocabulary;
  if (!isFused) {
    const isNarrow = compute < 4;
    const capped =
      spec.settings["final_logit_softcapping"] ?? (spec.architecture === "gemma2" ? 30 : undefined);
    return {
      kept: 4 * all + 8 * tokens + 4 + (typeof capped === "number" ? compute * all : 0),
      forwardMoment: (isNarrow ? 4 + compute : 4) * all,
      backwardMoment: 8 * all,
      logitsGradient: (isNarrow ? compute : 4) * all,
    };
  }
  const pieces = Math.ceil(vocabulary / width);
  const rows = Math.min(tokens, 2 ** Math.ceil(Math.log2(Math.ceil(tokens / pieces))));
  const head = run.adapterRank === undefined ? compute * vocabulary * width : 0;
  return {
    kept: compute * tokens * width + head + 8 * tokens,
    forwardMoment: rows * vocabulary * (compute + 4),
    backwardMoment: 0,
    logitsGradient: 0,
  };
}
