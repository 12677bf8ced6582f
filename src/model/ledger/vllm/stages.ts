import type { LayerSpec, Spec } from "../../spec/spec.ts";
import { weightGroups } from "../traffic/weight-groups.ts";

/** The layers of one stage of a pipeline, and the weights that each of its tensor-parallel ranks holds. */
export interface Stage {
  readonly index: number;
  readonly layers: readonly LayerSpec[];
  /** Undefined where the weights are not known. */
  readonly weightBytes: number | undefined;
}

/** Layers by stage: as even as can be, what is left over goes to the stages before the last (vLLM, `get_pp_indices`). */
export function layersByStage(layers: number, stages: number): readonly number[] {
  const counts = Array.from({ length: stages }, () => Math.floor(layers / stages));
  const left = layers % stages;
  for (let step = 2; step < left + 2; step += 1) {
    const place = stages - step;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

/** Keys and values are copied where there are more ranks than heads: what a rank holds beyond its even share. */
function copiedHeads(spec: Spec, layer: LayerSpec, ranks: number, each: number): number {
  const { attention } = layer;
  if (attention === undefined || attention.latent !== undefined) return 0;
  const over = Math.max(0, 1 - attention.keyValueHeads / ranks);
  return over * (spec.embeddingWidth ?? 0) * (attention.keyWidth + attention.valueWidth) * each;
}

/**
 * Weights of each stage for one rank: layers and vocabulary are shared out over the tensor-parallel ranks; the embedding is
 * on the first stage, and what reads pictures or sound; the output layer on the last (a shared one on both). Layers that
 * predict further tokens are not loaded without speculation.
 */
export function stagesOf(spec: Spec, tensorParallel: number, pipelineParallel: number): readonly Stage[] {
  const main = spec.layers.filter((layer) => layer.prediction !== true);
  const groups = weightGroups(spec);
  const each =
    spec.weightBytes === undefined || spec.parameters === undefined ? 2 : spec.weightBytes / spec.parameters;
  let start = 0;
  return layersByStage(main.length, pipelineParallel).map((size, index): Stage => {
    const layers = main.slice(start, start + size);
    start += size;
    if (groups === undefined) {
      const alone = pipelineParallel === 1 && tensorParallel === 1 ? spec.weightBytes : undefined;
      return { index, layers, weightBytes: alone };
    }
    const share = main.length === 0 ? 1 / pipelineParallel : size / main.length;
    const tied = groups.output === groups.embedding;
    const first = index === 0 ? groups.embedding.bytes + groups.beside.bytes : 0;
    const last = index === pipelineParallel - 1 && (!tied || index > 0) ? groups.output.bytes : 0;
    const inLayers = (groups.dense.bytes + groups.experts.bytes) * share;
    const copied = layers.reduce((sum, layer) => sum + copiedHeads(spec, layer, tensorParallel, each), 0);
    return { index, layers, weightBytes: Math.ceil((inLayers + first + last) / tensorParallel + copied) };
  });
}
