import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber, requireOneOf } from "../../../shared/options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { batchDefaults, defaultRelease, deviceClass, vllmRelease, vllmReleases } from "./releases.ts";
import type { VllmRelease, VllmReleaseName } from "./releases.ts";
import { isSparse } from "./sparse-latent.ts";

/** How vLLM is started, and the requests to serve. */
export interface VllmOptions {
  /** Memory of one device as the driver reports it, in bytes. Default: a pool as large as the requests need. */
  readonly memoryBytes?: number;
  /** Release whose rules apply. Default "0.21". */
  readonly release?: VllmReleaseName;
  /** The card's name: vLLM gives an A100 the defaults of a smaller card. */
  readonly deviceName?: string;
  /** `--gpu-memory-utilization`. Default 0.92, 0.9 before 0.21. */
  readonly utilization?: number;
  /** `--max-model-len`. Default: what the model was trained for. */
  readonly contextTokens?: number;
  /** Requests that must fit at a time, each of `requestTokens`. Default: 1 with the full context. */
  readonly sequences?: number;
  readonly requestTokens?: number;
  /** `--max-num-seqs`. Default: vLLM's, 1024 from 70 GiB (and without `memoryBytes`), 256 below and on an A100. */
  readonly maxSequences?: number;
  /** `--max-num-batched-tokens`. Default: 8192 and 2048, likewise. */
  readonly batchedTokens?: number;
  /** `--block-size`, tokens of a block. Default 16; 64 for sparse latent attention and for latent attention in fp8. */
  readonly blockTokens?: number;
  /** `--kv-cache-dtype`. Default "auto": two bytes, as the model computes. */
  readonly cacheType?: "auto" | "fp8" | "fp8_ds_mla";
  /**
   * `--enable-prefix-caching` with recurrent layers, in mode "align": a request holds two pages of state in each. Default:
   * off, on from 0.33. Has no effect on the memory of other models.
   */
  readonly prefixCaching?: boolean;
  readonly tensorParallel?: number;
  readonly pipelineParallel?: number;
  /** `--enforce-eager`: no CUDA graphs. Default false. */
  readonly eager?: boolean;
  /** `--cpu-offload-gb` in bytes, of each device's weights. Default 0. */
  readonly offloadBytes?: number;
}

/** Checked options, with every default filled in. */
export interface CheckedVllmOptions extends Required<
  Omit<VllmOptions, "memoryBytes" | "release" | "deviceName">
> {
  readonly memoryBytes: number | undefined;
  readonly release: VllmRelease;
}

const fields = [
  "memoryBytes",
  "release",
  "deviceName",
  "utilization",
  "contextTokens",
  "sequences",
  "requestTokens",
  "maxSequences",
  "batchedTokens",
  "blockTokens",
  "cacheType",
  "prefixCaching",
  "tensorParallel",
  "pipelineParallel",
  "eager",
  "offloadBytes",
];
const maxTokens = 2 ** 31;
const maxBytes = 2 ** 50;

/** Names of the heads of recurrent layers in config.json; ranks share them too. */
const stateHeads = ["mamba_n_heads", "mamba_num_heads", "linear_num_key_heads", "linear_num_value_heads"];

/** Finds what tensor parallelism cannot divide evenly: heads, key and value heads, vocabulary, widths of feed-forward parts. */
export function findUndivided(description: ModelDescription, ranks: number): string | undefined {
  for (const { attention, feedForwardWidth, experts, recurrent } of description.layers) {
    if (attention !== undefined) {
      const { heads, keyValueHeads } = attention;
      if (heads % ranks !== 0) return `${heads} heads`;
      const shared = keyValueHeads >= ranks ? keyValueHeads % ranks : ranks % keyValueHeads;
      if (attention.latent === undefined && shared !== 0) return `${keyValueHeads} key and value heads`;
    }
    for (const width of [feedForwardWidth, experts?.width, experts?.sharedWidth])
      if (width !== undefined && width % ranks !== 0) return `a feed-forward part of ${width}`;
    const inner = recurrent?.innerWidth ?? 0;
    if (inner % ranks !== 0) return `a recurrent part of ${inner}`;
  }
  for (const name of stateHeads) {
    const heads = description.settings[name];
    if (typeof heads === "number" && heads % ranks !== 0) return `${name} of ${heads}`;
  }
  const rows = padVocabulary(description.vocabularySize ?? 0);
  return rows % ranks === 0 ? undefined : `a vocabulary of ${rows} rows`;
}

/** Rounds the rows of embedding and output layer up to a multiple of 64 (`vocab_parallel_embedding.py`). */
export function padVocabulary(size: number): number {
  return Math.ceil(size / 64) * 64;
}

