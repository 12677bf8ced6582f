import { requireInteger, requireKnownFields, requireNumber, requireOneOf } from "../../../shared/options.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import { decodeAttention, prefillAttention, stateElements } from "./attention-work.ts";
import type { AttentionWork } from "./attention-work.ts";
import { readExperts, countUsedExperts, weightGroups } from "./weight-groups.ts";

/** The step: one token of all sequences (decode), a prompt (prefill), or a training step. */
export interface TrafficOptions {
  readonly phase: "decode" | "prefill" | "training";
  /** Sequences at a time; for training those of the micro-batch. Default 1. */
  readonly sequences?: number;
  /** Decode: tokens in each sequence's context. Prefill and training: tokens of each sequence. */
  readonly tokens: number;
  /** Tokens of one pass of the prefill. Default 512. */
  readonly ubatch?: number;
  /** Bytes of an element of the cache: f16 2, q8_0 1.0625, fp8 1. Default 2. */
  readonly cacheElementBytes?: number;
  /** Share of the cached tokens that were evicted and are not read. Default 0. */
  readonly evicted?: number;
  /** Training: bytes of the activations kept, written once and read once. */
  readonly activationBytes?: number;
  /** Training: bytes of gradients and optimizer state that the update reads and writes. */
  readonly stateBytes?: number;
  /** Training: true where the forward pass is recomputed in the backward pass. */
  readonly recomputed?: boolean;
}

/** One kind of bytes that move between memory and processor. */
export interface TrafficItem {
  readonly label: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly formula: string;
}

/** Bytes that one step reads and writes, and its operations. */
export interface Traffic {
  readonly phase: TrafficOptions["phase"] | "inference";
  /** What `tokens` counts: samples for a network of Keras, otherwise tokens. */
  readonly unit?: "tokens" | "samples";
  /** Tokens that the step produces (decode) or consumes (prefill, training). */
  readonly tokens: number;
  readonly items: readonly TrafficItem[];
  readonly bytes: number;
  readonly operations: number;
  /** True where the weights are not known: the figures are a lower bound. */
  readonly atLeast: boolean;
}

/** The least time that a device's bandwidth and peak rate allow. */
export interface Roofline {
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** "host" where more than half of the time goes to what is stored there. */
  readonly binds: "bandwidth" | "compute" | "host";
  readonly bandwidthSeconds: number;
  /** Undefined where the device's peak rate is not known. */
  readonly computeSeconds: number | undefined;
}

const fields = [
  "phase",
  "sequences",
  "tokens",
  "ubatch",
  "cacheElementBytes",
  "evicted",
  "activationBytes",
  "stateBytes",
  "recomputed",
];
const maxTokens = 2 ** 31;

interface Work {
  readonly description: ModelDescription;
  readonly sequences: number;
  readonly tokens: number;
  readonly ubatch: number;
  readonly element: number;
  readonly evicted: number;
}

/** Returns the weights that `passes` passes of `passTokens` tokens read, and the operations with them. */
function weightWork(
  work: Work,
  passTokens: number,
  passes: number,
): { items: TrafficItem[]; operations: number } {
  const groups = weightGroups(work.description);
  if (groups === undefined) return { items: [], operations: 0 };
  const rows = passTokens * passes;
  const width = work.description.embeddingWidth ?? 0;
  const stored = groups.embedding.parameters === 0 ? 0 : groups.embedding.bytes / groups.embedding.parameters;
  // Layers that a token passes several times are read each time: no processor caches them all
  const times = work.description.layers[0]?.passes ?? 1;
  const dense = (groups.dense.bytes * times + groups.output.bytes) * passes;
  const experts = groups.experts.bytes * readExperts(work.description, passTokens) * passes;
  const item = (label: string, readBytes: number, formula: string): TrafficItem => ({
    label,
    readBytes: Math.round(readBytes),
    writtenBytes: 0,
    formula,
  });
  const active =
    groups.dense.parameters * times +
    groups.output.parameters +
    groups.experts.parameters * countUsedExperts(work.description);
  return {
    items: [
      item("weights that every token uses", dense, "(layers + output layer) x passes"),
      ...(experts === 0
        ? []
        : [item("chosen experts", experts, "experts x (1 - (1 - used / count) ^ tokens) x passes")]),
      item("rows of the embedding", rows * width * stored, "tokens x width x bytes"),
    ],
    operations: 2 * active * rows,
  };
}

function cacheItem(work: Work, attention: AttentionWork, formula: string): TrafficItem {
  return {
    label: "keys and values",
    readBytes: Math.round(attention.readElements * work.element * (1 - work.evicted) * work.sequences),
    writtenBytes: Math.round(attention.writtenElements * work.element * work.sequences),
    formula,
  };
}

/**
 * Returns the traffic of recurrent states: f32, read and written once per step. Each element is decayed, added to and read
 * out: 6 operations.
 */
function stateWork(work: Work, steps: number): { items: TrafficItem[]; operations: number } {
  const elements = stateElements(work.description) * work.sequences;
  if (elements === 0) return { items: [], operations: 0 };
  const bytes = 4 * elements * steps;
  return {
    items: [
      {
        label: "recurrent state",
        readBytes: bytes,
        writtenBytes: bytes,
        formula: "sequences x 4 x elements x steps, read and written",
      },
    ],
    operations: 6 * elements,
  };
}

