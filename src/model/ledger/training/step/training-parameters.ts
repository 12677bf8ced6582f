import type { LayerDescription, ModelDescription } from "../../../description/model-description.ts";
import { weightGroups } from "../../traffic/weight-groups.ts";
import { adapterParameters } from "./adapter-parameters.ts";
import { projectionWidths } from "../tensors/attention-tensors.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { gateWidths } from "../tensors/feed-forward-tensors.ts";
import type { RunSizes } from "../tensors/saved-tensor.ts";

/** Weight matrices of one shape. */
export interface Matrix {
  readonly inWidth: number;
  readonly outWidth: number;
  readonly count: number;
}

function attentionMatrices(recipe: BlockRecipe, layer: LayerDescription, width: number): readonly Matrix[] {
  const { attention } = layer;
  if (attention === undefined) return [];
  const { heads, keyWidth, valueWidth, latent } = attention;
  const linear = (inWidth: number, outWidth: number): Matrix => ({ inWidth, outWidth, count: 1 });
  const out = linear(heads * valueWidth, width);
  if (latent === undefined)
    return [...projectionWidths(recipe, attention).map((each) => linear(width, each)), out];
  const { rank, ropeWidth, queryRank } = latent;
  const queries =
    queryRank === undefined
      ? [linear(width, heads * keyWidth)]
      : [linear(width, queryRank), linear(queryRank, heads * keyWidth)];
  return [
    ...queries,
    linear(width, rank + ropeWidth),
    linear(rank, heads * (keyWidth - ropeWidth + valueWidth)),
    out,
  ];
}

/** Lists the matrices of a layer by shape. */
export function layerMatrices(
  recipe: BlockRecipe,
  layer: LayerDescription,
  width: number,
): readonly Matrix[] {
  const dense = (inner: number): readonly Matrix[] => [
    ...gateWidths(recipe, inner).map((each) => ({ inWidth: width, outWidth: each, count: 1 })),
    { inWidth: inner, outWidth: width, count: 1 },
  ];
  const { experts, feedForwardWidth } = layer;
  const routed =
    experts === undefined
      ? []
      : [
          { inWidth: width, outWidth: experts.count, count: 1 },
          { inWidth: width, outWidth: 2 * experts.width, count: experts.count },
          { inWidth: experts.width, outWidth: width, count: experts.count },
          ...(experts.sharedWidth === undefined ? [] : dense(experts.sharedWidth)),
        ];
  return [
    ...attentionMatrices(recipe, layer, width),
    ...(experts === undefined && feedForwardWidth !== undefined ? dense(feedForwardWidth) : routed),
  ];
}

/** Parameters by their place; `layers` by layer, in order. */
export interface TrainingParameters {
  readonly embedding: number;
  /** 0 where the output layer is the embedding. */
  readonly output: number;
  readonly layers: readonly number[];
  /** Routed experts, which `layers` includes. */
  readonly experts: number;
  /** Norms, and parts outside the layers such as vision or audio towers. */
  readonly others: number;
  readonly total: number;
  /** Rows and columns of all matrices, and norms and biases in full: what factored states keep. */
  readonly edges: number;
  /** Elements of the largest tensor, and of the largest linear layer. */
  readonly largest: number;
  readonly largestMatrix: number;
  /** Adapter parameters by layer; 0 without adapters. */
  readonly adapters: readonly number[];
}

function edgesOf(matrices: readonly Matrix[]): number {
  return matrices.reduce((sum, { inWidth, outWidth, count }) => sum + (inWidth + outWidth) * count, 0);
}

/**
 * Counts the parameters of a model; undefined where they are not known. The layers' shapes divide what the weight groups say.
 */
export function trainingParameters(
  description: ModelDescription,
  recipe: BlockRecipe,
  run: Pick<RunSizes, "adapterRank" | "targets">,
): TrainingParameters | undefined {
  const groups = weightGroups(description);
  const width = description.embeddingWidth;
  if (groups === undefined || width === undefined || description.layers.length === 0) return undefined;
  const tied = groups.output === groups.embedding;
  const main = description.layers.filter((layer) => layer.prediction !== true);
  const matrices = main.map((layer) => layerMatrices(recipe, layer, width));
  const shapes = matrices.map((all) =>
    all.reduce((sum, { inWidth, outWidth, count }) => sum + inWidth * outWidth * count, 0),
  );
  const sizes = matrices.flat().map(({ inWidth, outWidth, count }) => ({ size: inWidth * outWidth, count }));
  // All experts of a layer are one tensor
  const largestTensor = sizes.reduce((most, { size, count }) => Math.max(most, size * count), 0);
  const largestMatrix = sizes.reduce((most, { size, count }) => Math.max(most, count === 1 ? size : 0), 0);
  const shaped = shapes.reduce((sum, each) => sum + each, 0);
  const inLayers = groups.dense.parameters + groups.experts.parameters;
  const scale = shaped === 0 ? 0 : inLayers / shaped;
  const others = groups.nonText.parameters + groups.prediction.parameters;
  const output = tied ? 0 : groups.output.parameters;
  return {
    embedding: groups.embedding.parameters,
    output,
    layers: shapes.map((each) => (shaped === 0 ? inLayers / main.length : each * scale)),
    experts: groups.experts.parameters,
    others,
    total: groups.embedding.parameters + output + inLayers + others,
    edges:
      (tied ? 1 : 2) * (width + groups.embedding.parameters / width) +
      matrices.reduce((sum, all) => sum + edgesOf(all), 0) +
      (shaped === 0 ? 0 : Math.max(0, inLayers - shaped)),
    largest: Math.max(groups.embedding.parameters, output, largestTensor),
    largestMatrix,
    adapters: main.map((layer) => adapterParameters(run, recipe, layer, width)),
  };
}
