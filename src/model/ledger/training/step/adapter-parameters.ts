import type { AttentionDescription, LayerDescription } from "../../../description/model-description.ts";
import { adaptsExperts, adaptsShared, expertAdapterElements } from "../tensors/adapted-experts.ts";
import { projectionWidths } from "../tensors/attention-tensors.ts";
import type { BlockRecipe } from "../recipe/block-recipe.ts";
import { gateWidths } from "../tensors/feed-forward-tensors.ts";
import { learning } from "../tensors/saved-tensor.ts";
import type { RunSizes } from "../tensors/saved-tensor.ts";

type AdapterRun = Pick<RunSizes, "adapterRank" | "targets">;
/** Input and output width of a linear layer. */
type Widths = readonly [number, number];

function attentionLayers(
  run: AdapterRun,
  recipe: BlockRecipe,
  attention: AttentionDescription,
  width: number,
): readonly Widths[] {
  const { heads, keyWidth, valueWidth, latent } = attention;
  const of = (widths: readonly Widths[]): readonly Widths[] => learning(run, "attention", widths);
  const last = run.targets === "queries-values" ? [] : of([[heads * valueWidth, width]]);
  if (latent === undefined)
    return [...of(projectionWidths(recipe, attention).map((each): Widths => [width, each])), ...last];
  const { rank, ropeWidth, queryRank } = latent;
  const queries: readonly Widths[] =
    queryRank === undefined
      ? [[width, heads * keyWidth]]
      : [
          [width, queryRank],
          [queryRank, heads * keyWidth],
        ];
  return [
    ...of(queries),
    ...of([[width, rank + ropeWidth]]),
    ...of([[rank, heads * (keyWidth - ropeWidth + valueWidth)]]),
    ...last,
  ];
}

/** Counts the adapter elements of one layer: rank x (input + output) of each linear layer that has an adapter. */
export function adapterParameters(
  run: AdapterRun,
  recipe: BlockRecipe,
  layer: LayerDescription,
  width: number,
): number {
  const rank = run.adapterRank;
  if (rank === undefined) return 0;
  const { attention, experts, feedForwardWidth } = layer;
  const dense = (inner: number): readonly Widths[] =>
    learning(run, "feed-forward", [
      ...gateWidths(recipe, inner).map((each): Widths => [width, each]),
      [inner, width],
    ]);
  const shared = adaptsShared(run, recipe) ? (experts?.sharedWidth ?? 0) : 0;
  const gate: readonly Widths[] = shared > 0 && recipe.sharedGate ? [[width, 1]] : [];
  const linears = [
    ...(attention === undefined ? [] : attentionLayers(run, recipe, attention, width)),
    ...(experts === undefined && feedForwardWidth !== undefined ? dense(feedForwardWidth) : []),
    ...(shared === 0 ? [] : [...dense(shared), ...learning(run, "feed-forward", gate)]),
  ];
  const routed =
    experts === undefined || !adaptsExperts(run, recipe)
      ? 0
      : expertAdapterElements(experts, width, rank) + rank * (width + experts.count);
  return routed + rank * linears.reduce((sum, [inWidth, outWidth]) => sum + inWidth + outWidth, 0);
}