function checkRanks(
  description: ModelDescription,
  options: VllmOptions,
): { tensor: number; pipeline: number } {
  const tensor = requireInteger("tensorParallel", options.tensorParallel ?? 1, 1, 1024);
  const pipeline = requireInteger("pipelineParallel", options.pipelineParallel ?? 1, 1, 1024);
  const left = findUndivided(description, tensor);
  if (left !== undefined) {
    throw new LoadlineError(
      "invalid-option",
      `tensorParallel: got ${tensor} for ${left}, allowed: a number that divides them (vLLM refuses others)`,
      { details: { option: "tensorParallel", got: tensor } },
    );
  }
  if (description.layers.length > 0 && pipeline > description.layers.length) {
    throw new LoadlineError(
      "invalid-option",
      `pipelineParallel: got ${pipeline} for ${description.layers.length} layers, allowed: at most one stage per layer`,
      { details: { option: "pipelineParallel", got: pipeline } },
    );
  }
  if (pipeline > 1 && description.layers.some(({ attention }) => attention?.sharesCacheOf !== undefined)) {
    throw new LoadlineError(
      "invalid-option",
      `pipelineParallel: got ${pipeline} for layers that read another layer's cache, allowed: 1 (that layer may be in another stage)`,
      { details: { option: "pipelineParallel", got: pipeline } },
    );
  }
  return { tensor, pipeline };
}

/** Returns the sequences and tokens of a step, as given or vLLM's defaults. */
function checkBatch(
  options: VllmOptions,
  release: VllmRelease,
  context: number,
): Pick<CheckedVllmOptions, "maxSequences" | "batchedTokens"> {
  const device = { memoryBytes: options.memoryBytes, deviceClass: deviceClass(options.deviceName) };
  const usual = batchDefaults(release, device, context);
  const given = options.maxSequences;
  const most = given === undefined ? usual.batchedTokens : Math.min(usual.batchedTokens, given * context);
  const batchedTokens = requireInteger("batchedTokens", options.batchedTokens ?? most, 1, maxTokens);
  const sequences = given ?? Math.min(usual.maxSequences, batchedTokens);
  const maxSequences = requireInteger("maxSequences", sequences, 1, 1_000_000);
  if (maxSequences > batchedTokens) {
    throw new LoadlineError(
      "invalid-option",
      `maxSequences: got ${maxSequences} with ${batchedTokens} tokens in a step, allowed: at most as many sequences as tokens (vLLM refuses more)`,
      { details: { option: "maxSequences", got: maxSequences } },
    );
  }
  return { maxSequences, batchedTokens };
}

function checkCacheType(
  description: ModelDescription,
  options: VllmOptions,
): CheckedVllmOptions["cacheType"] {
  const type = requireOneOf("cacheType", options.cacheType ?? "auto", ["auto", "fp8", "fp8_ds_mla"]);
  if (type !== "fp8_ds_mla" || description.layers.some(({ attention }) => attention?.latent !== undefined))
    return type;
  throw new LoadlineError(
    "invalid-option",
    "cacheType: got fp8_ds_mla for a model without latent attention, allowed: auto, fp8",
    { details: { option: "cacheType", got: type } },
  );
}

/** Kernels of sparse latent attention, and of latent attention in fp8 (FlashMLA), need blocks of 64 tokens. */
function usualBlock(description: ModelDescription, cacheType: CheckedVllmOptions["cacheType"]): number {
  const latent = description.layers.some(({ attention }) => attention?.latent !== undefined);
  return latent && (cacheType !== "auto" || isSparse(description)) ? 64 : 16;
}

/** Checks the options once. Errors: `invalid-option` for what vLLM would refuse. */
export function checkVllmOptions(description: ModelDescription, options: VllmOptions): CheckedVllmOptions {
  requireKnownFields("options", options, fields);
  const { tensor, pipeline } = checkRanks(description, options);
  const release = vllmRelease(requireOneOf("release", options.release ?? defaultRelease, vllmReleases));
  // A file of weights alone has no layers that a context could fill
  const own = description.contextLength ?? (description.layers.length === 0 ? 1 : undefined);
  const contextTokens = options.contextTokens ?? own;
  if (contextTokens === undefined) {
    throw new LoadlineError(
      "invalid-option",
      "contextTokens: the model does not state its context; give a whole number from 1",
      { details: { option: "contextTokens" } },
    );
  }
  const context = requireInteger("contextTokens", contextTokens, 1, maxTokens);
  const { memoryBytes } = options;
  const cacheType = checkCacheType(description, options);
  return {
    memoryBytes:
      memoryBytes === undefined ? undefined : requireInteger("memoryBytes", memoryBytes, 1, maxBytes),
    release,
    utilization: requireNumber("utilization", options.utilization ?? release.utilization, 0.01, 1),
    contextTokens: context,
    sequences: requireInteger("sequences", options.sequences ?? 1, 1, 1_000_000),
    requestTokens: requireInteger("requestTokens", options.requestTokens ?? context, 1, context),
    ...checkBatch(options, release, context),
    blockTokens: requireInteger(
      "blockTokens",
      options.blockTokens ?? usualBlock(description, cacheType),
      1,
      4096,
    ),
    cacheType,
    prefixCaching: options.prefixCaching ?? release.cachesStatePrefixes,
    tensorParallel: tensor,
    pipelineParallel: pipeline,
    eager: options.eager === true,
    offloadBytes: requireInteger("offloadBytes", options.offloadBytes ?? 0, 0, maxBytes),
  };
}
