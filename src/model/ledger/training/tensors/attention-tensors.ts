import type { AttentionDescription } from "../../../description/model-description.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { linearTensors } from "./linear-tensors.ts";
import { normTensors } from "./norm-tensors.ts";
import { learning, perToken } from "./saved-tensor.ts";
import type { SavedTensor, RunSizes } from "./saved-tensor.ts";

function headNorms(
  run: RunSizes,
  recipe: BlockRecipe,
  attention: AttentionDescription,
): readonly SavedTensor[] {
  if (recipe.headNorms === "none") return [];
  const { heads, keyValueHeads, keyWidth } = attention;
  const norm = (label: string, rows: number): readonly SavedTensor[] =>
    normTensors(run, recipe.headNormKind, {
      label,
      width: recipe.headNorms === "each" ? keyWidth : rows * keyWidth,
      count: recipe.headNorms === "each" ? rows : 1,
      elementBytes: recipe.normsRotated ? run.stream : run.compute,
    });
  return [...norm("queries' norm", heads), ...norm("keys' norm", keyValueHeads)];
}

/**
 * Returns the bytes of a mask element: of the probabilities' type on the processor, which autocast leaves in f32 where queries
 * are rotated.
 */
function scoreMask(run: RunSizes, recipe: BlockRecipe): number {
  const isFloat =
    run.autocast && run.stream === 4 && recipe.rotations > 0 && !recipe.plainSoftmax && !recipe.rotatesBack;
  return run.mask > 1 && isFloat ? 4 : run.mask;
}

/** Lists scores, probabilities and what dropout keeps of them. All are sequence x sequence and can be recomputed. */
function scoreTensors(run: RunSizes, recipe: BlockRecipe, heads: number): readonly SavedTensor[] {
  const square = (label: string, elementBytes: number): SavedTensor => ({
    ...perToken(run, { part: "attention", label, width: heads * run.sequence, elementBytes }),
    recomputable: true,
  });
  if (recipe.sinks) {
    const width = heads * (run.sequence + 1);
    const isFloat = run.autocast && run.stream === 4;
    return [
      perToken(run, {
        part: "attention",
        label: "largest score of each head",
        width: heads,
        elementBytes: 8,
      }),
      {
        ...perToken(run, {
          part: "attention",
          label: "probabilities",
          width,
          elementBytes: isFloat ? 4 : run.compute,
        }),
        recomputable: true,
      },
      ...(isFloat ? [square("probabilities for the product with the values", run.compute)] : []),
    ];
  }
  // On the processor 16-bit scores stay in 16 bits under autocast too
  const isPlain = recipe.plainSoftmax && (!run.autocast || (run.stream < 4 && run.copiesResult));
  const isNarrow = run.compute < 4;
  return [
    ...(recipe.softcap ? [square("scores after tanh", run.compute)] : []),
    square("probabilities", isPlain ? run.compute : 4),
    ...(recipe.attentionDropout ? [square("dropout's mask", scoreMask(run, recipe))] : []),
    ...((isNarrow && !isPlain) || recipe.attentionDropout
      ? [square("probabilities for the product with the values", run.compute)]
      : []),
  ];
}

/**
 * Lists keys and values as the products keep them. They are copied for every head, unless the heads are contiguous already:
 * with one sequence, where every head has its own or all share one. Then the tensor that they view is kept.
 */
function eagerKeysAndValues(
  run: RunSizes,
  recipe: BlockRecipe,
  attention: AttentionDescription,
): readonly SavedTensor[] {
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  const keep = (label: string, width: number): SavedTensor =>
    perToken(run, { part: "attention", label, width, elementBytes: run.compute });
  const repeats = keyValueHeads < heads;
  const isView = run.batch === 1 && (keyValueHeads === heads || keyValueHeads === 1) && !recipe.repeatsWhole;
  if (!isView)
    return [
      keep("keys, repeated for each head", heads * keyWidth),
      keep("values, repeated for each head", heads * valueWidth),
    ];
  const fused = (heads + keyValueHeads) * keyWidth + keyValueHeads * valueWidth;
  if (recipe.fusedProjection && recipe.unrotated)
    return [keep("keys and values, as views of the fused projection", fused - heads * keyWidth)];
  // Autocast casts rotated tensors, and the cast copies each head
  const isCast = run.autocast && run.stream === 4 && !recipe.rotatesBack;
  const keys = repeats && !isCast ? keyValueHeads * keyWidth : heads * keyWidth;
  if (latent !== undefined)
    return [
      keep("keys", keys),
      keep("latent projection, which the values view", heads * (keyWidth - latent.ropeWidth + valueWidth)),
    ];
  const views = recipe.fusedProjection && !recipe.listedHeads;
  return [
    keep("keys", keys),
    views
      ? keep("fused projection, which the values view", fused)
      : keep("values", keyValueHeads * valueWidth),
  ];
}

/** Lists what attention starts from where all of it is recomputed: queries, keys and values of their own heads. */
function inputsOfCore(
  run: RunSizes,
  recipe: BlockRecipe,
  attention: AttentionDescription,
): readonly SavedTensor[] {
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  const isFloat = run.autocast && run.stream === 4 && recipe.rotations > 0 && !recipe.rotatesBack;
  const keep = (label: string, width: number, elementBytes = run.compute): SavedTensor =>
    perToken(run, { part: "attention", label, width, elementBytes });
  const fused = (heads + keyValueHeads) * keyWidth + keyValueHeads * valueWidth;
  if (recipe.fusedProjection && recipe.unrotated) return [keep("queries, keys and values", fused)];
  const projected = latent === undefined ? undefined : heads * (keyWidth - latent.ropeWidth + valueWidth);
  const views = recipe.fusedProjection && !recipe.listedHeads ? fused : keyValueHeads * valueWidth;
  return [
    keep("queries", heads * keyWidth, isFloat ? 4 : run.compute),
    keep("keys", keyValueHeads * keyWidth, isFloat ? 4 : run.compute),
    keep("values, or what they view", projected ?? views),
  ];
}

