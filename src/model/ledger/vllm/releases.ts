import { GiB } from "../../../shared/units.ts";

/** Supported releases of vLLM; the rules of each were read from its source. */
export const vllmReleases = ["0.19", "0.21", "0.33"] as const;
export type VllmReleaseName = (typeof vllmReleases)[number];

/** What changed between the releases, as far as memory is concerned. */
export interface VllmRelease {
  readonly name: VllmReleaseName;
  /** Default of `--gpu-memory-utilization` (`config/cache.py`). */
  readonly utilization: number;
  /** True where CUDA graphs are taken out of the pool (`gpu_worker.py`; the default since 0.21). */
  readonly countsGraphs: boolean;
  /** Steps whose tokens a window may have to hold at a time (`max_in_flight_tokens`: asynchronous scheduling runs ahead). */
  readonly inFlightSteps: (stages: number) => number;
  /** True where the null block is set aside before vLLM checks that one request fits. */
  readonly keepsNullBlock: boolean;
  /** True where pages that do not divide the largest are padded; earlier releases refuse them. */
  readonly padsPages: boolean;
  /** True where prefix caching is on by default for models with recurrent layers too. */
  readonly cachesStatePrefixes: boolean;
  /** How the log's "GPU KV cache size" is computed: what full requests hold, or all blocks over all groups. */
  readonly tokensByRequests: boolean;
  /** Blocks of latent attention next to recurrent layers are a multiple of this. */
  readonly latentBlock: number;
  /** Bytes of a logit at the sampler's fullest moment. */
  readonly samplerBytes: number;
  /** True where the runner counts each request's tokens, for penalties: 33 bits per token of the vocabulary. */
  readonly countsTokens: boolean;
  /** True where a device of 160 GiB or more gets 16,384 tokens a step. */
  readonly largestTier: boolean;
}

const releases: Readonly<Record<VllmReleaseName, VllmRelease>> = {
  "0.19": {
    name: "0.19",
    utilization: 0.9,
    countsGraphs: false,
    inFlightSteps: () => 1,
    keepsNullBlock: false,
    padsPages: false,
    cachesStatePrefixes: false,
    tokensByRequests: false,
    latentBlock: 1,
    samplerBytes: 14,
    countsTokens: false,
    largestTier: false,
  },
  "0.21": {
    name: "0.21",
    utilization: 0.92,
    countsGraphs: true,
    inFlightSteps: () => 1,
    keepsNullBlock: false,
    padsPages: false,
    cachesStatePrefixes: false,
    tokensByRequests: true,
    latentBlock: 1,
    samplerBytes: 14,
    countsTokens: false,
    largestTier: false,
  },
  "0.33": {
    name: "0.33",
    utilization: 0.92,
    countsGraphs: true,
    inFlightSteps: (stages) => stages + 1,
    keepsNullBlock: true,
    padsPages: true,
    cachesStatePrefixes: true,
    tokensByRequests: true,
    latentBlock: 128,
    samplerBytes: 10,
    countsTokens: true,
    largestTier: true,
  },
};

/** The default release: the newest whose start-up logs the activation was compared with. */
export const defaultRelease: VllmReleaseName = "0.21";

export function vllmRelease(name: VllmReleaseName): VllmRelease {
  return releases[name];
}

/** What `vllm serve` sets by default. */
export interface BatchDefaults {
  /** `--max-num-seqs`. */
  readonly maxSequences: number;
  /** `--max-num-batched-tokens`. */
  readonly batchedTokens: number;
}

/** Devices with the memory of a large one that get other defaults (`arg_utils.py` looks for "a100" and for GB10). */
export type DeviceClass = "usual" | "a100" | "gb10";

/** Returns the class of a device, by the driver's name or ours. */
export function deviceClass(name: string | undefined): DeviceClass {
  const lower = (name ?? "").toLowerCase();
  if (lower.includes("a100")) return "a100";
  return /gb10|spark/u.test(lower) ? "gb10" : "usual";
}

/**
 * Returns the API server's defaults by the device's memory (`engine/arg_utils.py`, `get_batch_defaults`): from 70 GiB 1,024
 * sequences and 8,192 tokens, below 256 and 2,048. Neither exceeds what contexts and tokens allow. Without a device: those of
 * a large one.
 */
export function batchDefaults(
  release: VllmRelease,
  device: { readonly memoryBytes: number | undefined; readonly deviceClass: DeviceClass },
  contextTokens: number,
): BatchDefaults {
  const memory = device.memoryBytes ?? 80 * GiB;
  const large =
    memory >= 70 * GiB &&
    device.deviceClass !== "a100" &&
    (device.deviceClass !== "gb10" || !release.largestTier);
  const largest = release.largestTier && memory >= 160 * GiB;
  const sequences = large || largest ? 1024 : 256;
  const tokens = largest ? 16_384 : large ? 8192 : 2048;
  const batchedTokens = Math.min(sequences * contextTokens, tokens);
  return { maxSequences: Math.min(sequences, batchedTokens), batchedTokens };
}
