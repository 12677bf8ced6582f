import type { AdapterOptions, CheckedTraining } from "../training-options.ts";

/** The part of a layer, or what is around the layers. */
export type SavedPart = "norms" | "attention" | "feed-forward" | "experts" | "adapter" | "half-weights";

/** A tensor that is kept from the forward to the backward pass. */
export interface SavedTensor {
  readonly part: SavedPart;
  readonly label: string;
  /** How many of this size. */
  readonly count: number;
  /** Bytes of one, for the whole micro-batch. */
  readonly bytes: number;
  /** True where selective recomputation makes it again. */
  readonly recomputable?: boolean;
}

/** Sizes that all layers of one training share. */
export interface RunSizes {
  /** Tokens of a micro-step: batch x sequence. */
  readonly tokens: number;
  readonly batch: number;
  readonly sequence: number;
  /** Bytes of an element of the stream between the layers, and of a matrix product's result. */
  readonly stream: number;
  readonly compute: number;
  /** Matrix products cast their inputs and weights themselves (`torch.autocast`). */
  readonly autocast: boolean;
  /** Bytes of a statistic of `layer_norm`, and of an element of a dropout mask. */
  readonly statistic: number;
  readonly mask: number;
  readonly flash: boolean;
  /** Scores are computed again in the backward pass, from queries, keys and values. */
  readonly selective: boolean;
  /** The processor's attention copies a result whose heads are not beside each other. */
  readonly copiesResult: boolean;
  /** Rank of the adapters; the weights themselves are frozen then. */
  readonly adapterRank: number | undefined;
  /** Where they lie. */
  readonly targets: NonNullable<AdapterOptions["targets"]>;
}

/** DeepSpeed and FSDP hold 16-bit weights for the layers themselves; autocast casts fp32 ones in every product. */
function usesAutocast(options: CheckedTraining): boolean {
  const kind = options.sharding?.kind ?? "ddp";
  return options.precision.startsWith("amp") && kind === "ddp";
}

/** What the settings come to, for the tensors of a layer. */
export function runSizes(options: CheckedTraining): RunSizes {
  const autocast = usesAutocast(options);
  const compute = options.precision === "fp32" ? 4 : 2;
  // Adapters are laid on weights of 16 bits, whatever computes with them
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

/** A tensor with `width` elements for each token. */
export interface TokenTensor {
  readonly part: SavedPart;
  readonly label: string;
  readonly width: number;
  readonly elementBytes: number;
  /** How many of this size. Default 1. */
  readonly count?: number;
}

/** Sizes tensors that have a row for each token of the micro-step. */
export function perToken(run: RunSizes, tensor: TokenTensor): SavedTensor {
  const { part, label, width, elementBytes, count = 1 } = tensor;
  return { part, label, count, bytes: run.tokens * width * elementBytes };
}

/** Which of the linear layers that read one input have something to learn: all, or those with an adapter. */
export function learning<Width>(
  run: Pick<RunSizes, "adapterRank" | "targets">,
  part: "attention" | "feed-forward",
  widths: readonly Width[],
): readonly Width[] {
  if (run.adapterRank === undefined || run.targets === "all" || run.targets === part) return widths;
  // Of queries, keys and values; where they are one layer, it has the adapter
  if (run.targets === "queries-values" && part === "attention")
    return widths.length === 3 ? widths.filter((_, index) => index !== 1) : widths;
  return [];
}

/** Bytes of tensors together. */
export function sumBytes(tensors: readonly SavedTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.count * tensor.bytes, 0);
}