function eagerCore(
  run: RunSizes,
  recipe: BlockRecipe,
  attention: AttentionDescription,
): readonly SavedTensor[] {
  const { heads, keyWidth } = attention;
  if (run.selective) {
    const copies = eagerKeysAndValues(run, recipe, attention);
    return [
      ...inputsOfCore(run, recipe, attention),
      ...[...scoreTensors(run, recipe, heads), ...copies].map((tensor) => ({
        ...tensor,
        recomputable: true,
      })),
    ];
  }
  return [
    perToken(run, {
      part: "attention",
      label: "queries",
      width: heads * keyWidth,
      elementBytes: run.compute,
    }),
    ...scoreTensors(run, recipe, heads),
    ...eagerKeysAndValues(run, recipe, attention),
  ];
}

function flashCore(
  run: RunSizes,
  recipe: BlockRecipe,
  attention: AttentionDescription,
): readonly SavedTensor[] {
  const { heads, keyValueHeads, keyWidth, valueWidth } = attention;
  const queries = heads * keyWidth;
  const keys = (recipe.repeatsWhole ? heads : keyValueHeads) * keyWidth;
  const values = (recipe.repeatsWhole && keyValueHeads > 1 ? heads : keyValueHeads) * valueWidth;
  const views =
    recipe.fusedProjection && !recipe.listedHeads
      ? [
          perToken(run, {
            part: "attention",
            label: "fused projection, which the values view",
            width: queries + keys + values,
            elementBytes: run.compute,
          }),
        ]
      : [perToken(run, { part: "attention", label: "values", width: values, elementBytes: run.compute })];
  const rotated = recipe.fusedProjection && recipe.unrotated;
  return [
    ...(rotated
      ? []
      : [
          perToken(run, { part: "attention", label: "queries", width: queries, elementBytes: run.compute }),
          perToken(run, { part: "attention", label: "keys", width: keys, elementBytes: run.compute }),
        ]),
    ...views,
    perToken(run, {
      part: "attention",
      label: "result",
      width: heads * valueWidth,
      elementBytes: run.compute,
    }),
    perToken(run, { part: "attention", label: "log of the sums", width: heads, elementBytes: 4 }),
  ];
}

function latentProjections(
  run: RunSizes,
  attention: AttentionDescription,
  width: number,
): readonly SavedTensor[] {
  const { heads, keyWidth, valueWidth, latent } = attention;
  if (latent === undefined) return [];
  const { rank, ropeWidth, queryRank } = latent;
  const norm = (label: string, rowWidth: number): readonly SavedTensor[] =>
    normTensors(run, "rms", { label, width: rowWidth, count: 1, elementBytes: run.compute });
  const linear = (label: string, inWidth: number, outWidths: readonly number[], inputBytes: number) =>
    linearTensors(run, {
      part: "attention",
      label,
      inWidth,
      outWidths: learning(run, "attention", outWidths),
      inputBytes,
    });
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
    // In f32 the norm's input is a view of the full projection, which includes the rotated part
    ...norm("latent keys' norm", rank).map((tensor) =>
      run.compute === 4 && tensor.label.endsWith("input as f32")
        ? { ...tensor, bytes: 4 * run.tokens * (rank + ropeWidth) }
        : tensor,
    ),
    ...linear("latent keys and values", rank, [up], run.compute),
  ];
}

/** Returns the output widths of the linear layers that read the attention's input. */
export function projectionWidths(recipe: BlockRecipe, attention: AttentionDescription): readonly number[] {
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent !== undefined) return [];
  const widths = [heads * keyWidth, keyValueHeads * keyWidth, keyValueHeads * valueWidth];
  return recipe.fusedProjection ? [widths.reduce((sum, each) => sum + each, 0)] : widths;
}

/**
 * Lists what one layer's attention keeps, without its own norms and the input of its projections (`inputTensors` of the
 * layer). With s sequence, a heads, d head width, e bytes per element: eager keeps a d e x 3 + (4 + e) a s and the result;
 * flash keeps queries, keys, values, result and 4 a.
 */
export function attentionTensors(
  run: RunSizes,
  recipe: BlockRecipe,
  attention: AttentionDescription,
  width: number,
): readonly SavedTensor[] {
  const { heads, keyValueHeads, keyWidth, valueWidth } = attention;
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
    ...(recipe.clips
      ? [
          perToken(run, {
            part: "attention",
            label: "projections before they are clamped",
            width: (heads + keyValueHeads) * keyWidth + keyValueHeads * valueWidth,
            elementBytes: run.compute,
          }),
        ]
      : []),
    ...(recipe.listedHeads
      ? [{ part: "attention" as const, label: "head indices", count: 2, bytes: 8 }]
      : []),
    ...headNorms(run, recipe, attention),
    ...core,
    ...linearTensors(run, {
      part: "attention",
      label: "input of the output projection",
      inWidth: heads * valueWidth,
      outWidths: run.targets === "queries-values" ? [] : learning(run, "attention", [width]),
      inputBytes: run.compute,
      inputHeld: run.flash && !copied,
    }),
    ...(recipe.residualDropout && !recipe.dropsOnce
      ? [perToken(run, { part: "attention", label: "dropout's mask", width, elementBytes: run.mask })]
      : []),
  ];
}
