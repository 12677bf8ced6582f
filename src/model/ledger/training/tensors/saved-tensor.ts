import type { AdapterOptions, CheckedTraining } from "../training-options.ts";

/** The part of a layer that a tensor belongs to. */
export type SavedPart = "norms" | "attention" | "feed-forward" | "experts" | "adapter" | "half-weights";

/** A tensor kept from the forward to the backward pass. */
export interface SavedTensor {
  readonly part: SavedPart;
  readonly label: string;
  /** How many of this size there are. */
  readonly count: number;
  /** Bytes of one tensor, for the whole micro-batch. */
  readonly bytes: number;
  /** True where selective recomputation recomputes it. */
  readonly recomputable?: boolean;
}

/** Sizes and kernels that all layers of a training step share. */
export interface RunSizes {
  /** Tokens of a micro-step: batch x sequence. */
  readonly tokens: number;
  readonly batch: number;
  readonly sequence: number;
  /** Bytes per element of the residual stream, and of a matrix product's result. */
  readonly stream: number;
  readonly compute: number;
  /** True where matrix products cast their inputs and weights themselves (`torch.autocast`). */
  readonly autocast: boolean;
  /** Bytes per statistic of `layer_norm`, and per element of a dropout mask. */
  readonly statistic: number;
  readonly mask: number;
  readonly flash: boolean;
  /** True where scores are recomputed in the backward pass from queries, keys and values. */
  readonly selective: boolean;
  /** True where attention copies its result because the heads are not contiguous (on the processor). */
  readonly copiesResult: boolean;
  /** Rank of the adapters, whose base weights are frozen. */
  readonly adapterRank: number | undefined;
  /** Linear layers that have adapters. */
  readonly targets: NonNullable<AdapterOptions["targets"]>;
}

/**
 * Returns true where autocast casts fp32 weights in every product; DeepSpeed and FSDP hold 16-bit weights for the layers
 * themselves.
 */
function usesAutocast(options: CheckedTraining): boolean {
  const kind = options.sharding?.kind ?? "ddp";
  return options.precision.startsWith("amp") && kind === "ddp";
}

/** Derives the sizes of a step's tensors from its options. */
export function runSizes(options: CheckedTraining): RunSizes {
  const autocast = usesAutocast(options);
  const compute = options.precision === "fp32" ? 4 : 2;
  // Adapters are added to 16-bit weights, whatever computes with them
  const stream = options.adapter === undefined && autocast ? 4 : compute;
  const isCpu = options.backend === "cpu";
  return {
    tokens: options.batch * options.sequence,
    batch: options.batch,
    sequence: options.sequence,
    stream,
    compute,
    autocast,
    statistic: isCpu ? stream : 4,
    mask: isCpu ? compute : 1,
    flash: options.attention === "flash",
    selective: options.checkpointing === "selective",
    copiesResult: isCpu,
    adapterRank: options.adapter?.rank,
    targets: options.adapter?.targets ?? "all",
  };
}

/** A tensor with `width` elements per token. */
export interface TokenTensor {
  readonly part: SavedPart;
  readonly label: string;
  readonly width: number;
  readonly elementBytes: number;
  /** How many of this size there are. Default 1. */
  readonly count?: number;
}

/** Sizes a tensor that has a row per token of the micro-step. */
export function perToken(run: RunSizes, tensor: TokenTensor): SavedTensor {
  const { part, label, width, elementBytes, count = 1 } = tensor;
  return { part, label, count, bytes: run.tokens * width * elementBytes };
}

/** Returns those of the linear layers of one input that are trained: all, or those with an adapter. */
export function learning<Width>(
  run: Pick<RunSizes, "adapterRank" | "targets">,
  part: "attention" | "feed-forward",
  widths: readonly Width[],
): readonly Width[] {
  if (run.adapterRank === undefined || run.targets === "all" || run.targets === part) return widths;
  // Queries and values of the three; a fused projection has the adapter as a whole
  if (run.targets === "queries-values" && part === "attention")
    return widths.length === 3 ? widths.filter((_, index) => index !== 1) : widths;
  return [];
}

/** Sums the bytes of tensors. */
export function sumBytes(tensors: readonly SavedTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.count * tensor.bytes, 0);
}
