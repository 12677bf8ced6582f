import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber, requireOneOf } from "../../../shared/options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { type CacheTypeChoice, cacheTypeFault, takesFlashAttention } from "./cache-types.ts";
import type { EngineContext } from "./context.ts";
import { cacheTypes } from "./graph/ggml/cache-type-rows.ts";

/** Where one accelerator's share of the layers goes; sizes in bytes are not needed here. */
export interface LlamaCppOptions {
  /** Tokens of context of all sequences together, as `-c`; 0 or left out: what the model was trained for. */
  readonly contextTokens?: number;
  /** Sequences at a time, as `-np`. Default 1. */
  readonly sequences?: number;
  /** Tokens of a batch, as `-b`. Default 2048. */
  readonly batch?: number;
  /** Tokens of a micro-batch, as `-ub`. Default 512. */
  readonly ubatch?: number;
  /** Types of the cache, as `-ctk` and `-ctv`. Default f16. */
  readonly keyType?: string;
  readonly valueType?: string;
  /** Default true; Grok has none. */
  readonly flashAttention?: boolean;
  /** One cache for all sequences, as `-kvu`. Default false. */
  readonly unified?: boolean;
  /** Layers with a window keep everything, as `--swa-full`. Default false. */
  readonly fullWindows?: boolean;
  /** Most tokens of a batch whose logits are wanted; the library's default is all of them, llama-server's one a sequence. */
  readonly outputs?: number;
  /** Accelerators. Default 0: everything runs on the host. */
  readonly devices?: number;
  /** Layers on accelerators, as `-ngl`, counted from the last, the output layer among them. Default all. */
  readonly gpuLayers?: number | "all";
  /** Shares of the layers by device, as `-ts`. Default equal ones. */
  readonly tensorSplit?: readonly number[];
  /** Tensors by pattern that go to the host or to a device, as `-ot`: the first that matches counts. */
  readonly overrides?: readonly { readonly pattern: string; readonly device: string }[];
  /** False where caches stay on the host, as `-nkvo`. Default true. */
  readonly offloadCache?: boolean;
  /** True where weights are held in memory, as `--no-mmap` or `--mlock`. Default false: pages of the file. */
  readonly held?: boolean;
  /** False where the host computes with the file's own order of weights, as `--no-repack`. Default true; with accelerators never. */
  readonly repack?: boolean;
  /** Bytes of a picture or sound projector (mmproj), of adapters, of a draft model with its context; each an item of its own. */
  readonly projectorBytes?: number;
  readonly adapterBytes?: number;
  readonly draftBytes?: number;
  /** Most bytes of kept prompts, as `--cache-ram`; llama-server's default is 8 GiB of the host's memory. 0: none. */
  readonly promptCacheBytes?: number;
  /** Copies of windows' and recurrent state that llama-server keeps of each sequence, as `--ctx-checkpoints`. Default 0. */
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

/** Most tokens of a context, and most bytes of a part, that are taken: beyond it sums would no longer be exact. */
const maxTokens = 2 ** 31;
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
  const whole = (name: keyof LlamaCppOptions, fallback: number, least: number, most: number): number =>
    requireInteger(name, options[name] ?? fallback, least, most);
  const keyType = requireOneOf("keyType", options.keyType ?? "f16", cacheTypes);
  const valueType = requireOneOf("valueType", options.valueType ?? "f16", cacheTypes);
  const flashAttention =
    requireFlag("flashAttention", options.flashAttention, true) && takesFlashAttention(description);
  requireTakenTypes(description, { keyType, valueType, flashAttention });
  const asked = whole("contextTokens", 0, 0, maxTokens);
  // a file of weights alone has no layers that a context would fill
  const own = description.contextLength ?? (description.layers.length === 0 ? 1 : 0);
  const contextTokens = asked === 0 ? own : asked;
  if (contextTokens === 0) {
    throw new LoadlineError(
      "invalid-option",
      description.vocabularySize === undefined
        ? `contextTokens: got none, and ${description.architecture} says neither a length nor a vocabulary of its own: is it a language model? allowed: a whole number from 1`
        : "contextTokens: got none, and the model does not say its own; allowed: a whole number from 1",
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

/** Checks options once. Throws `invalid-option` for what llama.cpp would refuse. */
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
      `tensorSplit: got ${split.length} shares, allowed: ${devices}, one for each device`,
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
    // the engine takes no buffer of the processor's own where there is an accelerator
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