function logitsItem(work: Work, rows: number): TrafficItem {
  const bytes = 4 * rows * (work.description.vocabularySize ?? 0);
  return { label: "logits", readBytes: 0, writtenBytes: bytes, formula: "4 x rows x vocabulary" };
}

function decode(work: Work): Pick<Traffic, "items" | "operations" | "tokens"> {
  const weights = weightWork(work, work.sequences, 1);
  const attention = decodeAttention(work.description, work.tokens);
  const state = stateWork(work, 1);
  return {
    tokens: work.sequences,
    items: [
      ...weights.items,
      cacheItem(work, attention, "sequences x layers' cells (a window's at most) x heads x widths x bytes"),
      ...state.items,
      logitsItem(work, work.sequences),
    ],
    operations: weights.operations + attention.operations * work.sequences + state.operations,
  };
}

function prefill(work: Work): Pick<Traffic, "items" | "operations" | "tokens"> {
  const passes = Math.ceil((work.tokens * work.sequences) / work.ubatch);
  const passTokens = (work.tokens * work.sequences) / passes;
  const weights = weightWork(work, passTokens, passes);
  const attention = prefillAttention(work.description, work.tokens, work.ubatch);
  const state = stateWork(work, Math.ceil(work.tokens / work.ubatch));
  return {
    tokens: work.tokens * work.sequences,
    items: [
      ...weights.items,
      cacheItem(work, attention, "each pass reads the cache and writes its own rows"),
      ...state.items,
      logitsItem(work, work.sequences),
    ],
    operations: weights.operations + attention.operations * work.sequences + state.operations * work.tokens,
  };
}

function training(work: Work, options: TrafficOptions): Pick<Traffic, "items" | "operations" | "tokens"> {
  const tokens = work.tokens * work.sequences;
  const weights = weightWork(work, tokens, 1);
  const attention = prefillAttention(work.description, work.tokens, work.tokens).operations * work.sequences;
  const passes = options.recomputed === true ? 4 : 3;
  const activations = requireNumber("activationBytes", options.activationBytes ?? 0, 0, 2 ** 60);
  const states = requireNumber("stateBytes", options.stateBytes ?? 0, 0, 2 ** 60);
  return {
    tokens,
    items: [
      ...weights.items.map((item) => ({
        ...item,
        readBytes: item.readBytes * (passes - 1),
        writtenBytes: item.readBytes,
        formula: "read forward and backward, gradients written",
      })),
      { label: "activations", readBytes: activations, writtenBytes: activations, formula: "kept bytes" },
      { label: "gradients and optimizer", readBytes: states, writtenBytes: states, formula: "state bytes" },
    ],
    operations: passes * (weights.operations + attention),
  };
}

/**
 * Returns the bytes that a step moves between memory and processor, and its operations: they decide how fast it can be. Decode
 * reads the weights once for all sequences, a prompt once per micro-batch, training three times. Sources: Williams et al.,
 * Roofline (2009), for the bound; 2 operations per weight and token forward, 4 backward. Errors: `invalid-option`.
 */
export function trafficOf(description: ModelDescription, options: TrafficOptions): Traffic {
  requireKnownFields("options", options, fields);
  const phase = requireOneOf("phase", options.phase, ["decode", "prefill", "training"]);
  const work: Work = {
    description,
    sequences: requireInteger("sequences", options.sequences ?? 1, 1, 1_000_000),
    tokens: requireInteger("tokens", options.tokens, 0, maxTokens),
    ubatch: requireInteger("ubatch", options.ubatch ?? 512, 1, maxTokens),
    element: requireNumber("cacheElementBytes", options.cacheElementBytes ?? 2, 0, 8),
    evicted: requireNumber("evicted", options.evicted ?? 0, 0, 1),
  };
  const step =
    phase === "decode" ? decode(work) : phase === "prefill" ? prefill(work) : training(work, options);
  return {
    phase,
    ...step,
    bytes: step.items.reduce((sum, item) => sum + item.readBytes + item.writtenBytes, 0),
    atLeast: weightGroups(description) === undefined || description.unknown.length > 0,
  };
}

/** Returns the least time a step can take: what its bytes need at the bandwidth, or its operations at the peak rate. */
export function rooflineOf(
  traffic: Pick<Traffic, "bytes" | "operations" | "tokens">,
  device: { readonly bandwidthBytesPerSecond: number; readonly peakOperationsPerSecond?: number | undefined },
): Roofline {
  const bandwidthSeconds = traffic.bytes / device.bandwidthBytesPerSecond;
  const computeSeconds =
    device.peakOperationsPerSecond === undefined
      ? undefined
      : traffic.operations / device.peakOperationsPerSecond;
  const seconds = Math.max(bandwidthSeconds, computeSeconds ?? 0);
  return {
    seconds,
    tokensPerSecond: seconds === 0 ? 0 : traffic.tokens / seconds,
    binds: (computeSeconds ?? 0) > bandwidthSeconds ? "compute" : "bandwidth",
    bandwidthSeconds,
    computeSeconds,
  };
}
