import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber, requireOneOf } from "../../../shared/options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { cacheTypeFault, takesFlashAttention } from "./cache-types.ts";
import type { CacheTypeChoice } from "./cache-types.ts";
import type { EngineContext } from "./context.ts";
import { cacheTypes } from "./graph/ggml/cache-type-rows.ts";

/** How llama.cpp is started. Devices are given by number, not by size: the ledger does not depend on their memory. */
export interface LlamaCppOptions {
  /** Context in tokens, of all sequences together (`-c`). Default, and for 0: the model's trained length. */
  readonly contextTokens?: number;
  /** Parallel sequences (`-np`). Default 1. */
  readonly sequences?: number;
  /** Tokens per batch (`-b`). Default 2048. */
  readonly batch?: number;
  /** Tokens per micro-batch (`-ub`). Default 512. */
  readonly ubatch?: number;
  /** Cache type of keys (`-ctk`). Default f16. */
  readonly keyType?: string;
  /** Cache type of values (`-ctv`). Default f16. */
  readonly valueType?: string;
  /** Default true. Grok never uses it. */
  readonly flashAttention?: boolean;
  /** All sequences share one cache (`-kvu`). Default false. */
  readonly unified?: boolean;
  /** Layers with a window cache the entire context (`--swa-full`). Default false. */
  readonly fullWindows?: boolean;
  /**
   * Maximum tokens per batch whose logits are needed. Default: all, as the library does; llama-server needs one per
   * sequence.
   */
  readonly outputs?: number;
  /** Number of accelerators. Default 0: everything runs on the host. */
  readonly devices?: number;
  /** Layers on accelerators (`-ngl`), counted from the last, including the output layer. Default: all. */
  readonly gpuLayers?: number | "all";
  /** Share of the layers for each device (`-ts`). Default: equal shares. */
  readonly tensorSplit?: readonly number[];
  /** Devices of tensors by name pattern (`-ot`). The first matching pattern counts. */
  readonly overrides?: readonly { readonly pattern: string; readonly device: string }[];
  /** False if caches stay on the host (`-nkvo`). Default true. */
  readonly offloadCache?: boolean;
  /** True if weights are held in memory (`--no-mmap` or `--mlock`). Default false: pages of the file. */
  readonly held?: boolean;
  /**
   * False if the host computes with the file's own layout of weights (`--no-repack`). Default true; never with
   * accelerators.
   */
  readonly repack?: boolean;
  /** Bytes of an image or audio projector (`--mmproj`). Default 0. */
  readonly projectorBytes?: number;
  /** Bytes of adapters (LoRA). Default 0. */
  readonly adapterBytes?: number;
  /** Bytes of a draft model with its context. Default 0. */
  readonly draftBytes?: number;
  /**
   * Maximum bytes of cached prompts on the host (`--cache-ram`; llama-server's default is 8 GiB). Default 0: none.
   */
  readonly promptCacheBytes?: number;
  /**
   * Checkpoints of windows and recurrent state that llama-server keeps per sequence (`--ctx-checkpoints`). Default 0.
   */
  readonly checkpoints?: number;
}

const optionNames: readonly string[] = [
  "contextTokens",
  "sequences",
  "batch",
  "ubatch",
  "keyType",
  "valueType",
  "flashAttention",
  "unified",
  "fullWindows",
  "outputs",
  "devices",
  "gpuLayers",
  "tensorSplit",
  "overrides",
  "offloadCache",
  "held",
  "repack",
  "projectorBytes",
  "adapterBytes",
  "draftBytes",
  "promptCacheBytes",
  "checkpoints",
];

/** Largest context in tokens: beyond it sums would not be exact. */
const maxTokens = 2 ** 31;
/** Largest part in bytes: beyond it sums would not be exact. */
const maxBytes = 2 ** 50;
/** The engine's own limits (llama.cpp v0.5.0: LLAMA_MAX_SEQ, GGML_CUDA_MAX_DEVICES). */
const maxSequences = 256;
const maxDevices = 16;

/** Options with every default filled in. */
export interface CheckedLlamaCppOptions {
  readonly context: EngineContext;
  readonly devices: number;
  readonly gpuLayers: number;
  readonly tensorSplit: readonly number[];
  readonly overrides: readonly { readonly pattern: RegExp; readonly device: string }[];
  readonly offloadCache: boolean;
  readonly held: boolean;
  readonly repack: boolean;
  readonly extras: {
    readonly projectorBytes: number;
    readonly adapterBytes: number;
    readonly draftBytes: number;
    readonly promptCacheBytes: number;
    readonly checkpoints: number;
  };
}

function requireFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new LoadlineError("invalid-option", `${name}: got ${String(value)}, allowed: true, false`, {
    details: { option: name },
  });
}

function patternOf(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    throw new LoadlineError(
      "invalid-option",
      `overrides: got the pattern ${JSON.stringify(source)}, allowed: a regular expression`,
      {
        details: { option: "overrides" },
        cause,
      },
    );
  }
}

function requireTakenTypes(description: ModelDescription, choice: CacheTypeChoice): void {
  const fault = cacheTypeFault(description, choice);
  if (fault === undefined) return;
  const { option, reason, allowed } = fault;
  const got = choice[option];
  throw new LoadlineError(
    "invalid-option",
    `${option}: got ${got}${choice.flashAttention ? "" : " without flash attention"}, allowed: ${allowed.join(", ")} (${reason})`,
    { details: { option, got } },
  );
}

function checkContext(description: ModelDescription, options: LlamaCppOptions): EngineContext {
  const whole = (name: keyof LlamaCppOptions, fallback: number, min: number, max: number): number =>
    requireInteger(name, options[name] ?? fallback, min, max);
  const keyType = requireOneOf("keyType", options.keyType ?? "f16", cacheTypes);
  const valueType = requireOneOf("valueType", options.valueType ?? "f16", cacheTypes);
  const flashAttention =
    requireFlag("flashAttention", options.flashAttention, true) && takesFlashAttention(description);
  requireTakenTypes(description, { keyType, valueType, flashAttention });
  const requested = whole("contextTokens", 0, 0, maxTokens);
  // A file of weights alone has no layers that a context would fill
  const own = description.contextLength ?? (description.layers.length === 0 ? 1 : 0);
  const contextTokens = requested === 0 ? own : requested;
  if (contextTokens === 0) {
    throw new LoadlineError(
      "invalid-option",
      description.vocabularySize === undefined
        ? `contextTokens is required: ${description.architecture} gives neither a context length nor a vocabulary. Check that it is a language model`
        : "contextTokens is required: the model does not give a context length of its own",
      {
        details: { option: "contextTokens" },
      },
    );
  }
  return {
    contextTokens,
    sequences: whole("sequences", 1, 1, maxSequences),
    batch: whole("batch", 2048, 1, maxTokens),
    ubatch: whole("ubatch", 512, 1, maxTokens),
    keyType,
    valueType,
    flashAttention,
    unified: requireFlag("unified", options.unified, false),
    fullWindows: requireFlag("fullWindows", options.fullWindows, false),
    outputs: options.outputs === undefined ? undefined : whole("outputs", 1, 1, maxTokens),
  };
}

/**
 * Checks options once and fills in the defaults.
 * Errors: `invalid-option` for options that llama.cpp would refuse.
 */
export function checkLlamaCppOptions(
  description: ModelDescription,
  options: LlamaCppOptions,
): CheckedLlamaCppOptions {
  requireKnownFields("options", options, optionNames);
  const devices = requireInteger("devices", options.devices ?? 0, 0, maxDevices);
  const layers = description.layers.length + 1;
  const gpuLayers =
    options.gpuLayers === undefined || options.gpuLayers === "all"
      ? layers
      : Math.min(layers, requireInteger("gpuLayers", options.gpuLayers, 0));
  const split = options.tensorSplit ?? Array.from({ length: devices }, () => 1);
  if (split.length !== devices) {
    throw new LoadlineError(
      "invalid-option",
      `tensorSplit: got ${split.length} shares, allowed: ${devices}, one per device`,
      {
        details: { option: "tensorSplit" },
      },
    );
  }
  const bytes = (name: keyof LlamaCppOptions): number =>
    requireInteger(name, options[name] ?? 0, 0, maxBytes);
  return {
    context: checkContext(description, options),
    devices,
    gpuLayers: devices === 0 ? 0 : gpuLayers,
    tensorSplit: split.map((share) => requireNumber("tensorSplit", share, 0, maxBytes)),
    overrides: (options.overrides ?? []).map(({ pattern, device }) => ({
      pattern: patternOf(pattern),
      device,
    })),
    offloadCache: requireFlag("offloadCache", options.offloadCache, true),
    held: requireFlag("held", options.held, false),
    // With an accelerator, the engine does not repack weights for the processor
    repack: requireFlag("repack", options.repack, true) && devices === 0,
    extras: {
      projectorBytes: bytes("projectorBytes"),
      adapterBytes: bytes("adapterBytes"),
      draftBytes: bytes("draftBytes"),
      promptCacheBytes: bytes("promptCacheBytes"),
      checkpoints: requireInteger("checkpoints", options.checkpoints ?? 0, 0, 10_000),
    },
  };
}
