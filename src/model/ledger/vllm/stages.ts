import type { LayerDescription, ModelDescription } from "../../description/model-description.ts";
import { weightGroups } from "../traffic/weight-groups.ts";
import type { WeightGroups } from "../traffic/weight-groups.ts";
import { mainLayers } from "./layer-cache.ts";
import { padVocabulary } from "./vllm-options.ts";

/** The layers of one stage of a pipeline, and the weights that each of its tensor-parallel ranks holds. */
export interface Stage {
  readonly index: number;
  /** Indices among the loaded layers: from `start` to before `end`. */
  readonly start: number;
  readonly end: number;
  readonly layers: readonly LayerDescription[];
  /** True for the stage that samples. */
  readonly isLast: boolean;
  /** Undefined where the weights are not known. */
  readonly weightBytes: number | undefined;
}

/**
 * Divides the layers among stages as evenly as possible; what is left over goes to the stages before the last (vLLM,
 * `get_pp_indices`).
 */
export function layersByStage(layers: number, stages: number): readonly number[] {
  const counts = Array.from({ length: stages }, () => Math.floor(layers / stages));
  const left = layers % stages;
  for (let step = 2; step < left + 2; step++) {
    const place = stages - step;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

/** Elements of a layer by how ranks share them; only their proportions are used where the file states the sum. */
interface LayerParts {
  readonly dense: number;
  readonly experts: number;
  /** Of the dense ones, those that every rank holds in full: norms, routers, projections into the latent row. */
  readonly whole: number;
  /** What a rank holds beyond an even share where there are more ranks than key and value heads. */
  readonly copied: number;
}

function attentionElements({ attention }: LayerDescription, width: number): { all: number; whole: number } {
  if (attention === undefined) return { all: 0, whole: 0 };
  const { heads, keyValueHeads, keyWidth, valueWidth, latent } = attention;
  if (latent === undefined) {
    return { all: width * (heads + keyValueHeads) * (keyWidth + valueWidth), whole: 0 };
  }
  const inward = width * ((latent.queryRank ?? 0) + latent.rank + latent.ropeWidth);
  const query = (latent.queryRank ?? width) * heads * keyWidth;
  const keyValue = latent.rank * heads * (keyWidth - latent.ropeWidth + valueWidth);
  return { all: inward + query + keyValue + heads * valueWidth * width, whole: inward };
}

function partsOf(layer: LayerDescription, width: number, ranks: number): LayerParts {
  const { attention, experts, feedForwardWidth = 0, recurrent } = layer;
  const mixed = attentionElements(layer, width);
  const router = (experts?.count ?? 0) * width;
  const norms = 2 * width;
  const inner = 3 * width * (feedForwardWidth + (experts?.sharedWidth ?? 0) + (recurrent?.innerWidth ?? 0));
  const over =
    attention === undefined || attention.latent !== undefined
      ? 0
      : Math.max(0, 1 - attention.keyValueHeads / ranks);
  return {
    dense: mixed.all + router + norms + inner,
    experts: 3 * width * (experts?.count ?? 0) * (experts?.width ?? 0),
    whole: mixed.whole + router + norms,
    copied: over * width * ((attention?.keyWidth ?? 0) + (attention?.valueWidth ?? 0)),
  };
}

/**
 * Returns the share of the stored bytes that is loaded: f32 is cast to two bytes, except the scales of quantized weights
 * (`config/model.py`, `_resolve_auto_dtype`).
 */
function shareOfLayer(description: ModelDescription): number {
  if (description.tensors.length === 0) return description.weightType === "f32" ? 0.5 : 1;
  if (description.format === "gguf") return 1;
  let all = 0;
  let cast = 0;
  for (const tensor of description.tensors) {
    all += tensor.bytes;
    if (tensor.type === "f32" && !tensor.name.includes("scale")) cast += tensor.bytes / 2;
  }
  return all === 0 ? 1 : (all - cast) / all;
}

/** Returns the bytes of the vocabulary's rows on one rank: the table is rounded up to 64 rows before it is divided. */
function vocabularyBytes(description: ModelDescription, bytes: number, ranks: number): number {
  const rows = description.vocabularySize ?? 0;
  return (rows === 0 ? bytes : (bytes * padVocabulary(rows)) / rows) / ranks;
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/**
 * Pads experts for mxfp4 kernels (gpt-oss): the width to 256 and a rank's inner width to 64 (`oracle/mxfp4.py` and the layout
 * of Triton's kernels; Marlin, on cards before Hopper, to 128).
 */
function padExperts(description: ModelDescription, ranks: number): number {
  const { experts } = description.layers.find((layer) => layer.experts !== undefined) ?? {};
  const width = description.embeddingWidth ?? 0;
  if (experts === undefined || width === 0 || description.weightType !== "mxfp4") return 1;
  const inner = experts.width / ranks;
  return (roundUp(width, 256) / width) * (roundUp(inner, 64) / inner);
}

interface Sharing {
  readonly description: ModelDescription;
  readonly groups: WeightGroups;
  readonly parts: readonly LayerParts[];
  readonly ranks: number;
  readonly stages: number;
}

const sum = (parts: readonly LayerParts[], of: (part: LayerParts) => number): number =>
  parts.reduce((total, part) => total + of(part), 0);

/** Returns the bytes of the layers from `start` to `end` on one rank. */
function layerBytes({ description, groups, parts, ranks }: Sharing, start: number, end: number): number {
  const here = parts.slice(start, end);
  const of = (bytes: number, part: (each: LayerParts) => number): number => {
    const all = sum(parts, part);
    return all === 0 ? (bytes * here.length) / Math.max(1, parts.length) : (bytes * sum(here, part)) / all;
  };
  const dense = of(groups.dense.bytes, (part) => part.dense);
  const experts = of(groups.experts.bytes, (part) => part.experts) * padExperts(description, ranks);
  const each = groups.dense.parameters === 0 ? 2 : groups.dense.bytes / groups.dense.parameters;
  const whole = Math.min(dense, sum(here, (part) => part.whole) * each);
  return (dense - whole + experts) / ranks + whole + sum(here, (part) => part.copied) * each;
}

function stageBytes(sharing: Sharing, index: number, start: number, end: number): number {
  const { description, groups, ranks, stages } = sharing;
  const tied = groups.output === groups.embedding;
  const last = index === stages - 1;
  const first =
    index === 0
      ? vocabularyBytes(description, groups.embedding.bytes, ranks) + groups.nonText.bytes / ranks
      : 0;
  const output = last && (!tied || index > 0) ? vocabularyBytes(description, groups.output.bytes, ranks) : 0;
  return layerBytes(sharing, start, end) + first + output;
}

/**
 * Returns the weights of each stage on one rank. Tensor-parallel ranks share layers and vocabulary. The embedding, and towers
 * for images or audio, are on the first stage; the output layer is on the last (a shared one on both). Layers that predict
 * further tokens are not loaded without speculation.
 */
export function stagesOf(
  description: ModelDescription,
  tensorParallel: number,
  pipelineParallel: number,
): readonly Stage[] {
  const known = shared.get(description) ?? new Map<string, readonly Stage[]>();
  shared.set(description, known);
  const key = `${tensorParallel} ${pipelineParallel}`;
  const stages = known.get(key) ?? shareOut(description, tensorParallel, pipelineParallel);
  known.set(key, stages);
  return stages;
}

/** Results by model: a planner needs the same model thousands of times. */
const shared = new WeakMap<ModelDescription, Map<string, readonly Stage[]>>();

function shareOut(
  description: ModelDescription,
  tensorParallel: number,
  pipelineParallel: number,
): readonly Stage[] {
  const main = mainLayers(description);
  const groups = weightGroups(description);
  const parts = main.map((layer) => partsOf(layer, description.embeddingWidth ?? 0, tensorParallel));
  const share = shareOfLayer(description);
  let next = 0;
  return layersByStage(main.length, pipelineParallel).map((size, index): Stage => {
    const start = next;
    next += size;
    const place = { index, start, end: next, layers: main.slice(start, next) };
    const isLast = index === pipelineParallel - 1;
    // Without layers, or their bytes, nothing can be divided
    if (groups === undefined || main.length === 0) {
      const alone = pipelineParallel === 1 && tensorParallel === 1 ? description.weightBytes : undefined;
      return { ...place, isLast, weightBytes: alone };
    }
    const sharing = { description, groups, parts, ranks: tensorParallel, stages: pipelineParallel };
    return { ...place, isLast, weightBytes: Math.ceil(stageBytes(sharing, index, start, next) * share) };
  });
}
