import { perToken } from "./saved-tensor.ts";
import type { SavedPart, SavedTensor, RunSizes } from "./saved-tensor.ts";

/** Linear layers that read the same input. */
export interface LinearGroup {
  readonly part: SavedPart;
  readonly label: string;
  readonly inWidth: number;
  /** Output width of each. */
  readonly outWidths: readonly number[];
  /** Bytes per element of the input as it arrives. */
  readonly inputBytes: number;
  /** True where another operation keeps the input anyway. */
  readonly inputHeld?: boolean;
}

function adapterTensors(run: RunSizes, group: LinearGroup, rank: number): readonly SavedTensor[] {
  const { inWidth, outWidths, part } = group;
  const count = outWidths.length;
  const inner = perToken(run, {
    part: "adapter",
    label: "results of the adapters' first matrix",
    width: rank,
    elementBytes: run.autocast ? 2 : 4,
    count,
  });
  if (count === 0) return [];
  if (run.autocast) {
    const seconds = outWidths.reduce((sum, outWidth) => sum + 2 * rank * outWidth, 0);
    return [
      perToken(run, {
        part: "adapter",
        label: `${group.label}, cast for each adapter`,
        width: inWidth,
        elementBytes: 2,
        count,
      }),
      inner,
      {
        part: "half-weights",
        label: `${group.label}: adapters' first matrices in 16 bits`,
        count,
        bytes: 2 * rank * inWidth,
      },
      {
        part: "half-weights",
        label: `${part}: adapters' second matrices in 16 bits`,
        count: 1,
        bytes: seconds,
      },
    ];
  }
  // The adapters are f32: a 16-bit input is cast for each of them, an f32 input is shared
  if (run.compute === 2)
    return [
      perToken(run, {
        part: "adapter",
        label: `${group.label}, as f32 for each adapter`,
        width: inWidth,
        elementBytes: 4,
        count,
      }),
      inner,
    ];
  const shared =
    group.inputHeld === true
      ? []
      : [perToken(run, { part, label: group.label, width: inWidth, elementBytes: 4 })];
  return [...shared, inner];
}

/**
 * Lists what linear layers keep: their input, once where they read the same tensor. Under autocast an f32 input is cast again
 * for every linear layer, and the 16-bit copy of each weight is kept. With adapters (LoRA) the weights are frozen and keep
 * nothing; the adapters' own products keep their input.
 */
export function linearTensors(run: RunSizes, group: LinearGroup): readonly SavedTensor[] {
  const { inWidth, outWidths, part, label, inputBytes } = group;
  if (run.adapterRank !== undefined) return adapterTensors(run, group, run.adapterRank);
  const isCast = run.autocast && inputBytes !== run.compute;
  const isHeld = group.inputHeld === true && !isCast;
  const inputs = isHeld
    ? []
    : [
        perToken(run, {
          part,
          label,
          width: inWidth,
          elementBytes: run.compute,
          count: isCast ? outWidths.length : 1,
        }),
      ];
  if (!run.autocast) return inputs;
  return [
    ...inputs,
    ...outWidths.map((outWidth) => ({
      part: "half-weights" as const,
      label: `${part}: weights in 16 bits`,
      count: 1,
      bytes: run.compute * inWidth * outWidth,
    })),
  ];
}
