import type { TrainingNorm } from "../../../description/families/training-recipe.ts";
import { perToken } from "./saved-tensor.ts";
import type { SavedTensor, RunSizes } from "./saved-tensor.ts";

/** A norm over `count` rows of `width` elements per token, with `elementBytes` per element of its input. */
export interface NormShape {
  readonly label: string;
  readonly width: number;
  readonly count: number;
  readonly elementBytes: number;
  readonly unitWeight?: boolean;
}

function rms(run: RunSizes, kind: TrainingNorm, shape: NormShape): readonly SavedTensor[] {
  const { label, width, count, elementBytes } = shape;
  const isFrozen = run.adapterRank !== undefined;
  const all = width * count;
  const scaled = kind === "rms" ? elementBytes : 4;
  return [
    perToken(run, { part: "norms", label: `${label}: input as f32`, width: all, elementBytes: 4 }),
    perToken(run, { part: "norms", label: `${label}: 1 / root mean square`, width: count, elementBytes: 4 }),
    // A frozen weight needs no gradient, so the value multiplied with it is not kept
    ...(isFrozen
      ? []
      : [
          perToken(run, {
            part: "norms",
            label: `${label}: before its weight`,
            width: all,
            elementBytes: scaled,
          }),
        ]),
    ...(kind === "rms-float"
      ? [{ part: "norms" as const, label: `${label}: 1 + weight`, count: 1, bytes: 4 * width }]
      : []),
  ];
}

/** Lists what a norm keeps (transformers' own RMS norms, PyTorch's `layer_norm`). */
export function normTensors(run: RunSizes, kind: TrainingNorm, shape: NormShape): readonly SavedTensor[] {
  const { label, width, count, elementBytes } = shape;
  const all = width * count;
  if (kind === "layer" || kind === "layer-float") {
    const isFloat = kind === "layer-float";
    return [
      perToken(run, {
        part: "norms",
        label: `${label}: input`,
        width: all,
        elementBytes: isFloat ? 4 : elementBytes,
      }),
      perToken(run, {
        part: "norms",
        label: `${label}: mean and deviation`,
        width: count,
        elementBytes: isFloat ? 4 : run.statistic,
        count: 2,
      }),
      ...(shape.unitWeight === true
        ? [{ part: "norms" as const, label: `${label}: 1 + weight`, count: 1, bytes: all * elementBytes }]
        : []),
    ];
  }
  if (kind !== "centred") return rms(run, kind, shape);
  const isFrozen = run.adapterRank !== undefined;
  return [
    perToken(run, {
      part: "norms",
      label: `${label}: difference from the mean`,
      width: all,
      elementBytes: 4,
      count: 2,
    }),
    perToken(run, { part: "norms", label: `${label}: 1 / deviation`, width: count, elementBytes: 4 }),
    ...(isFrozen
      ? []
      : [
          perToken(run, { part: "norms", label: `${label}: before its weight`, width: all, elementBytes: 4 }),
        ]),
    ...(run.stream < 4
      ? [{ part: "norms" as const, label: `${label}: weight as f32`, count: 1, bytes: 4 * all }]
      : []),
  ];
}
