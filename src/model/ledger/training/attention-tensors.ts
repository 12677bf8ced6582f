import type { AttentionSpec } from "../../spec/spec.ts";
import type { BlockRecipe } from "./block-recipe.ts";
import { linearTensors } from "./linear-tensors.ts";
import { normTensors } from "./norm-tensors.ts";
import { perToken, type SavedTensor, type TrainingRun } from "./saved-tensor.ts";

function headNorms(run: TrainingRun, recipe: BlockRecipe, attention: AttentionSpec): readonly SavedTensor[] {
  if (recipe.headNorms === "none") return [];
  const { heads, keyValueHeads, keyWidth } = attention;
  const kind = recipe.norm.startsWith("layer") ? "rms" : recipe.norm;
  const norm = (label: string, rows: number): readonly SavedTensor[] =>
    normTensors(run, kind, {
      label,
      width: recipe.headNorms === "each" ? keyWidth : rows * keyWidth,
      count: recipe.headNorms === "each" ? rows : 1,
      elementBytes: recipe.normsRotated ? run.stream : run.compute,
    });
  return [...norm("queries' norm", heads), ...norm("keys' norm", keyValueHeads)];
}

/** Scores, probabilities and what dropout keeps of them: all are sequence x sequence, and can be computed again. */
function scoreTensors(run: TrainingRun, recipe: BlockRecipe, heads: number): readonly SavedTensor[] {
  const square = (label: string, elementBytes: number): SavedTensor => ({
    ...perToken(run, "attention", label, heads * run.sequence, elementBytes),
    recomputable: true,
  });
  if (recipe.sinks) {
    const width = heads * (run.sequence + 1);
    return [
      perToken(run, "attention", "largest score of each head", heads, 8),
      {
        ...perToken(run, "attention", "probabilities", width, run.autocast ? 4 : run.compute),
        recomputable: true,
      },
      ...(run.autocast ? [square("probabilities for the product with the values", run.compute)] : []),
    ];
  }
  const isPlain = recipe.plainSoftmax && !run.autocast;
  const isNarrow = run.compute < 4;
  return [
    ...(recipe.softcap ? [square("scores after tanh", run.compute)] : []),
    square("probabilities", isPlain ? run.compute : 4),
    ...(recipe.attentionDropout ? [square("dropout's mask", run.mask)] : []),
    ...((isNarrow && !isPlain) || recipe.attentionDropout
      ? [square("probabilities for the product with the values", run.compute)]
      : []),
  ];
}

function eagerCore(run: TrainingRun, recipe: BlockRecipe, attention: AttentionSpec): readonly SavedTensor[] {
  const { heads, keyWidth, valueWidth } = attention;
  // keys and values are repeated for every head before the products
  return [
    perToken(run, "attention", "queries", heads * keyWidth, run.compute),
    perToken(run, "attention", "keys, repeated for each head", heads * keyWidth, run.compute),
    ...scoreTensors(run, recipe, heads),
    perToken(run, "attention", "values, repeated for each head", heads * valueWidth, run.compute),
  ];
}

function flashCore(run: TrainingRun, recipe: BlockRecipe, attention: AttentionSpec): readonly SavedTensor[] {
  const { heads, keyValueHeads, keyWidth, valueWidth } = attention;
  const queries = heads * keyWidth;
  const keys = keyValueHeads * keyWidth;
  const values = keyValueHeads * valueWidth;
  const views = recipe.fusedProjection
    ? [
        perToken(
          run,
          "attention",
          "fused projection, which the values view",
          queries + keys + values,
          run.compute,
        ),
      ]
    : [perToken(run, "attention", "values", values, run.compute)];
  const rotated = recipe.fusedProjection && recipe.unrotated;
  return [
    ...(rotated
      ? []
      : [
          perToken(run, "attention", "queries", queries, run.compute),
          perToken(run, "attention", "keys", keys, run.compute),
        ]),
    ...views,
    perToken(run, "attention", "result", heads * valueWidth, run.compute),
    perToken(run, "attention", "log of the sums", heads, 4),
  ];
}

function latentProjections(
  run: TrainingRun,
  attention: AttentionSpec,
  width: number,
): readonly SavedTensor[] {
  const { heads, keyWidth, valueWidth, latent } = attention;
  if (latent === undefined) return [];
  const { rank, ropeWidth, queryRank } = latent;
  const norm = (label: string, rowWidth: number): readonly SavedTensor[] =>
    normTensors(run, "rms", { label, width: rowWidth, count: 1, elementBytes: run.compute });
  const linear = (label: string, inWidth: number, outWidths: readonly number[], inputBytes: number) =>
    linearTensors(run, { part: "attention", label, inWidth, outWidths, inputBytes });
  const up = heads * (keyWidth - ropeWidth + valueWidth);
  return [
    ...linear(
      "input of the projections",
      width,
      [queryRank ?? heads * keyWidth, rank + ropeWidth],
      run.stream,
    ),
    ...(queryRank === undefined
      ? []
      : [
          ...norm("latent queries' norm", queryRank),
          ...linear("latent queries", queryRank, [heads * keyWidth], run.compute),
        ]),
    // in f32 the norm's input is a view of the whole projection, with the part that is rotated
    ...norm("latent keys' norm", rank).map((tensor) =>
      run.compute === 4 && tensor.label.endsWith("input as f32")
        ? { ...tensor, bytes: 4 * run.tokens * (rank + ropeWidth) }
        : tensor,
    ),
    ...linear("latent keys and values", rank, [up], run.compute),
  ];
}

/** Output widths of the linear layers that read the attention's input. */
export function projectionWidths(recipe: BlockRecipe, attention: AttentionSpec): readonly number[] {
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent !== undefined) return [];
  const widths = [heads * keyWidth, keyValueHeads * keyWidth, keyValueHeads * valueWidth];
  return recipe.fusedProjection ? [widths.reduce((sum, each) => sum + each, 0)] : widths;
}

/**
 * What one layer's attention keeps, without its own norms and the input of its projections (`inputTensors` of the layer):
 * s sequence, a heads, d width of a head, e bytes of an element: eager a d e x 3 + (4 + e) a s and the result; flash
 * queries, keys, values, result and 4 a.
 */
export function attentionTensors(
  run: TrainingRun,
  recipe: BlockRecipe,
  attention: AttentionSpec,
  width: number,
): readonly SavedTensor[] {
  const { heads, valueWidth } = attention;
  const core = run.flash ? flashCore(run, recipe, attention) : eagerCore(run, recipe, attention);
  const copied = run.copiesResult && recipe.partlyRotated;
  const rotated = Math.floor(attention.keyWidth * recipe.ownRotation);
  return [
    ...(rotated === 0
      ? []
      : [
          {
            part: "attention" as const,
            label: "sines and cosines",
            count: 2,
            bytes: run.sequence * rotated * (recipe.floatRotation ? 4 : run.stream),
          },
        ]),
    ...latentProjections(run, attention, width),
    ...headNorms(run, recipe, attention),
    ...core,
    ...linearTensors(run, {
      part: "attention",
      label: "input of the output projection",
      inWidth: heads * valueWidth,
      outWidths: [width],
      inputBytes: run.compute,
      inputHeld: run.flash && !copied,
    }),
    ...(recipe.residualDropout ? [perToken(run, "attention", "dropout's mask", width, run.mask)] : []),
  ];
}
