import { buildByteLedger, type ByteLedger, type ByteLine } from "../byte-ledger.ts";
import type { Spec } from "../../spec/spec.ts";
import { blocksOfPool, blocksOfRequest, poolShape, type PoolShape } from "./pages.ts";
import { stagesOf, type Stage } from "./stages.ts";
import { checkVllmOptions, type CheckedVllmOptions, type VllmOptions } from "./vllm-options.ts";

const engine = "vLLM 0.21";
/** The release whose start-up logs the activation and the overheads were compared with. */
const comparedEngine = "vLLM 0.17 to 0.19";
const gibibyte = 2 ** 30;

/** Outside PyTorch's allocator: 0.25 to 0.27 GiB alone, 0.07 in a pipeline, 2.07 to 2.17 with NCCL. */
function outsideBytes({ tensorParallel, pipelineParallel }: CheckedVllmOptions): number {
  if (tensorParallel > 1) return Math.round(2.12 * gibibyte);
  return Math.round((pipelineParallel > 1 ? 0.07 : 0.26) * gibibyte);
}

/** 0.5 to 1.85 GiB in public logs, mean 1.04. */
const graphBytes = Math.round(1.04 * gibibyte);

/** What vLLM makes of a pool. Tokens and bytes of one device. */
export interface VllmPool {
  /** Bytes of the pool on the device with the smallest one; undefined where no memory is given or weights are unknown. */
  readonly bytes: number | undefined;
  /** Bytes that the asked requests need on that device. */
  readonly neededBytes: number;
  readonly blockTokens: number;
  readonly blocks: number | undefined;
  readonly blocksOfRequest: number;
  /** Requests of `requestTokens` that fit at a time. */
  readonly concurrency: number | undefined;
  /** False where one request of the whole context does not fit: vLLM then does not start. */
  readonly starts: boolean | undefined;
}

/** A ledger of one device for each rank, and what its pool of pages holds. */
export interface VllmLedger extends ByteLedger {
  readonly pool: VllmPool;
}

/** Peak of activations while vLLM measures itself: the sampler over all sequences, or the widest layer over all tokens. */
export function vllmActivationBytes(
  spec: Spec,
  options: Pick<CheckedVllmOptions, "maxSequences" | "batchedTokens" | "tensorParallel">,
): number | undefined {
  const { vocabularySize, embeddingWidth } = spec;
  if (vocabularySize === undefined || embeddingWidth === undefined) return undefined;
  const { maxSequences, batchedTokens: tokens, tensorParallel } = options;
  const vocabulary = Math.ceil(vocabularySize / 64) * 64;
  const widest = spec.layers.reduce((most, layer) => Math.max(most, layer.feedForwardWidth ?? 0), 0);
  const sampler = maxSequences * vocabulary * 14 + 3 * tokens * embeddingWidth * 2;
  const layer = tokens * 2 * ((3 * widest) / tensorParallel + 4 * embeddingWidth);
  const { experts } = spec.layers.find((each) => each.experts !== undefined) ?? {};
  const chosen =
    experts === undefined
      ? 0
      : tokens * experts.used * ((3 * experts.width) / tensorParallel + embeddingWidth) * 2;
  return Math.round(Math.max(sampler, layer) + chosen);
}

function line(
  device: string,
  part: Omit<ByteLine, "device" | "phase" | "engine"> & { engine?: string },
): ByteLine {
  return { engine, ...part, device, phase: "load" };
}

function weightLines(device: string, stage: Stage, options: CheckedVllmOptions): readonly ByteLine[] {
  const held =
    stage.weightBytes === undefined ? undefined : Math.max(0, stage.weightBytes - options.offloadBytes);
  const offloaded = Math.min(options.offloadBytes, stage.weightBytes ?? 0);
  const weights = line(device, {
    kind: "weights",
    label: options.pipelineParallel > 1 ? `weights of stage ${stage.index}` : "weights",
    bytes: held,
    formula: "(layers' share + embedding + output layer) / tensor ranks - offloaded",
    inputs: {
      layers: stage.layers.length,
      tensorRanks: options.tensorParallel,
      stages: options.pipelineParallel,
      offloaded: options.offloadBytes,
    },
    confidence: held === undefined ? "unknown" : "derived",
  });
  if (offloaded === 0) return [weights];
  const layer = Math.ceil((stage.weightBytes ?? 0) / Math.max(1, stage.layers.length));
  return [
    weights,
    line(device, {
      kind: "weights",
      label: "the layer at work, copied from the host",
      bytes: Math.min(layer, offloaded),
      formula: "weights / layers",
      inputs: { layers: stage.layers.length },
      confidence: "derived",
    }),
    line("host", {
      kind: "weights",
      label: `weights offloaded from ${device}`,
      bytes: offloaded,
      formula: "as asked",
      inputs: {},
      confidence: "derived",
      note: "read over PCI Express in each pass",
    }),
  ];
}

function overheadLines(device: string, spec: Spec, options: CheckedVllmOptions): readonly ByteLine[] {
  const activation = vllmActivationBytes(spec, options);
  const lines = [
    line(device, {
      kind: "activations",
      label: "peak of activations while profiling",
      bytes: activation,
      formula:
        "max(sequences x vocabulary x 14 + 3 x tokens x width x 2, tokens x 2 x (3 x feed-forward / ranks + 4 x width)) + chosen experts",
      inputs: {
        sequences: options.maxSequences,
        tokens: options.batchedTokens,
        vocabulary: spec.vocabularySize ?? "unknown",
        width: spec.embeddingWidth ?? "unknown",
      },
      confidence: activation === undefined ? "unknown" : "calibrated",
      engine: comparedEngine,
      note: "dense text models: within 3.6 % of 13 public logs; experts within 6 to 15 %; pictures 2 to 7 % low",
    }),
    line(device, {
      kind: "runtime",
      label: "outside PyTorch's allocator",
      bytes: outsideBytes(options),
      formula: "0.26 GiB alone, 0.07 in a pipeline, 2.12 with tensor ranks",
      inputs: { tensorRanks: options.tensorParallel, stages: options.pipelineParallel },
      confidence: "calibrated",
      engine: comparedEngine,
    }),
  ];
  if (options.eager) return lines;
  return [
    ...lines,
    line(device, {
      kind: "graphs",
      label: "CUDA graphs",
      bytes: graphBytes,
      formula: "mean of public logs",
      inputs: { leastGiB: 0.5, mostGiB: 1.85 },
      confidence: "calibrated",
      note: "taken out of the pool since 0.21",
    }),
  ];
}

interface DevicePool {
  readonly shape: PoolShape | undefined;
  readonly available: number | undefined;
  readonly blocks: number | undefined;
  readonly request: number;
  readonly needed: number;
}

function poolOf(
  stage: Stage,
  options: CheckedVllmOptions,
  held: readonly ByteLine[],
  elementBytes: number,
): DevicePool {
  const shape = poolShape(stage.layers, options, elementBytes);
  const unknown = held.some((each) => each.device !== "host" && each.bytes === undefined);
  const used = held.reduce((sum, each) => (each.device === "host" ? sum : sum + (each.bytes ?? 0)), 0);
  const available =
    options.memoryBytes === undefined || unknown
      ? undefined
      : Math.max(0, Math.ceil(options.memoryBytes * options.utilization) - used);
  if (shape === undefined) return { shape, available, blocks: undefined, request: 0, needed: 0 };
  const request = blocksOfRequest(shape, options.requestTokens, options.batchedTokens);
  // one block is kept as the null block
  const needed = (request * options.sequences + 1) * shape.pageBytes * shape.layersPerGroup;
  const blocks = available === undefined ? undefined : blocksOfPool(shape, available);
  return { shape, available, blocks, request, needed };
}

function poolLine(device: string, pool: DevicePool, options: CheckedVllmOptions): readonly ByteLine[] {
  if (pool.shape === undefined) return [];
  const given = options.memoryBytes !== undefined;
  return [
    line(device, {
      kind: "kv-cache",
      label: given ? "pool of pages: all that is left" : "pages of the requests",
      bytes: given ? pool.available : pool.needed,
      formula: given
        ? "memory x utilization - weights - activations - outside - graphs"
        : "(blocks of a request x requests + 1) x page x layers of a group",
      inputs: {
        page: pool.shape.pageBytes,
        layersOfGroup: pool.shape.layersPerGroup,
        blockTokens: pool.shape.blockTokens,
        blocks: pool.blocks ?? pool.request * options.sequences + 1,
        requests: options.sequences,
      },
      confidence: given && pool.available === undefined ? "unknown" : given ? "calibrated" : "derived",
    }),
  ];
}

/** Bytes of an element of the cache with type "auto": as the model computes, 2, or 4 where it is stored in f32. */
function elementBytesOf(spec: Spec): number {
  return spec.weightType === "f32" ? 4 : 2;
}

/**
 * What vLLM holds on each device and what its pool of pages carries. Each tensor-parallel rank and stage is one device.
 * Throws `invalid-option` for what vLLM would refuse.
 */
export function vllmLedger(spec: Spec, options: VllmOptions = {}): VllmLedger {
  const checked = checkVllmOptions(spec, options);
  const lines: ByteLine[] = [];
  const pools: DevicePool[] = [];
  for (const stage of stagesOf(spec, checked.tensorParallel, checked.pipelineParallel)) {
    for (let rank = 0; rank < checked.tensorParallel; rank += 1) {
      const device = `gpu${stage.index * checked.tensorParallel + rank}`;
      const held = [...weightLines(device, stage, checked), ...overheadLines(device, spec, checked)];
      const pool = poolOf(stage, checked, held, elementBytesOf(spec));
      lines.push(...held, ...poolLine(device, pool, checked));
      pools.push(pool);
    }
  }
  return { ...buildByteLedger(engine, lines), pool: describePool(checked, pools) };
}

function describePool(options: CheckedVllmOptions, pools: readonly DevicePool[]): VllmPool {
  const cached = pools.filter((pool) => pool.shape !== undefined);
  const tightest = cached.reduce<DevicePool | undefined>(
    (least, pool) => ((pool.blocks ?? 0) < (least?.blocks ?? Number.POSITIVE_INFINITY) ? pool : least),
    undefined,
  );
  const shape = tightest?.shape;
  const blocks = tightest?.blocks;
  const usable = blocks === undefined ? undefined : Math.max(0, blocks - 1);
  const whole =
    shape === undefined ? 0 : blocksOfRequest(shape, options.contextTokens, options.batchedTokens);
  return {
    bytes: tightest?.available,
    neededBytes: Math.max(0, ...cached.map((pool) => pool.needed)),
    blockTokens: shape?.blockTokens ?? options.blockTokens,
    blocks,
    blocksOfRequest: tightest?.request ?? 0,
    concurrency:
      usable === undefined || tightest === undefined || tightest.request === 0
        ? undefined
        : usable / tightest.request,
    starts: usable === undefined ? undefined : usable >= whole,
  };
}
